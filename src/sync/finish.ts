/** What an answer of the API makes of an operation: done, or still to be done where the edit went on meanwhile. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import {
  type EntityName,
  entityNames,
  fieldOf,
  isEntityName,
  parentField,
  referencesTo,
} from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { replaceId } from '../db/identity.ts';
import { getMeta, putMeta } from '../db/meta.ts';
import {
  changesOf,
  type Intent,
  logPush,
  type OutboxChange,
  type OutboxRow,
  outboxOf,
  outboxRow,
  putChange,
  putState,
  removeChange,
  removeOutbox,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import {
  getRemote,
  getRemoteBody,
  hasLocal,
  putLocal,
  putRemote,
  remoteIds,
  removeLocal,
  removeRemote,
} from '../db/rows.ts';
import { recordChange } from '../db/runs.ts';
import { prepared } from '../db/statements.ts';
import { changedFields, sameJson, sameValue } from './equality.ts';
import { adoptable } from './push-plan.ts';
import { dropSetAside } from './rebase.ts';
import { isDeletedHere, parentIsDeletedHere, type RunContext, receive, withPending } from './receive.ts';
import type { Notice, Pushed } from './report.ts';

/** What the push tells of an operation that is done. */
export interface Finished {
  readonly pushed: Pushed;
  readonly notices: readonly Notice[];
}

/** The row of an operation under way; what was sent is in its intent. */
export interface Sent {
  readonly row: OutboxRow;
  readonly intent: Intent;
  readonly originId: number | null;
  readonly status: number | null;
}

function pushedOf({ row, intent, originId }: Sent, remoteId: number): Pushed {
  return {
    outbox_id: row.id,
    resource: row.resource,
    entity_id: originId ?? row.entity_id,
    op: originId === null ? intent.op : 'create',
    remote_id: remoteId,
  };
}

/** Writes what was sent into the push log, under the real id. */
function logSent(context: RunContext, sent: Sent, remoteId: number, changes: readonly OutboxChange[]): void {
  const { row, intent, originId, status } = sent;
  const { method, path, body } = intent;
  logPush(context.db, {
    runId: context.runId,
    row: {
      id: row.id,
      resource: row.resource,
      entity_id: remoteId,
      op: originId === null ? intent.op : 'create',
    },
    outcome: 'sent',
    changes,
    request: { method, path, body, status },
    now: context.now,
  });
}

/** The changes that a request carried, out of those that wait now: base as it was, local as it was sent. */
function carried(changes: readonly OutboxChange[], body: JsonObject): OutboxChange[] {
  return Object.entries(body).map(([field, local]) => {
    const base = changes.find((change) => change.field === field)?.base;
    return { field, base, local, remote: undefined };
  });
}

/** Stores the API's state of an entity that this push changed, and shows it with what still waits. */
function store(context: RunContext, resource: EntityName, parentId: number | null, entity: JsonObject): void {
  const { db } = context;
  const id = entity.id as number;
  putRemote(db, resource, id, parentId, entity, JSON.stringify(entity));
  if (isDeletedHere(db, resource, id) || parentIsDeletedHere(db, resource, parentId)) return;
  putLocal(db, resource, withPending(db, resource, entity));
}

/**
 * What is left of an operation after the API took what was sent: an edit made meanwhile stays, on the new base; without
 * one the operation leaves the outbox. Source: CONTRACT.md, How a push decides, 9.
 */
function settleEdits(context: RunContext, rowId: number, body: JsonObject, answer: JsonObject): void {
  const { db, now } = context;
  const row = outboxRow(db, rowId);
  if (!row) return;
  putState(db, rowId, { intent: null, baseBody: null });
  if (row.op === 'delete') {
    setOutbox(db, rowId, 'pending', null, now);
    return;
  }
  for (const change of changesOf(db, rowId)) {
    const field = fieldOf(row.resource, change.field);
    const sent = body[change.field];
    const isParent = field?.by === 'parent';
    if (isParent || (sent !== undefined && sameJson(sent, change.local ?? null)))
      removeChange(db, rowId, change.field);
    else putChange(db, rowId, { ...change, base: answer[change.field] ?? null, remote: undefined });
  }
  if (changesOf(db, rowId).length === 0) removeOutbox(db, rowId);
  else {
    prepared(db, "UPDATE outbox SET op = 'update' WHERE id = ?").run(rowId);
    setOutbox(db, rowId, 'pending', null, now);
  }
}

/** Where the answer to a write differs from what was to be expected: somebody else wrote in between. */
function noticesOf(sent: Sent, before: JsonObject | undefined, answer: JsonObject): Notice[] {
  const { row, intent, originId } = sent;
  const expected: JsonObject = { ...(before ?? {}), ...(intent.body ?? {}) };
  const report = {
    outbox_id: row.id,
    resource: row.resource,
    entity_id: originId ?? row.entity_id,
    op: intent.op,
  };
  return Object.keys(expected)
    .filter((name) => {
      const field = fieldOf(row.resource, name);
      return field && !field.derived && !sameValue(field, expected[name], answer[name]);
    })
    .map((field) => ({ ...report, field, expected: expected[field] ?? null, got: answer[field] ?? null }));
}

/** Somebody else's change that came with the answer to our write is news like any that a pull finds. */
function recordOthers(context: RunContext, sent: Sent, before: JsonObject, answer: JsonObject): void {
  const { db, runId, now } = context;
  const { row, intent } = sent;
  for (const field of changedFields(before, answer)) {
    if (Object.hasOwn(intent.body ?? {}, field) || fieldOf(row.resource, field)?.derived) continue;
    if (sameValue(fieldOf(row.resource, field), before[field], answer[field])) continue;
    recordChange(db, {
      runId,
      now,
      resource: row.resource,
      entityId: row.entity_id,
      field,
      before: before[field] ?? null,
      after: answer[field] ?? null,
    });
  }
}

/** The API took an update. `answer` is the whole entity as it is now. */
export function finishUpdate(context: RunContext, sent: Sent, answer: JsonObject): Finished {
  const { db } = context;
  const { row, intent } = sent;
  const before = getRemote(db, row.resource, row.entity_id);
  const body = intent.body ?? {};
  const old = before && (JSON.parse(before.text) as JsonObject);
  logSent(context, sent, row.entity_id, carried(changesOf(db, row.id), body));
  if (old) recordOthers(context, sent, old, answer);
  settleEdits(context, row.id, body, answer);
  store(context, row.resource, before?.parentId ?? null, answer);
  return { pushed: pushedOf(sent, row.entity_id), notices: noticesOf(sent, old, answer) };
}

/** The API deleted the entity for us. What hung on it goes as the API lets it go, and is nobody else's change. */
export function finishDelete(context: RunContext, sent: Sent): Finished {
  const { db } = context;
  const { row } = sent;
  logSent(context, sent, row.entity_id, []);
  dropSetAside(context, row.id);
  removeOutbox(db, row.id);
  forget(context, row.resource, row.entity_id);
  unlink(context, row.resource, row.entity_id);
  return { pushed: pushedOf(sent, row.entity_id), notices: [] };
}

/** Removes an entity and all below it from what the API is known to hold. */
function forget(context: RunContext, resource: EntityName, id: number): void {
  const { db } = context;
  for (const child of entityNames) {
    const parent = parentField(child);
    if (parent === null || fieldOf(child, parent)?.references !== resource) continue;
    for (const childId of remoteIds(db, child, id)) forget(context, child, childId);
  }
  removeRemote(db, resource, id);
  removeLocal(db, resource, id);
}

/** The API takes a deleted entity out of the lists that name it. Source: API.md, What the server does by itself. */
function unlink(context: RunContext, target: EntityName, id: number): void {
  const silent = { ...context, recordChanges: false };
  for (const { resource, field, list } of referencesTo(target)) {
    if (!list || !isEntityName(resource)) continue;
    const path = `$.${field}`;
    const rows = prepared(
      context.db,
      `SELECT r.id, r.parent_id AS parentId FROM ${quoted(`remote_${resource}`)} AS r WHERE EXISTS (SELECT 1 FROM json_each(r.body, ?) WHERE value = ?)`,
    ).all(path, id) as { id: number; parentId: number | null }[];
    for (const row of rows) {
      const entity = getRemoteBody(context.db, resource, row.id);
      const names = entity?.[field];
      if (!entity || !Array.isArray(names)) continue;
      receive(silent, resource, row.parentId, { ...entity, [field]: names.filter((item) => item !== id) });
    }
  }
}

const unclaimedKey = (resource: EntityName, id: number) => `unclaimed:${resource}:${id}`;

/** The API created an entity. Its real id replaces the temporary one everywhere. */
export function finishCreate(
  context: RunContext,
  sent: Sent,
  parentId: number | null,
  answer: JsonObject,
): Finished {
  const { db } = context;
  const { row, intent } = sent;
  const id = answer.id as number;
  const body = intent.body ?? {};
  const changes = changesOf(db, row.id);
  logSent(
    context,
    sent,
    id,
    changes.map((change) => ({ ...change, local: body[change.field] ?? change.local })),
  );
  const edited = outboxOf(db, row.resource, id);
  if (edited) {
    // A pull showed it under its real id, and the user went on there: that edit stands, the create is done.
    removeOutbox(db, row.id);
    removeLocal(db, row.resource, row.entity_id);
  }
  replaceId(db, row.resource, row.entity_id, id);
  if (!edited) settleEdits(context, row.id, body, answer);
  store(context, row.resource, parentId, answer);
  if (adoptable(row.resource).length > 0) putMeta(db, unclaimedKey(row.resource, id), '1');
  return { pushed: pushedOf(sent, id), notices: noticesOf(sent, undefined, answer) };
}

/** Whether what came with an entity that was pushed has not been shared out to the creates below it yet. */
export function isUnclaimed(db: Database, resource: EntityName, id: number): boolean {
  return getMeta(db, unclaimedKey(resource, id)) !== undefined;
}

/** The entities of a resource of which the same is true. */
export function unclaimedIds(db: Database, resource: EntityName): number[] {
  const prefix = `unclaimed:${resource}:`;
  const keys = prepared(db, 'SELECT key FROM mirror_meta WHERE substr(key, 1, ?) = ?')
    .pluck()
    .all(prefix.length, prefix);
  return (keys as string[]).map((key) => Number(key.slice(prefix.length)));
}

export function markClaimed(db: Database, resource: EntityName, id: number): void {
  prepared(db, 'DELETE FROM mirror_meta WHERE key = ?').run(unclaimedKey(resource, id));
}

/**
 * Shares out what came with a new parent: the first ones made offline, by their order, become edits of it; what is left
 * of it stays, and the mirror shows it at once. Source: CONTRACT.md, How a push decides, 6.
 */
export function claim(
  context: RunContext,
  child: EntityName,
  parentId: number,
  came: readonly JsonObject[],
  limit: number,
): void {
  const silent = { ...context, recordChanges: false };
  const creates = createsBelow(context, child, parentId);
  for (const [index, entity] of came.entries()) {
    const create = index < limit ? creates[index] : undefined;
    if (create) takeOver(context, create, parentId, entity);
    else receive(silent, child, parentId, entity);
  }
}

function createsBelow({ db }: RunContext, child: EntityName, parentId: number): OutboxRow[] {
  const rows = prepared(
    db,
    "SELECT o.* FROM outbox AS o JOIN outbox_changes AS c ON c.outbox_id = o.id AND c.field = ? WHERE o.resource = ? AND o.op = 'create' AND CAST(c.local_value AS INTEGER) = ? ORDER BY o.id",
  ).all(parentField(child) ?? '', child, parentId) as OutboxRow[];
  return rows.filter(({ id }) => stateOf(db, id).intent === null);
}

/** A create becomes an edit of an entity that the server made by itself. */
function takeOver(context: RunContext, row: OutboxRow, parentId: number, entity: JsonObject): void {
  const { db, now } = context;
  const id = entity.id as number;
  replaceId(db, row.resource, row.entity_id, id);
  putRemote(db, row.resource, id, parentId, entity, JSON.stringify(entity));
  const kept: OutboxChange[] = [];
  const equal: OutboxChange[] = [];
  for (const change of changesOf(db, row.id)) {
    const field = fieldOf(row.resource, change.field);
    const base = entity[change.field] ?? null;
    const same = field?.by === 'parent' || sameValue(field, base, change.local ?? null);
    (same ? equal : kept).push({ ...change, base });
  }
  if (kept.length === 0) {
    logPush(db, {
      runId: context.runId,
      row: { ...row, entity_id: id },
      outcome: 'converged',
      changes: equal,
      now,
    });
    removeOutbox(db, row.id);
  } else {
    prepared(db, "UPDATE outbox SET op = 'update' WHERE id = ?").run(row.id);
    for (const { field } of equal) removeChange(db, row.id, field);
    for (const change of kept) putChange(db, row.id, change);
    putState(db, row.id, { originId: row.entity_id });
  }
  if (hasLocal(db, row.resource, id) || kept.length === 0)
    putLocal(db, row.resource, withPending(db, row.resource, entity));
}
