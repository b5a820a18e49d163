/** What the end of a delete makes of the mirror: the entity goes with all that hangs on it, as the API lets it go. */
import type { JsonObject } from '../api/description.ts';
import {
  childEntitiesOf,
  childrenOf,
  type EntityName,
  isEntityName,
  parentField,
  referencesTo,
} from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { changesOf, logPush, outboxOf, outboxRow, putState, removeOutbox, stateOf } from '../db/outbox.ts';
import { getRemoteBody, remoteIds, removeLocal, removeRemote } from '../db/rows.ts';
import { forgetListings, recordChange } from '../db/runs.ts';
import { prepared } from '../db/statements.ts';
import { type Finished, logSent, pushedOf, type Sent } from './finish.ts';
import { dropSetAside } from './rebase.ts';
import { type RunContext, receive, receiveDeletion } from './receive.ts';

/** The API deleted the entity for us. What hung on it is nobody else's change. */
export function finishDelete(context: RunContext, sent: Sent): Finished {
  const { db } = context;
  const { row } = sent;
  const isTakenBack = outboxRow(db, row.id) === undefined;
  logSent(context, sent, row.entity_id, []);
  dropSetAside(context, row.id);
  removeOutbox(db, row.id);
  if (isTakenBack) deleteAfterAll(context, row.resource, row.entity_id);
  else {
    forgetBelow(context, row.resource, row.entity_id);
    forgetItself(context, row.resource, row.entity_id);
  }
  unlink(context, row.resource, row.entity_id);
  return { pushed: pushedOf(sent, row.entity_id), notices: [] };
}

/**
 * The delete was taken back while it was on the wire: too late, but nobody gave up the edits that this brought back, there or
 * below. They wait for a decision, as where somebody else deleted it.
 */
function deleteAfterAll(context: RunContext, resource: EntityName, id: number): void {
  recordOwnDeletion(context, resource, id, getRemoteBody(context.db, resource, id));
  receiveDeletion({ ...context, recordChanges: false }, resource, id);
}

function forgetItself(context: RunContext, resource: EntityName, id: number): void {
  recordOwnDeletion(context, resource, id, getRemoteBody(context.db, resource, id));
  removeRemote(context.db, resource, id);
  removeLocal(context.db, resource, id);
}

function recordOwnDeletion(
  { db, runId, now }: RunContext,
  resource: EntityName,
  entityId: number,
  before: JsonObject | undefined,
): void {
  if (before === undefined) return;
  const went = { runId, now, resource, entityId, field: null, before, after: undefined };
  recordChange(db, went, 'own_changes');
}

/** What waits below a deleted entity can't be sent any more; mostly the delete has set it aside when it was made. */
function forgetBelow(context: RunContext, resource: EntityName, id: number): void {
  const { db, runId, now } = context;
  for (const child of childrenOf(resource)) forgetListings(db, child, id);
  for (const child of childEntitiesOf(resource)) {
    for (const childId of childIds(context, child, id)) {
      forgetBelow(context, child, childId);
      const row = outboxOf(db, child, childId);
      if (row) {
        logPush(db, { runId, now, row, outcome: 'dropped', changes: changesOf(db, row.id) });
        dropSetAside(context, row.id);
        removeOutbox(db, row.id);
      }
      recordOwnDeletion(context, child, childId, getRemoteBody(db, child, childId));
      removeRemote(db, child, childId);
      removeLocal(db, child, childId);
    }
  }
}

/** The children that the API is known to have, and those that the mirror shows. */
export function childIds({ db }: Pick<RunContext, 'db'>, child: EntityName, parentId: number): Set<number> {
  const shown = prepared(db, `SELECT id FROM ${quoted(child)} WHERE ${quoted(parentField(child) ?? '')} = ?`)
    .pluck()
    .all(parentId) as number[];
  return new Set([...remoteIds(db, child, parentId), ...shown]);
}

/** The API takes a deleted entity out of the lists that name it. Source: API.md, What the server does by itself. */
function unlink(context: RunContext, target: EntityName, id: number): void {
  const own = { ...context, own: true };
  for (const { resource, field, list } of referencesTo(target)) {
    if (!list || !isEntityName(resource)) continue;
    const rows = prepared(
      context.db,
      `SELECT r.id, r.parent_id AS parentId FROM ${quoted(`remote_${resource}`)} AS r WHERE EXISTS (SELECT 1 FROM json_each(r.body, ?) WHERE value = ?)`,
    ).all(`$.${field}`, id) as { id: number; parentId: number | null }[];
    for (const row of rows) {
      const entity = getRemoteBody(context.db, resource, row.id);
      if (!entity) continue;
      unlinkBase(context, resource, row.id, field, id);
      receive(own, resource, row.parentId, without(entity, field, id));
      unlinkBase(context, resource, row.id, field, id);
    }
  }
}

/** What an edit was made on loses the id as well, so that nobody takes our own deletion for somebody else's change. */
function unlinkBase(
  { db }: RunContext,
  resource: EntityName,
  entityId: number,
  field: string,
  id: number,
): void {
  const edit = outboxOf(db, resource, entityId);
  const { baseBody } = edit ? stateOf(db, edit.id) : { baseBody: null };
  if (edit && baseBody) putState(db, edit.id, { baseBody: without(baseBody, field, id) });
}

function without(entity: JsonObject, field: string, id: number): JsonObject {
  const ids = entity[field];
  return Array.isArray(ids) ? { ...entity, [field]: ids.filter((item) => item !== id) } : entity;
}
