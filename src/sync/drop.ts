/** Taking back what waits, and letting what was refused be sent again. Neither sends anything. */
import type { Database } from 'better-sqlite3';
import { parentField } from '../api/resources.ts';
import {
  changesOf,
  logPush,
  mustGetOutboxRow,
  type OutboxRow,
  outboxRow,
  putChange,
  removeOutbox,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { guarded, transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { dropCreate } from './drop-create.ts';
import { type Decider, finish } from './rebase.ts';
import { bringBack, showMade, showRemote } from './restore.ts';

/**
 * Takes edits back: the rows show again what the API last said, and the push log keeps what they were.
 * @throws UsageError where the outbox has no such operation
 */
export function dropEdits(db: Database, ids: readonly number[], now: string): void {
  transaction<void>(db, () => {
    for (const id of ids) {
      const row = outboxRow(db, id);
      // A create that was dropped took those below it along.
      if (row) dropOne({ db, now, runId: null }, row);
      else if (!ids.some((other) => other !== id)) mustGetOutboxRow(db, id);
      else requireOnce(db, id);
    }
  });
}

function requireOnce(db: Database, id: number): void {
  const dropped = db.prepare("SELECT 1 FROM push_log WHERE outbox_id = ? AND outcome = 'dropped'").get(id);
  if (!dropped) mustGetOutboxRow(db, id);
}

function dropOne(decider: Decider, row: OutboxRow): void {
  const { db } = decider;
  if (row.op === 'create') dropCreate(decider, row);
  else if (row.op === 'update') {
    guarded(db, () => {
      finish(decider, row, changesOf(db, row.id), 'dropped');
      showRemote(db, row.resource, row.entity_id);
    });
  } else {
    guarded(db, () => {
      logPush(db, { ...decider, row, outcome: 'dropped', changes: changesOf(db, row.id) });
      if (!goOnCreating(db, row)) removeOutbox(db, row.id);
      bringBack(decider, row);
    });
  }
}

/** Deleted here while its create was on the wire: that may still be carried out, so that it goes on waiting as one. */
function goOnCreating(db: Database, row: OutboxRow): boolean {
  const { intent } = stateOf(db, row.id);
  if (intent?.op !== 'create') return false;
  const parent = parentField(row.resource);
  const [, parentId] = intent.path.split('/');
  const given = { ...(parent === null ? {} : { [parent]: Number(parentId) }), ...intent.body };
  db.prepare("UPDATE outbox SET op = 'create' WHERE id = ?").run(row.id);
  for (const [field, local] of Object.entries(given))
    putChange(db, row.id, { field, base: undefined, local, remote: undefined });
  showMade(db, row, {});
  return true;
}

/**
 * Lets refused operations be sent again.
 * @throws UsageError where one is not in the outbox, or was not refused
 */
export function retryEdits(db: Database, ids: readonly number[], now: string): void {
  guarded<void>(db, () => {
    for (const id of ids) {
      const row = mustGetOutboxRow(db, id);
      if (row.status !== 'failed')
        throw new UsageError(`outbox ${id} is ${row.status}, not failed: there is nothing to retry`);
      setOutbox(db, id, 'pending', null, now);
    }
  });
}
