/** `optimirror pull`: brings the mirror up to date. */
import type { Command } from 'commander';
import { takeLock } from '../../db/lock.ts';
import { type Database, openMirrorFile } from '../../db/open.ts';
import { exitStatus } from '../../errors.ts';
import type { PullOptions } from '../../sync/pull.ts';
import type { PullReport } from '../../sync/report.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { collect, milliseconds, wholeNumber } from '../options.ts';
import { createProgress } from '../progress.ts';
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

  async run(options, deps) {
    const client = await deps.connect();
    try {
      const db = openMirrorFile(deps.settings.db, { create: true, relaxed: true });
      try {
        return await lockedPull(db, client.api, options, deps);
      } finally {
        db.close();
      }
    } finally {
      await client.close();
    }
  },
};

async function lockedPull(
  db: Database,
  api: Awaited<ReturnType<Deps['connect']>>['api'],
  options: Options,
  deps: Deps,
): Promise<number> {
  const { settings, effects, signal, stdout } = deps;
  const lock = takeLock(settings.db);
  try {
    const engine = await import('../../sync/pull.ts');
    const report = await withProgress(deps, (onProgress) =>
      engine.pull(
        { db, api, effects },
        { ...options, concurrency: settings.concurrency, signal, ...(onProgress && { onProgress }) },
      ),
    );
    if (deps.json) await stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
    else await writePullSummary(stdout, report, db);
    return report.errors.length > 0 ? exitStatus.partial : exitStatus.done;
  } finally {
    lock.release();
  }
}

async function withProgress(
  { stderr, effects, verbose }: Deps,
  work: (onProgress: PullOptions['onProgress']) => Promise<PullReport>,
): Promise<PullReport> {
  // What is asked and answered is progress enough, and a bar would be torn by it.
  const progress = verbose ? null : await createProgress(stderr, 'lists', effects.clock);
  try {
    return await work(progress?.update);
  } finally {
    progress?.stop();
  }
}

const examples = `
Examples:
  $ optimirror pull
  $ optimirror pull --full                           read every list anew
  $ optimirror pull --project 1234 --project 5678    only these projects
  $ optimirror pull --max-age 1h --json

It ends with 4 where a part could not be read: everything else is there, and the next pull tries again.
`;
