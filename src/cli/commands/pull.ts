/** `optimirror pull`: brings the mirror up to date. */
import type { Command } from 'commander';
import type { Database } from '../../db/open.ts';
import { exitStatus } from '../../errors.ts';
import type { PullOptions } from '../../sync/pull.ts';
import type { PullReport } from '../../sync/report.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { collect, milliseconds, wholeNumber } from '../options.ts';
import { withApi, withProgress } from '../session.ts';
import { writePullSummary } from './pull-summary.ts';

export type PullFlags = Pick<PullOptions, 'full' | 'maxAge' | 'projects' | 'acceptDeletions'>;

interface Flags {
  readonly full?: true;
  readonly maxAge?: string;
  readonly project?: string[];
  readonly acceptDeletions?: true;
}

/** What a pull can be told, once for each command that pulls. */
export function addPullOptions(command: Command): Command {
  return command
    .option('--full', 'read everything, whether it seems changed or not')
    .option('--max-age <time>', 'look again at what was not looked at for so long (default 24h)')
    .option('--project <id>', 'only this project; may be given several times', collect)
    .option('--accept-deletions', 'believe the API also where much is missing at once');
}

export function readPullOptions(command: Command): PullFlags {
  const { full, maxAge, project, acceptDeletions } = command.opts<Flags>();
  return {
    full: full ?? false,
    acceptDeletions: acceptDeletions ?? false,
    ...(maxAge === undefined ? {} : { maxAge: milliseconds('--max-age', maxAge) }),
    ...(project && { projects: project.map((id) => wholeNumber('--project', id, { min: 1 })) }),
  };
}

/** One pull from begin to end; `tell` gets its report while the mirror is still open. */
export function pullOnce<T>(
  options: PullFlags,
  deps: Deps,
  tell: (report: PullReport, db: Database) => Promise<T>,
): Promise<T> {
  return withApi(deps, { create: true, relaxed: true, lock: true }, async (session) => {
    const { settings, signal } = deps;
    const engine = await import('../../sync/pull.ts');
    const report = await withProgress(
      deps,
      'lists',
      (onProgress) =>
        engine.pull(session, {
          ...options,
          concurrency: settings.concurrency,
          signal,
          onResume: (runId) => void sayResumed(deps, runId),
          ...(onProgress && { onProgress }),
        }),
      session.pace,
    );
    return tell(report, session.db);
  });
}

function sayResumed({ stderr }: Deps, runId: number): Promise<void> {
  return stderr.line(
    `Going on from pull ${runId}, which was interrupted: what was read then is not asked for again.`,
  );
}

export const pull: CommandFile<PullFlags> = {
  define(command) {
    addPullOptions(command)
      .description(
        'Brings the mirror up to date, and makes it where there is none. The first pull reads everything; a later one ' +
          'reads what may have changed. Edits that wait are never overwritten. An interrupted pull goes on where it stopped.',
      )
      .addHelpText('after', examples);
  },

  read: readPullOptions,

  run: (options, deps) =>
    pullOnce(options, deps, async (report, db) => {
      const { json, stdout } = deps;
      if (json) await stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
      else await writePullSummary(stdout, report, db);
      return report.errors.length > 0 ? exitStatus.partial : exitStatus.done;
    }),
};

const examples = `
Examples:
  $ optimirror pull
  $ optimirror pull --full                           read every list anew
  $ optimirror pull --project 1234 --project 5678    only these projects
  $ optimirror pull --max-age 1h --json

It ends with 4 where a part could not be read: everything else is there, and the next pull tries again. A mirror holds one
account: where the API lists none of its projects, the pull changes nothing and ends with 2. Another account has another --db.
`;
