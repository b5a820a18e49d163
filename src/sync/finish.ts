/** What an answer of the API makes of an operation: done, or still to be done where the edit went on meanwhile. */
import type { JsonObject } from '../api/description.ts';
import { can, childrenOf, type EntityName, entityResource, fieldOf, holds } from '../api/resources.ts';
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
  removeChanges,
  removeOutbox,
  setOutbox,
} from '../db/outbox.ts';
import { getRemote, putLocal, putRemote } from '../db/rows.ts';
import { recordChange } from '../db/runs.ts';
import { prepared } from '../db/statements.ts';
import { askBelowLater } from './apply-below.ts';
import { changedFields, sameJson, sameValue, withoutToken } from './equality.ts';
import { reportedOp } from './push-plan.ts';
import { rebaseEdit, rebaseUpdate } from './rebase.ts';
import {
  parentIsDeletedHere,
  type RunContext,
  recordDifference,
  withParent,
  withPending,
} from './receive.ts';
import type { Notice, OpReport, Pushed } from './report.ts';

/** What the push tells of an operation that is done. */
export interface Finished {
  readonly pushed: Pushed;
  readonly notices: readonly Notice[];
}

/** The row of an operation as it was sent; what was sent is in its intent. */
export interface Sent {
  readonly row: OutboxRow;
  readonly intent: Intent;
  /** The temporary id of a create that took over what the server made by itself. */
  readonly originId: number | null;
  /** Null where the answer was lost. */
  readonly status: number | null;
}

function opOf({ row, intent, originId }: Sent): OpReport {
  return {
    outbox_id: row.id,
    resource: row.resource,
    entity_id: originId ?? row.entity_id,
    op: reportedOp(intent.op, originId),
  };
}

export function pushedOf(sent: Sent, remoteId: number): Pushed {
  return { ...opOf(sent), remote_id: remoteId };
}

/** Writes what was sent into the push log, under the real id. What was dropped on the wire had its last word there. */
export function logSent(
  context: RunContext,
  sent: Sent,
  remoteId: number,
  changes: readonly OutboxChange[],
): void {
  if (outboxRow(context.db, sent.row.id) === undefined) return;
  const { intent, status } = sent;
  const { method, path, body } = intent;
  const { outbox_id, resource, op } = opOf(sent);
  logPush(context.db, {
    runId: context.runId,
    row: { id: outbox_id, resource, entity_id: remoteId, op },
    outcome: 'sent',
    changes,
    request: { method, path, body, status },
    now: context.now,
  });
}

/** The changes that a request carried: base as it was, local as it was sent, whatever has been edited since. */
export function carried(changes: readonly OutboxChange[], body: JsonObject): OutboxChange[] {
  return Object.entries(body).map(([field, local]) => {
    const base = changes.find((change) => change.field === field)?.base;
    return { field, base, local, remote: undefined };
  });
}

/** Stores the API's state of an entity that this push changed, which was `before`, and shows it with what still waits. */
export function store(
  context: RunContext,
  resource: EntityName,
  { parentId, before, came }: { parentId: number | null; before: JsonObject | undefined; came: JsonObject },
): void {
  const { db } = context;
  const entity = withParent(resource, parentId, came);
  const id = entity.id as number;
  recordDifference({ ...context, own: true }, resource, id, before, entity);
  putRemote(db, resource, id, parentId, entity, JSON.stringify(entity));
  const pending = outboxOf(db, resource, id);
  if (pending?.op === 'delete' || parentIsDeletedHere(db, resource, parentId)) return;
  putLocal(db, resource, pending ? withPending(db, resource, entity) : entity);
}

/**
 * What is left of an operation after the API took what was sent: an edit made meanwhile stays and moves onto the answer;
 * without one the operation leaves the outbox. `before` is what the mirror held of the entity until now. Source:
 * CONTRACT.md, How a push decides, 9.
 */
export function settleEdits(
  context: RunContext,
  rowId: number,
  body: JsonObject,
  before: JsonObject | undefined,
  answer: JsonObject,
): void {
  const { db, now } = context;
  const row = withoutSent(context, rowId, body, answer);
  if (!row) return;
  putState(db, rowId, { intent: null, baseBody: null, originId: null });
  if (row.op === 'delete') {
    const possible = can(row.resource, 'delete');
    const words = `it is on the API by now, which does not delete ${row.resource}: drop ${rowId} to see it again`;
    setOutbox(db, rowId, possible ? 'pending' : 'failed', possible ? null : words, now);
  } else {
    setOutbox(db, rowId, 'pending', null, now);
    // Of a create nobody knows whether somebody else has been there since: then the fields themselves tell.
    const base = before ?? withoutToken(row.resource, answer);
    rebaseUpdate(context, row, { ...base, ...body }, answer);
    refuseLate(context, row);
  }
}

/** A field that a create alone may give, edited while that create was on the wire, can't follow it any more. */
export function refuseLate({ db, now }: RunContext, { id, resource }: OutboxRow): void {
  const late = changesOf(db, id).find(({ field }) => fieldOf(resource, field)?.by === 'create');
  if (!late) return;
  const words = `${late.field} can be given only to a create, and that is done: drop ${id} to take it back`;
  setOutbox(db, id, 'failed', words, now);
}

/** Takes out what was sent. What was edited since has as its base what was sent, or what it was made on. */
function withoutSent(
  { db }: RunContext,
  rowId: number,
  body: JsonObject,
  answer: JsonObject,
): OutboxRow | undefined {
  const row = outboxRow(db, rowId);
  if (!row || row.op === 'delete') return row;
  const changes = changesOf(db, rowId);
  const left = editedSince(row.resource, changes, body, answer);
  if (left.length === 0) {
    removeOutbox(db, rowId);
    return undefined;
  }
  removeChanges(db, rowId);
  for (const change of left) putChange(db, rowId, change);
  prepared(db, "UPDATE outbox SET op = 'update' WHERE id = ?").run(rowId);
  return outboxRow(db, rowId);
}

/**
 * The changes that were made since `body` was sent, each with what it was made on: what was sent, where that was the same
 * field, else its base, or what the API gave the field where it had none. A set that a create gave nothing for was empty
 * to who edited it: what is in it by now is somebody else's, and stays.
 */
export function editedSince(
  resource: EntityName,
  changes: readonly OutboxChange[],
  body: JsonObject,
  answer: JsonObject,
): OutboxChange[] {
  return changes.flatMap((change) => {
    const { field, base, local } = change;
    const { by, merges } = fieldOf(resource, field) ?? {};
    const sent = Object.hasOwn(body, field);
    if (by === 'parent' || (sent && sameJson(body[field], local ?? null))) return [];
    const given = merges === 'set' ? [] : answer[field];
    const madeOn = sent ? body[field] : base === undefined ? given : base;
    return [{ ...change, base: madeOn ?? null, remote: undefined }];
  });
}

/** Where the answer to a write differs from what was to be expected: somebody else wrote in between. */
export function noticesOf(sent: Sent, before: JsonObject | undefined, answer: JsonObject): Notice[] {
  const expected: JsonObject = { ...(before ?? {}), ...(sent.intent.body ?? {}) };
  return Object.keys(expected)
    .filter((name) => {
      const field = fieldOf(sent.row.resource, name);
      return field && !field.derived && !sameValue(field, expected[name], answer[name]);
    })
    .map((field) => {
      return { ...opOf(sent), field, expected: expected[field] ?? null, got: answer[field] ?? null };
    });
}

/**
 * Somebody else's change that came with the answer to our write is news like any that a pull finds, which will find the
 * entity unchanged: what lies below it is to be read then all the same.
 */
export function recordOthers(context: RunContext, sent: Sent, before: JsonObject, answer: JsonObject): void {
  const { db, runId, now } = context;
  const { resource } = sent.row;
  const fields = changedFields(before, answer).filter((field) => {
    const isOurs = Object.hasOwn(sent.intent.body ?? {}, field);
    return !isOurs && !sameValue(fieldOf(resource, field), before[field], answer[field]);
  });
  const entry = { runId, now, resource, entityId: answer.id as number };
  const edited = fields.filter((field) => !fieldOf(resource, field)?.derived);
  for (const field of edited)
    recordChange(db, { ...entry, field, before: before[field] ?? null, after: answer[field] ?? null });
  const { running } = entityResource(resource);
  // What we ended ourselves has its last results to tell.
  const isEnded = holds(running, before) && !holds(running, answer);
  if (isEnded || edited.length > 0 || fields.some((field) => namesChildren(resource, field)))
    askBelowLater(db, resource, answer);
}

function namesChildren(resource: EntityName, field: string): boolean {
  return childrenOf(resource).some((child) => child === fieldOf(resource, field)?.references);
}

/**
 * What was sent was dropped on its way, and the entity edited again since: that edit is made on what the API now holds of
 * it, which is our own doing and no conflict.
 */
function moveLaterEdit(
  context: RunContext,
  { row, intent }: Sent,
  before: JsonObject | undefined,
  answer: JsonObject,
): void {
  const { db } = context;
  const later = outboxOf(db, row.resource, row.entity_id);
  if (later === undefined || later.id === row.id) return;
  const body = intent.body ?? {};
  for (const change of changesOf(db, later.id))
    if (Object.hasOwn(body, change.field)) putChange(db, later.id, { ...change, base: body[change.field] });
  rebaseEdit(context, later, { ...before, ...body }, answer);
}

/** The API took an update. `came` is the entity as it is now. */
export function finishUpdate(context: RunContext, sent: Sent, came: JsonObject): Finished {
  const { db } = context;
  const { row, intent } = sent;
  const before = getRemote(db, row.resource, row.entity_id);
  const body = intent.body ?? {};
  const old = before && (JSON.parse(before.text) as JsonObject);
  // What an answer leaves out, as lists may, is as it was.
  const answer = { ...old, ...came };
  logSent(context, sent, row.entity_id, carried(changesOf(db, row.id), body));
  if (old) recordOthers(context, sent, old, answer);
  settleEdits(context, row.id, body, old, answer);
  moveLaterEdit(context, sent, old, answer);
  store(context, row.resource, { parentId: before?.parentId ?? null, before: old, came: answer });
  return { pushed: pushedOf(sent, row.entity_id), notices: noticesOf(sent, old, answer) };
}
