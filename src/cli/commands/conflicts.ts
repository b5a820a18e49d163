/** `optimirror conflicts`: what both sides changed, and waits for a decision. */
import { openReadOnly } from '../../db/open.ts';
import { exitStatus } from '../../errors.ts';
import { type OutboxEntry, readOutbox } from '../../query/outbox.ts';
import { deletedThere } from '../../sync/rebase.ts';
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
        await sayHowToDecide(stdout, entries);
      }
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

async function sayHowToDecide(out: Output, [first]: readonly OutboxEntry[]): Promise<void> {
  const id = first?.id ?? 'ID';
  const contested = first?.changes.find(({ remote }) => remote !== null) ?? first?.changes[0];
  await out.line();
  await out.line('To decide, and then push:');
  if (first?.op === 'create') {
    await out.line(`  optimirror resolve ${id} --adopt REMOTE_ID    that entity of the API is this one`);
    return out.line(`  optimirror resolve ${id} --new                none is: create it`);
  }
  if (first?.error === deletedThere)
    return out.line(
      `  optimirror resolve ${id} --theirs     the API has deleted it: our edit goes, and the row`,
    );
  await out.line(`  optimirror resolve ${id} --ours       our value is sent`);
  await out.line(`  optimirror resolve ${id} --theirs     theirs stays, our edit goes`);
  if (first?.op === 'update')
    await out.line(`  optimirror resolve ${id} --set ${contested?.field ?? 'FIELD'}=…   a third value`);
}

const examples = `
Examples:
  $ optimirror conflicts
  $ optimirror conflicts --json
  $ optimirror resolve 12 --theirs
`;
