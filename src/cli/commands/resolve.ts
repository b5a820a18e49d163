/** `optimirror resolve`: decides a conflict. */
import type { Command } from 'commander';
import { type Database, openMirrorFile } from '../../db/open.ts';
import { type OutboxRow, outboxRow } from '../../db/outbox.ts';
import { timestamp } from '../../effects.ts';
import { exitStatus, UsageError } from '../../errors.ts';
import { outboxEntry } from '../../query/outbox.ts';
import { conflictKind, conflictWords, sayChoices } from '../../sync/choices.ts';
import { type Decision, resolve as decide } from '../../sync/resolve.ts';
import { readAssignments } from '../assignments.ts';
import type { CommandFile, Deps } from '../command.ts';
import { printable } from '../format/printable.ts';
import { toJson } from '../format/values.ts';
import { wholeNumber } from '../options.ts';

interface Options {
  readonly id: number;
  /** Null where none was given: then the conflict tells which there are. */
  readonly kind: Decision['kind'] | null;
  readonly adopt: number | null;
  readonly assignments: readonly string[];
}

interface Flags {
  readonly ours?: true;
  readonly theirs?: true;
  readonly set?: string[];
  readonly adopt?: string;
  readonly new?: true;
}

export const resolve: CommandFile<Options> = {
  define(command) {
    command
      .description('Decides a conflict. It sends nothing itself: the next push does.')
      .argument('<id>', "the conflict's id, as `optimirror conflicts` shows it")
      .option('--ours', 'our value is to be sent')
      .option('--theirs', "the API's value stands; our edit of the fields in conflict is dropped")
      .option('--set <field=value...>', 'a third value for a field in conflict')
      .option('--adopt <remote-id>', 'a create in doubt: this entity on the API is it')
      .option('--new', 'a create in doubt: none of those is it, so send it again')
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const flags = command.opts<Flags>();
    const kinds = (['ours', 'theirs', 'set', 'adopt', 'new'] as const).filter(
      (kind) => flags[kind] !== undefined,
    );
    if (kinds.length > 1)
      throw new UsageError(`decide in one way, not with ${kinds.map((kind) => `--${kind}`).join(' and ')}`);
    return {
      id: wholeNumber('ID', command.args[0] ?? '', { min: 1 }),
      kind: kinds[0] ?? null,
      adopt: flags.adopt === undefined ? null : wholeNumber('--adopt', flags.adopt, { min: 1 }),
      assignments: flags.set ?? [],
    };
  },

  async run({ id, kind, adopt, assignments }, deps) {
    const { settings, effects } = deps;
    const db = openMirrorFile(settings.db);
    try {
      const row = outboxRow(db, id);
      if (!row) throw new UsageError(`the outbox has no ${id}; see: optimirror conflicts`);
      if (kind === null) throw undecided(db, row);
      const decision: Decision =
        kind === 'set'
          ? { kind, values: await readAssignments(row.resource, assignments) }
          : kind === 'adopt'
            ? { kind, remoteId: adopt ?? 0 }
            : { kind };
      const left = decide(db, id, decision, timestamp(effects.clock));
      await tell(db, id, left, deps);
      return left?.status === 'conflict' ? exitStatus.decision : exitStatus.done;
    } finally {
      db.close();
    }
  },
};

function undecided(db: Database, row: OutboxRow): UsageError {
  if (row.status !== 'conflict') return new UsageError(`outbox ${row.id} is ${row.status}, not in conflict`);
  const kind = conflictKind(db, row);
  return new UsageError(
    `outbox ${row.id} is ${conflictWords[kind]}: decide it with ${sayChoices(kind)}; see: optimirror conflicts`,
  );
}

async function tell(
  db: Database,
  id: number,
  left: OutboxRow | undefined,
  { stdout, json }: Deps,
): Promise<void> {
  if (json) return stdout.write(`${toJson(left ? outboxEntry(db, left) : null, stdout.isTerminal)}\n`);
  if (!left) return stdout.line(`Decided: nothing of ${id} is left to send.`);
  if (left.status === 'conflict')
    return stdout.line(`${id} is still in conflict: ${printable(left.error ?? '')}`);
  return stdout.line(`Decided: ${id} goes with the next push.`);
}

const examples = `
Examples:
  $ optimirror resolve 12 --ours
  $ optimirror resolve 12 --theirs
  $ optimirror resolve 12 --set description="Agreed name"
  $ optimirror resolve 15 --adopt 2147523122      a create whose answer was lost

It ends with 3 where the conflict stays: what the API has deleted can't come back, whatever is decided.
`;
