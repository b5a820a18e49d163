/** `optimirror verify`: compares every record of the mirror with the API's, and repairs what differs on request. */
import type { Command } from 'commander';
import { isLocked } from '../../db/lock.ts';
import { exitStatus, UsageError } from '../../errors.ts';
import type { VerifyReport } from '../../sync/report.ts';
import type { VerifyOptions } from '../../sync/verify.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { withApi, withProgress } from '../session.ts';
import { writeVerifySummary } from './verify-summary.ts';

type Options = Pick<VerifyOptions, 'repair' | 'acceptDeletions'>;

export const verify: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Reads everything from the API and compares every record with the mirror: what is missing here, what the API ' +
          'does not have, what differs, field by field. Edits that wait to be pushed are left out of account.',
      )
      .option('--repair', 'put right what differs, as the API says; edits that wait stay')
      .option('--accept-deletions', 'with --repair: believe the API also where much is missing at once')
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const { repair, acceptDeletions } = command.opts<{ repair?: true; acceptDeletions?: true }>();
    if (acceptDeletions && !repair) throw new UsageError('--accept-deletions is for --repair');
    return { repair: repair ?? false, acceptDeletions: acceptDeletions ?? false };
  },

  run: (options, deps) =>
    // Whoever only compares keeps nobody from working: what is written meanwhile may look like a difference.
    withApi(deps, { lock: options.repair ?? false }, async (session) => {
      const { settings, signal, stdout, stderr, json } = deps;
      const others = () => !options.repair && isLocked(settings.db);
      const engine = await import('../../sync/verify.ts');
      const before = others();
      const report = await withProgress(
        deps,
        'lists',
        (onProgress) =>
          engine.verify(session, {
            ...options,
            concurrency: settings.concurrency,
            signal,
            ...(onProgress && { onProgress }),
          }),
        session.pace,
      );
      if (json) await stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
      else await writeVerifySummary(stdout, report, options.repair ?? false);
      if (differs(report) && (before || others())) await sayOthers(stderr);
      return differs(report) || report.errors.length > 0 ? exitStatus.partial : exitStatus.done;
    }),
};

function differs({ missing, extra, different }: VerifyReport): boolean {
  return missing.length + extra.length + different.length > 0;
}

function sayOthers(stderr: Deps['stderr']): Promise<void> {
  return stderr.line(
    stderr.colors.yellow('A pull or push was at work meanwhile: some of the differences may be its work.'),
  );
}

const examples = `
Examples:
  $ optimirror verify
  $ optimirror verify --json
  $ optimirror verify --repair

It ends with 4 where it found differences, repaired or not, or where something could not be read.
`;
