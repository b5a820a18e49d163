/** `optimirror conflicts`: what both sides changed, and waits for a decision. */
import { type Database, openReadOnly } from '../../db/open.ts';
import { exitStatus } from '../../errors.ts';
import { type OutboxEntry, readOutbox } from '../../query/outbox.ts';
import { type Choice, type ConflictKind, choices, conflictKind } from '../../sync/choices.ts';
import type { CommandFile } from '../command.ts';
import { toJson } from '../format/values.ts';
import { writeChanges } from '../operations.ts';
import type { Output } from '../streams.ts';

export const conflicts: CommandFile<null> = {
  define(command) {
    command
      .description(
        'Shows the edits in conflict: where they were made from, what they say, and what the API says by now. ' +
          'Nothing of them is sent until `optimirror resolve` has decided.',
      )
      .addHelpText('after', examples);
  },

  read: () => null,

  async run(_, { settings, stdout, json }) {
    const db = openReadOnly(settings.db);
    try {
      const entries = readOutbox(db, 'conflict');
      if (json) await stdout.write(`${toJson(entries, stdout.isTerminal)}\n`);
      else if (entries.length === 0) await stdout.line('Nothing is in conflict.');
      else {
        await writeChanges(stdout, db, entries);
        await sayHowToDecide(stdout, db, entries);
      }
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

/** For each kind of conflict, by the first one of it. */
async function sayHowToDecide(out: Output, db: Database, entries: readonly OutboxEntry[]): Promise<void> {
  const kinds = new Map<ConflictKind, OutboxEntry>();
  for (const entry of entries.toReversed()) kinds.set(conflictKind(db, entry), entry);
  await out.line();
  await out.line('To decide, and then push:');
  const lines = [...kinds]
    .toReversed()
    .flatMap(([kind, entry]) =>
      choices[kind].map((choice) => ({ call: callOf(choice, entry), says: says(choice, kind) })),
    );
  const width = Math.max(...lines.map(({ call }) => call.length));
  for (const { call, says } of lines) await out.line(`  ${call.padEnd(width)}   ${says}`);
}

function callOf(choice: Choice, { id, changes }: OutboxEntry): string {
  const contested = changes.find(({ remote }) => remote !== null) ?? changes[0];
  const values = {
    set: ` ${contested?.field ?? 'FIELD'}=…`,
    adopt: ' REMOTE_ID',
    ours: '',
    theirs: '',
    new: '',
  };
  return `optimirror resolve ${id} --${choice}${values[choice]}`;
}

function says(choice: Choice, kind: ConflictKind): string {
  if (kind === 'deleted there') return 'the API has deleted it: our edit goes, and the row';
  return {
    ours: kind === 'delete' ? 'it is deleted' : 'our value is sent',
    theirs: kind === 'delete' ? 'it stays, our delete goes' : 'theirs stays, our edit goes',
    set: 'a third value',
    adopt: 'that entity of the API is this one',
    new: 'none is: create it',
  }[choice];
}

const examples = `
Examples:
  $ optimirror conflicts
  $ optimirror conflicts --json
  $ optimirror resolve 12 --theirs
`;
