/** `optimirror pull`: brings the mirror up to date. */
import type { Command } from 'commander';
import { exitStatus } from '../../errors.ts';
import type { PullOptions } from '../../sync/pull.ts';
import type { CommandFile } from '../command.ts';
import { toJson } from '../format/values.ts';
import { collect, milliseconds, wholeNumber } from '../options.ts';
import { withApi, withProgress } from '../session.ts';
import { writePullSummary } from './pull-summary.ts';

type Options = Pick<PullOptions, 'full' | 'maxAge' | 'projects' | 'acceptDeletions'>;

interface Flags {
  readonly full?: true;
  readonly maxAge?: string;
  readonly project?: string[];
  readonly acceptDeletions?: true;
}

export const pull: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Brings the mirror up to date, and makes it where there is none. The first pull reads everything; a later one ' +
          'reads what may have changed. Edits that wait are never overwritten. An interrupted pull goes on where it stopped.',
      )
      .option('--full', 'read everything, whether it seems changed or not')
      .option('--max-age <time>', 'look again at what was not looked at for so long (default 24h)')
      .option('--project <id>', 'only this project; may be given several times', collect)
      .option('--accept-deletions', 'believe the API also where much is missing at once')
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const { full, maxAge, project, acceptDeletions } = command.opts<Flags>();
    return {
      full: full ?? false,
      acceptDeletions: acceptDeletions ?? false,
      ...(maxAge === undefined ? {} : { maxAge: milliseconds('--max-age', maxAge) }),
      ...(project && { projects: project.map((id) => wholeNumber('--project', id, { min: 1 })) }),
    };
  },

  run: (options, deps) =>
    withApi(deps, { create: true, relaxed: true, lock: true }, async (sync) => {
      const { settings, signal, stdout } = deps;
      const engine = await import('../../sync/pull.ts');
      const report = await withProgress(deps, 'lists', (onProgress) =>
        engine.pull(sync, {
          ...options,
          concurrency: settings.concurrency,
          signal,
          ...(onProgress && { onProgress }),
        }),
      );
      if (deps.json) await stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
      else await writePullSummary(stdout, report, sync.db);
      return report.errors.length > 0 ? exitStatus.partial : exitStatus.done;
    }),
};

const examples = `
Examples:
  $ optimirror pull
  $ optimirror pull --full                           read every list anew
  $ optimirror pull --project 1234 --project 5678    only these projects
  $ optimirror pull --max-age 1h --json

It ends with 4 where a part could not be read: everything else is there, and the next pull tries again.
`;
