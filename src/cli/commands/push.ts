/** `optimirror push`: sends the outbox. */
import type { Command } from 'commander';
import { exitStatus, UsageError } from '../../errors.ts';
import type { OnConflict, PushOptions } from '../../sync/push.ts';
import type { Planned, PushReport } from '../../sync/report.ts';
import { ChoiceOption, oneOf } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { writeItem } from '../format/wrap.ts';
import { withApi, withProgress } from '../session.ts';
import { sayOperation, writePushSummary } from './push-summary.ts';

type Options = Pick<PushOptions, 'dryRun' | 'yes' | 'onConflict' | 'strict'>;

interface Flags {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly onConflict?: string;
  readonly strict?: true;
}

const decisions: readonly OnConflict[] = ['manual', 'ours', 'theirs'];

function readDecision(given: string): OnConflict {
  const found = decisions.find((name) => name === given);
  if (found) return found;
  throw new UsageError(`--on-conflict is ${decisions.join(', ')}, not ${JSON.stringify(given)}`);
}

export const push: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Sends the edits that wait in the outbox, each only after a look at what the API holds now: what somebody else ' +
          'changed is kept, and what both sides changed is a conflict for you to decide.',
      )
      .option('--dry-run', 'show what would be sent, and send nothing')
      .option('--yes', "send also what can't be taken back: deletions, and starting an experiment")
      .addOption(new ChoiceOption('--on-conflict <decision>', decisions, oneOf(decisions, 'manual')))
      .option('--strict', 'any other change of an edited entity is a conflict as well')
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const { dryRun, yes, onConflict, strict } = command.opts<Flags>();
    return {
      dryRun: dryRun ?? false,
      yes: yes ?? false,
      strict: strict ?? false,
      onConflict: readDecision(onConflict ?? 'manual'),
    };
  },

  run: (options, deps) =>
    withApi(deps, { lock: true }, async (session) => {
      const { settings, signal, stdout } = deps;
      const engine = await import('../../sync/push.ts');
      const asks = deps.stdin.isTerminal && deps.stderr.isTerminal && !deps.json;
      const report = await withProgress(
        deps,
        'operations',
        (onProgress) =>
          engine.push(session, {
            ...options,
            concurrency: settings.concurrency,
            signal,
            ...(asks && { confirm: (held) => confirm(deps, held) }),
            ...(onProgress && {
              onProgress: ({ done, total }) => onProgress({ done, waiting: total - done }),
            }),
          }),
        session.pace,
      );
      if (deps.json) await stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
      else await writePushSummary(stdout, session.db, report);
      return pushStatus(report);
    }),
};

/** Where several hold, what failed outweighs what needs a decision. Source: CONTRACT.md, exit statuses. */
export function pushStatus({ failed, conflicts, held }: PushReport): number {
  if (failed.length > 0) return exitStatus.partial;
  return conflicts.length > 0 || held.length > 0 ? exitStatus.decision : exitStatus.done;
}

async function confirm({ stderr, stdin, signal }: Deps, held: readonly Planned[]): Promise<boolean> {
  await stderr.line();
  await stderr.line(stderr.colors.yellow("This can't be taken back:"));
  for (const operation of held) await writeItem(stderr, sayOperation(operation));
  const answer = await stdin.ask(`Send ${held.length === 1 ? 'it' : `all ${held.length}`}? [y/N] `, signal);
  return /^y(es)?$/i.test(answer.trim());
}

const examples = `
Examples:
  $ optimirror push --dry-run                 the requests, in their order, and nothing sent
  $ optimirror push                           asks before deletions and starts; elsewhere than on a terminal holds them
  $ optimirror push --yes --json              for scripts
  $ optimirror push --on-conflict theirs      where both sides changed a field, take the API's

It ends with 3 where something needs a decision (optimirror conflicts), and with 4 where something could not be sent
(optimirror outbox). What was sent is sent; what was not waits.
`;
