/** Decisions about what waits: dropping an edit, retrying a refused one, settling a conflict. None sends anything. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import {
  changesOf,
  logPush,
  type OutboxChange,
  type OutboxRow,
  outboxRow,
  outboxRows,
  putChange,
  putState,
  removeOutbox,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { getRemoteBody, putLocal, removeLocal } from '../db/rows.ts';
import { guarded, transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { sameValue } from './equality.ts';
import { type Decider, finish, leave } from './rebase.ts';
import { withPending } from './receive.ts';
import { bringBack } from './restore.ts';

function mustBe(db: Database, id: number): OutboxRow {
  const row = outboxRow(db, id);
  if (!row) throw new UsageError(`the outbox has no ${id}; see: optimirror outbox`);
  return row;
}

/** Shows the API's state of an entity, with what still waits laid over it; nothing where the API has none. */
export function showRemote(db: Database, resource: EntityName, id: number): void {
  const remote = getRemoteBody(db, resource, id);
  if (remote) putLocal(db, resource, withPending(db, resource, remote));
  else removeLocal(db, resource, id);
}

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
      else if (!ids.some((other) => other !== id)) mustBe(db, id);
      else requireOnce(db, id);
    }
  });
}

function requireOnce(db: Database, id: number): void {
  const dropped = db.prepare("SELECT 1 FROM push_log WHERE outbox_id = ? AND outcome = 'dropped'").get(id);
  if (!dropped) mustBe(db, id);
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
      removeOutbox(db, row.id);
      bringBack(db, row.id, row.resource, row.entity_id);
    });
  }
}

/** The triggers take along what was made below it and what names it; all that goes is logged. */
function dropCreate(decider: Decider, row: OutboxRow): void {
  const { db } = decider;
  const before = outboxRows(db).map((each) => ({ row: each, changes: changesOf(db, each.id) }));
  guarded(db, () => {
    // Whatever may still come of a request without an answer is not waited for any more.
    for (const { row: each } of before)
      if (each.entity_id < 0 && isBelow(db, each, row)) putState(db, each.id, { intent: null });
  });
  db.prepare(`DELETE FROM ${quoted(row.resource)} WHERE id = ?`).run(row.entity_id);
  guarded(db, () => {
    if (outboxRow(db, row.id)) removeOutbox(db, row.id);
    for (const { row: each, changes } of before) {
      if (!outboxRow(db, each.id)) logPush(db, { ...decider, row: each, outcome: 'dropped', changes });
    }
  });
}

function isBelow(db: Database, row: OutboxRow, above: OutboxRow): boolean {
  if (row.id === above.id) return true;
  return changesOf(db, row.id).some(
    ({ field, local }) => fieldOf(row.resource, field)?.by === 'parent' && local === above.entity_id,
  );
}

/**
 * Lets refused operations be sent again.
 * @throws UsageError where one is not in the outbox, or was not refused
 */
export function retryEdits(db: Database, ids: readonly number[], now: string): void {
  guarded<void>(db, () => {
    for (const id of ids) {
      const row = mustBe(db, id);
      if (row.status !== 'failed')
        throw new UsageError(`outbox ${id} is ${row.status}, not failed: there is nothing to retry`);
      setOutbox(db, id, 'pending', null, now);
    }
  });
}

/** Our value is to be sent: the edit moves onto what the API holds now. What the API deleted can't come back. */
export function resolveOurs({ db, now }: Decider, row: OutboxRow): void {
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  if (!remote) {
    setOutbox(
      db,
      row.id,
      'conflict',
      `the API has deleted it, and what it has deleted can't come back: resolve ${row.id} --theirs gives it up`,
      now,
    );
    return;
  }
  for (const change of changesOf(db, row.id)) {
    if (row.op === 'delete') continue;
    putChange(db, row.id, { ...change, base: remote[change.field] ?? null, remote: undefined });
  }
  if (row.op === 'delete') db.prepare('DELETE FROM outbox_changes WHERE outbox_id = ?').run(row.id);
  putState(db, row.id, { baseBody: null });
  setOutbox(db, row.id, 'pending', null, now);
}

/** Their value stands: our edits of the fields in conflict are dropped, and only those. */
export function resolveTheirs(decider: Decider, row: OutboxRow): void {
  const { db, now } = decider;
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  const changes = changesOf(db, row.id);
  if (row.op === 'delete') {
    logPush(db, { ...decider, row, outcome: 'theirs', changes });
    removeOutbox(db, row.id);
    bringBack(db, row.id, row.resource, row.entity_id);
    return;
  }
  const dropped = remote ? changes.filter((change) => change.remote !== undefined) : changes;
  const chosen =
    dropped.length > 0
      ? dropped
      : changes.filter(({ field, base }) => differs(row.resource, field, base, remote));
  leave(decider, row, chosen, 'theirs');
  if (!remote) {
    removeLocal(db, row.resource, row.entity_id);
    if (outboxRow(db, row.id)) finish(decider, row, [], 'theirs');
    return;
  }
  if (outboxRow(db, row.id)) {
    moveOnto(db, row.id, remote);
    setOutbox(db, row.id, 'pending', null, now);
  }
  showRemote(db, row.resource, row.entity_id);
}

function differs(
  resource: EntityName,
  field: string,
  base: Json | undefined,
  remote: JsonObject | undefined,
): boolean {
  return !sameValue(fieldOf(resource, field), base, remote?.[field]);
}

/** What is left of an edit after a decision is made on what the API holds now. */
function moveOnto(db: Database, id: number, remote: JsonObject): void {
  for (const change of changesOf(db, id))
    putChange(db, id, { ...change, base: remote[change.field] ?? null, remote: undefined });
  putState(db, id, { baseBody: null });
}

/** A third value for some fields in conflict; what the API holds already needs no sending. */
function resolveSet(decider: Decider, row: OutboxRow, values: JsonObject): void {
  const { db, now } = decider;
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  if (row.op !== 'update' || !remote) {
    throw new UsageError(`outbox ${row.id} is no conflict of values: decide it with --ours or --theirs`);
  }
  const changes = changesOf(db, row.id);
  for (const [field, local] of Object.entries(values)) {
    const change = changes.find((candidate) => candidate.field === field);
    if (!change)
      throw new UsageError(
        `outbox ${row.id} has no edit of ${field}; it edits ${changes.map((each) => each.field).join(', ')}`,
      );
    const next: OutboxChange = { field, base: remote[field] ?? null, local, remote: undefined };
    putChange(db, row.id, next);
    if (!differs(row.resource, field, local, remote)) leave(decider, row, [next], 'converged');
  }
  if (outboxRow(db, row.id) && !changesOf(db, row.id).some((change) => change.remote !== undefined)) {
    moveOnto(db, row.id, remote);
    setOutbox(db, row.id, 'pending', null, now);
  }
  showRemote(db, row.resource, row.entity_id);
}

export type Decision =
  | { readonly kind: 'ours' | 'theirs' | 'new' }
  | { readonly kind: 'adopt'; readonly remoteId: number }
  | { readonly kind: 'set'; readonly values: JsonObject };

/**
 * Decides a conflict. Sends nothing: the next push does.
 * @throws UsageError where there is no such conflict, or the decision does not fit it
 */
export function resolve(db: Database, id: number, decision: Decision, now: string): OutboxRow | undefined {
  guarded<void>(db, () => {
    const row = mustBe(db, id);
    if (row.status !== 'conflict') throw new UsageError(`outbox ${id} is ${row.status}, not in conflict`);
    const decider: Decider = { db, now, runId: null };
    const { intent } = stateOf(db, id);
    const doubtful = intent?.op === 'create';
    const forDoubtful = decision.kind === 'adopt' || decision.kind === 'new';
    if (doubtful !== forDoubtful) {
      throw new UsageError(
        doubtful
          ? `outbox ${id} is a create in doubt: decide it with --adopt REMOTE_ID or --new`
          : `outbox ${id} is no create in doubt: decide it with --ours, --theirs or --set`,
      );
    }
    if (decision.kind === 'ours') resolveOurs(decider, row);
    if (decision.kind === 'theirs') resolveTheirs(decider, row);
    if (decision.kind === 'set') resolveSet(decider, row, decision.values);
    if (decision.kind === 'new') putState(db, id, { intent: null });
    if (decision.kind === 'adopt' && intent)
      putState(db, id, { intent: { ...intent, adopt: decision.remoteId } });
    if (forDoubtful) setOutbox(db, id, 'pending', null, now);
  });
  return outboxRow(db, id);
}
