/** Moves the whole outbox onto what was read: lost requests are settled, edits rebased, conflicts found or decided. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { fieldOf, listPath, parentOf } from '../api/resources.ts';
import {
  changesOf,
  type OutboxRow,
  outboxRow,
  outboxRows,
  putState,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { getRemoteBody } from '../db/rows.ts';
import { prepared } from '../db/statements.ts';
import { OptimizelyError } from '../errors.ts';
import { sameValue } from './equality.ts';
import { type Finished, finishCreate, finishDelete, finishUpdate, isUnclaimed, type Sent } from './finish.ts';
import type { OnConflict, PushOptions } from './push.ts';
import { findLostCreate, parentIdOf, type Waiting } from './push-plan.ts';
import { parentOfRow, type Readings } from './push-read.ts';
import type { Unsent } from './push-report.ts';
import { rebaseEdit } from './rebase.ts';
import { type RunContext, receive, receiveDeletion } from './receive.ts';
import type { Notice, Pushed } from './report.ts';
import { resolveOurs, resolveTheirs } from './resolve.ts';

/** Settles what was on the wire when a process died or an answer was lost: never by a guess. */
export function settleLost(context: RunContext, reads: Readings, notices: Notice[]): Pushed[] {
  return outboxRows(context.db).flatMap((row) => {
    const { intent, originId } = stateOf(context.db, row.id);
    if (!intent) return [];
    const sent: Sent = { row, intent, originId, status: null };
    const finished =
      intent.op === 'create' ? settleCreate(context, sent, reads) : settleEdit(context, sent, reads);
    if (!finished) return [];
    notices.push(...finished.notices);
    return [finished.pushed];
  });
}

/** An update or delete whose answer was lost: the entity itself tells whether it arrived. */
function settleEdit(context: RunContext, sent: Sent, reads: Readings): Finished | null {
  const { row, intent } = sent;
  const found = reads.entities.get(`${row.resource}/${row.entity_id}`);
  if (!found || found.kind === 'unread') return null;
  if (intent.op === 'delete' && found.kind === 'gone') return finishDelete(context, sent);
  if (intent.op === 'update' && found.kind === 'there' && arrived(sent, found.entity))
    return finishUpdate(context, sent, found.entity);
  releaseIntent(context, row);
  return null;
}

function arrived({ row, intent }: Sent, entity: JsonObject): boolean {
  return Object.entries(intent.body ?? {}).every(([field, value]) =>
    sameValue(fieldOf(row.resource, field), value, entity[field]),
  );
}

/** What was sent did not arrive, so that the edit waits again. */
function releaseIntent({ db, now }: RunContext, row: OutboxRow): void {
  putState(db, row.id, { intent: null });
  if (row.status === 'in_flight') setOutbox(db, row.id, 'pending', null, now);
}

function settleCreate(context: RunContext, sent: Sent, reads: Readings): Finished | null {
  const { db, now } = context;
  const { row, intent } = sent;
  const parentId = parentOfRow(context, row) ?? null;
  const list = reads.lists.get(listPath(row.resource, parentId));
  if (!list || list instanceof OptimizelyError) return null;
  const siblings = list.items;
  if (row.status === 'conflict' && intent.adopt === undefined) return null;
  if (intent.adopt !== undefined) {
    const adopted = siblings.find(({ id }) => id === intent.adopt);
    if (adopted) return finishCreate(context, sent, parentId, adopted);
    const { adopt, ...doubtful } = intent;
    putState(db, row.id, { intent: doubtful });
    setOutbox(
      db,
      row.id,
      'conflict',
      `the API lists no ${adopt} there: decide again with resolve --adopt or --new`,
      now,
    );
    return null;
  }
  const known = new Set([...(intent.known ?? []), ...createdByUs(db, row)]);
  const fresh = siblings.filter(({ id }) => !known.has(id as number));
  const lost = findLostCreate(row.resource, intent.body ?? {}, fresh);
  if (lost.outcome === 'adopt') return finishCreate(context, sent, parentId, lost.entity);
  if (lost.outcome === 'again') releaseIntent(context, row);
  else {
    const ids = lost.candidates.join(', ');
    setOutbox(
      db,
      row.id,
      'conflict',
      `no answer came to its create, and the API has ${ids} since: is one of them it? Decide with resolve ${row.id} --adopt ID or --new`,
      now,
    );
  }
  return null;
}

/** The entities that the outbox is known to have created: none of them is a lost one. */
function createdByUs(db: Database, { resource }: OutboxRow): number[] {
  return prepared(
    db,
    "SELECT entity_id FROM push_log WHERE resource = ? AND op = 'create' AND outcome = 'sent'",
  )
    .pluck()
    .all(resource) as number[];
}

/** Moves every edit onto what was read, and decides conflicts as asked. */
export function reconcile(
  context: RunContext,
  reads: Readings,
  options: PushOptions,
  unsent: Map<number, Unsent>,
): void {
  const { db } = context;
  for (const { id } of outboxRows(db)) {
    const row = outboxRow(db, id);
    if (!row || row.status === 'failed') continue;
    reconcileRow(context, row, reads, options, unsent);
    const after = outboxRow(db, id);
    if (after?.status === 'conflict') decide(context, after, options.onConflict ?? 'manual');
  }
}

function reconcileRow(
  context: RunContext,
  row: OutboxRow,
  reads: Readings,
  options: PushOptions,
  unsent: Map<number, Unsent>,
): void {
  const { db } = context;
  if (row.entity_id < 0) {
    const list = reads.lists.get(listPath(row.resource, parentOfRow(context, row) ?? null));
    if (list instanceof OptimizelyError) couldNotRead(context, row, list, unsent);
    return;
  }
  const found = reads.entities.get(`${row.resource}/${row.entity_id}`);
  if (!found) return;
  if (found.kind === 'unread') couldNotRead(context, row, found.error, unsent);
  else if (found.kind === 'gone') receiveDeletion(context, row.resource, row.entity_id);
  else {
    const { strict = false } = options;
    const previous = getRemoteBody(db, row.resource, row.entity_id);
    const received = receive(context, row.resource, found.parentId, found.entity, { strict });
    // Nothing new there: a conflict is looked at again all the same, since the edit may have changed.
    if (received === 'unchanged') rebaseEdit(context, row, previous, found.entity, { strict });
  }
}

/** An entity that can't be read is not written either. What the API refuses for good is a failure, in its own words. */
function couldNotRead(
  { db, now }: RunContext,
  row: OutboxRow,
  error: OptimizelyError,
  unsent: Map<number, Unsent>,
): void {
  const { status, message } = error;
  if (status === 403 || status === 404)
    setOutbox(db, row.id, 'failed', `${status} ${error.apiMessage || message}`, now);
  else unsent.set(row.id, { status, message });
}

function decide(context: RunContext, row: OutboxRow, onConflict: OnConflict): void {
  if (stateOf(context.db, row.id).intent !== null) return;
  if (onConflict === 'ours') resolveOurs(context, row);
  if (onConflict === 'theirs') resolveTheirs(context, row);
}

/** An operation as the plan sees it, or null where it can't be sent now. */
export function waitingOf(db: Database, row: OutboxRow): Waiting | null {
  const { intent, originId } = stateOf(db, row.id);
  if (row.status !== 'pending' || intent !== null) return null;
  const changes = changesOf(db, row.id);
  const waiting = {
    id: row.id,
    resource: row.resource,
    entityId: row.entity_id,
    op: row.op,
    changes,
    originId,
  };
  const parent = parentOf(row.resource);
  const parentId = row.op === 'create' ? parentIdOf(waiting) : null;
  // What came with the parent may be what this create asks for: that has to be shared out first.
  if (parent !== null && parentId !== null && isUnclaimed(db, parent, parentId)) return null;
  return waiting;
}

/** The operations that can be sent now, and the creates that can't, by `resource/id`. */
export function waitingOperations(
  db: Database,
  unsent: ReadonlyMap<number, Unsent>,
): { operations: Waiting[]; standing: Map<string, number> } {
  const operations: Waiting[] = [];
  const standing = new Map<string, number>();
  for (const row of outboxRows(db)) {
    const waiting = unsent.has(row.id) ? null : waitingOf(db, row);
    if (waiting) operations.push(waiting);
    else if (row.op === 'create') standing.set(`${row.resource}/${row.entity_id}`, row.id);
  }
  return { operations, standing };
}
