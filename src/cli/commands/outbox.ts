/** `optimirror outbox`: what will be pushed, and taking some of it back. */
import type { Command } from 'commander';
import { type Database, openMirrorFile, openReadOnly } from '../../db/open.ts';
import { outboxRows } from '../../db/outbox.ts';
import { timestamp } from '../../effects.ts';
import { exitStatus, UsageError } from '../../errors.ts';
import { didYouMean } from '../../query/near.ts';
import { type OutboxEntry, readOutbox } from '../../query/outbox.ts';
import { ChoiceArgument } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { count, counted } from '../format/words.ts';
import { writeChanges, writeOperations, writeReasons } from '../operations.ts';
import { wholeNumber } from '../options.ts';
import type { Output } from '../streams.ts';

const actions = ['diff', 'drop', 'retry'] as const;

interface Options {
  readonly action: 'show' | (typeof actions)[number];
  /** The operations to drop or to retry. */
  readonly ids: readonly number[];
}

export const outbox: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Shows the edits that wait to be pushed; with `diff`, field by field. `drop` takes edits back, so that the ' +
          'mirror shows again what the API last said; `retry` lets edits be sent again that the API refused.',
      )
      .usage('[options] [diff | drop <id>… | retry <id>…]')
      .addArgument(new ChoiceArgument('[action]', actions))
      .argument('[ids...]', "the operations' ids, as `optimirror outbox` shows them")
      .addHelpText('after', examples);
  },

  read({ args: [given, ...ids] }: Command) {
    const action = given === undefined ? 'show' : actions.find((name) => name === given);
    if (!action)
      throw new UsageError(`outbox can't ${JSON.stringify(given)}${didYouMean(given ?? '', actions)}`);
    const takesIds = action === 'drop' || action === 'retry';
    if (takesIds && ids.length === 0) throw new UsageError(`which of them? optimirror outbox ${action} ID…`);
    if (!takesIds && ids.length > 0) throw new UsageError(`outbox ${action} shows all of them, without ids`);
    return { action, ids: ids.map((id) => wholeNumber('the id of an operation', id, { min: 1 })) };
  },

  run({ action, ids }, deps) {
    return action === 'show' || action === 'diff' ? show(action, deps) : change(action, ids, deps);
  },
};

async function show(action: 'show' | 'diff', { settings, stdout, json }: Deps): Promise<number> {
  const db = openReadOnly(settings.db);
  try {
    const entries = readOutbox(db);
    if (json) await stdout.write(`${toJson(entries, stdout.isTerminal)}\n`);
    else if (entries.length === 0) await stdout.line('Nothing waits to be pushed.');
    else {
      await (action === 'diff' ? writeChanges : writeOperations)(stdout, db, entries);
      // Field by field they stand with their operations.
      if (action === 'show') await writeReasons(stdout, entries);
      await sayWhatNext(stdout, entries, action);
    }
    return exitStatus.done;
  } finally {
    db.close();
  }
}

async function sayWhatNext(
  out: Output,
  entries: readonly OutboxEntry[],
  action: Options['action'],
): Promise<void> {
  const many = (status: OutboxEntry['status']) => entries.filter((entry) => entry.status === status).length;
  const [conflicts, failed] = [many('conflict'), many('failed')];
  await out.line();
  if (action === 'show') await out.line('Field by field:    optimirror outbox diff');
  if (conflicts > 0) await out.line(`In conflict (${count(conflicts)}):   optimirror conflicts`);
  if (failed > 0)
    await out.line(`Refused (${count(failed)}):       edit it again, or optimirror outbox retry ID`);
  await out.line('To send:           optimirror push');
  await out.line('To take one back:  optimirror outbox drop ID');
}

async function change(action: 'drop' | 'retry', ids: readonly number[], deps: Deps): Promise<number> {
  const { settings, effects, stdout, json } = deps;
  const { dropEdits, retryEdits } = await import('../../sync/drop.ts');
  const db = openMirrorFile(settings.db);
  try {
    const before = idsOf(db);
    (action === 'drop' ? dropEdits : retryEdits)(db, ids, timestamp(effects.clock));
    const after = new Set(idsOf(db));
    // A create that is dropped takes along what was made below it.
    const done = action === 'drop' ? before.filter((id) => !after.has(id)) : ids;
    if (json) await stdout.write(`${toJson({ [action === 'drop' ? 'dropped' : 'retried']: done })}\n`);
    else if (action === 'drop') await stdout.line(`${counted(done.length, 'edit')} taken back.`);
    else await stdout.line(`${counted(done.length, 'edit')} to be sent again with the next push.`);
    return exitStatus.done;
  } finally {
    db.close();
  }
}

const idsOf = (db: Database) => outboxRows(db).map(({ id }) => id);

const examples = `
Examples:
  $ optimirror outbox
  $ optimirror outbox diff
  $ optimirror outbox drop 3 4
  $ optimirror outbox retry 7
  $ optimirror outbox --json
`;
