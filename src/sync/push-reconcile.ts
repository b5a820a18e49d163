/** Moves the outbox onto what was read: edits are rebased, conflicts found or decided, and what can be sent is told. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, listPath, parentOf } from '../api/resources.ts';
import {
  changesOf,
  type OutboxRow,
  outboxOf,
  outboxRow,
  outboxRows,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { getRemoteBody, remoteParent } from '../db/rows.ts';
import { wentIn } from '../db/runs.ts';
import { NotFoundError, OptimizelyError } from '../errors.ts';
import { askBelowLater } from './apply-below.ts';
import { comesWith } from './comes-with.ts';
import { claim, isUnclaimed, markClaimed, unclaimedParents } from './push-claim.ts';
import { entityKey, type Waiting } from './push-order.ts';
import { parentIdOf } from './push-plan.ts';
import { isFresh, parentOfRow } from './push-read.ts';
import { entityOfKey, type FoundThere, type OnConflict, type Push, readKey } from './push-run.ts';
import { settleLost } from './push-settle.ts';
import { type Received, type RunContext, receive, receiveDeletion, reconsider } from './receive.ts';
import { resolveOurs, resolveTheirs } from './resolve.ts';

/**
 * Takes in all that this round has read: for these operations, for those that were made meanwhile on what was read for
 * another one, and where none is left. Else the next edit would be made on what the API no longer holds, and nobody would
 * look again. Inside a guarded transaction; may be done again.
 */
export function takeIn(run: Push, context: RunContext, rows: readonly OutboxRow[]): void {
  settleLost(run, context, rows);
  const ids = new Set(rows.map(({ id }) => id));
  for (const id of ids) takeInOne(run, context, id);
  for (const [key, found] of run.reads.entities) {
    const { resource, id } = entityOfKey(key);
    const late = outboxOf(context.db, resource, id);
    if (late && !ids.has(late.id)) takeInOne(run, context, late.id);
    // Not where the mirror has given it up: what it lay below is gone by now.
    else if (!late && found.kind === 'there' && remoteParent(context.db, resource, id) !== undefined)
      takeInEntity(run, context, resource, found);
  }
  claimAll(run, context);
}

function takeInOne(run: Push, context: RunContext, id: number): void {
  const row = outboxRow(context.db, id);
  if (!row) return;
  const isFailed = row.status === 'failed';
  // What was in doubt about it may just have been settled; it stays refused, on what the API holds by now.
  if (isFailed && run.reads.entities.get(readKey(row.resource, row.entity_id))?.kind !== 'there') return;
  reconcile(run, context, row);
  if (isFailed) return;
  const after = outboxRow(context.db, id);
  if (after?.status === 'conflict' && !isUnread(run, after))
    decide(context, after, run.options.onConflict ?? 'manual');
}

/** What could not be read is not decided about: nobody knows what is there by now. */
function isUnread({ reads }: Push, { resource, entity_id }: OutboxRow): boolean {
  return reads.entities.get(readKey(resource, entity_id))?.kind === 'unread';
}

function reconcile(run: Push, context: RunContext, row: OutboxRow): void {
  const { strict = false } = run.options;
  if (row.entity_id < 0) {
    const list = run.reads.lists.get(listPath(row.resource, parentOfRow(run, row) ?? null));
    if (list instanceof OptimizelyError) couldNotRead(run, context, row, list);
    return;
  }
  const found = run.reads.entities.get(readKey(row.resource, row.entity_id));
  if (!found) return;
  if (found.kind === 'unread') couldNotRead(run, context, row, found.error);
  else if (found.kind === 'gone' || wentAlong(context, row.resource, found))
    receiveDeletion(context, row.resource, row.entity_id);
  else if (takeInEntity(run, context, row.resource, found) === 'unchanged')
    reconsider(context, row.resource, found.parentId, found.entity, { strict });
}

/** Whether it was read before this run found gone what it lies below: then it went along. */
function wentAlong({ db, runId }: RunContext, resource: EntityName, { parentId }: FoundThere): boolean {
  const parent = parentOf(resource);
  return parent !== null && parentId !== null && wentIn(db, runId, parent, parentId);
}

/** What was read of an entity becomes what the API last said; what lies below it is read by the next pull if that is news. */
function takeInEntity(
  { options: { strict = false } }: Push,
  context: RunContext,
  resource: EntityName,
  { parentId, entity }: FoundThere,
): Received {
  const received = receive(context, resource, parentId, entity, { strict });
  if (received !== 'unchanged') askBelowLater(context.db, resource, entity);
  return received;
}

/** An entity that can't be read is not written either. What the API refuses for good is a failure, in its own words. */
export function couldNotRead(
  run: Push,
  { db, now }: RunContext,
  row: OutboxRow,
  error: OptimizelyError,
): void {
  const { status, message } = error;
  // What is in conflict would not have been sent in any case: it goes on waiting for its decision.
  if (row.status === 'conflict') run.unreadConflicts.set(row.id, { status, message });
  else if (status === 403 || status === 404)
    setOutbox(db, row.id, 'failed', `${status} ${error.apiMessage || message}`, now);
  else run.unsent.set(row.id, { status, message });
}

function decide(context: RunContext, row: OutboxRow, onConflict: OnConflict): void {
  if (stateOf(context.db, row.id).intent !== null) return;
  const decider = { db: context.db, now: context.now, runId: context.runId };
  if (onConflict === 'ours') resolveOurs(decider, row);
  if (onConflict === 'theirs') resolveTheirs(decider, row);
}

/** Shares out what came with new parents, as far as it was read. Where there is no parent any more, nothing came. */
export function claimAll(run: Push, context: RunContext): void {
  for (const { resource, id } of unclaimedParents(context.db)) {
    const came = comesWith(resource).map((each) => {
      return { each, list: run.reads.lists.get(listPath(each.resource, id)) };
    });
    if (
      came.some(({ list }) => !list || (list instanceof OptimizelyError && !(list instanceof NotFoundError)))
    )
      continue;
    for (const { each, list } of came) {
      if (!list || list instanceof OptimizelyError) continue;
      claim(context, resource, id, each, list.items);
      for (const entity of list.items) {
        const found = { kind: 'there', parentId: id, entity } as const;
        run.reads.entities.set(readKey(each.resource, entity.id as number), found);
      }
    }
    markClaimed(context.db, resource, id);
  }
}

/** An operation as the plan sees it, or null where it can't be sent now. */
export function waitingOf(run: Pick<Push, 'db' | 'reads'>, row: OutboxRow): Waiting | null {
  const { db } = run;
  const { intent, originId } = stateOf(db, row.id);
  if (row.status !== 'pending' || intent !== null) return null;
  const { id, resource, entity_id: entityId, op } = row;
  const waiting = { id, resource, entityId, op, originId, changes: changesOf(db, id) };
  const parentId = op === 'create' ? parentIdOf(waiting) : null;
  // What names a parent that is yet to be created can't be looked up before.
  if (!(parentId !== null && parentId < 0) && !isFresh(run, row)) return null;
  const parent = parentOf(resource);
  // What came with the parent may be what this create asks for: that has to be shared out first.
  if (parent !== null && parentId !== null && isUnclaimed(db, parent, parentId)) return null;
  return { ...waiting, unique: uniqueValues(db, row) };
}

function uniqueValues(db: Database, { resource, entity_id }: OutboxRow): JsonObject {
  const { unique } = entityResource(resource);
  const remote = unique && getRemoteBody(db, resource, entity_id);
  return Object.fromEntries((remote ? (unique ?? []) : []).map((field) => [field, remote?.[field] ?? null]));
}

/** The operations that can be sent now, and the creates that can't, by `resource/id`. */
export function waitingOperations(run: Push): { operations: Waiting[]; standing: Map<string, number> } {
  const operations: Waiting[] = [];
  const standing = new Map<string, number>();
  for (const row of outboxRows(run.db)) {
    const waiting = run.unsent.has(row.id) ? null : waitingOf(run, row);
    if (waiting) operations.push(waiting);
    else if (row.op === 'create')
      standing.set(entityKey({ resource: row.resource, id: row.entity_id }), row.id);
  }
  return { operations, standing };
}
