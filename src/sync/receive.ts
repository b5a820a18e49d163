/** Takes in what the API says about one entity: the remote state moves on, and a pending edit moves onto it. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import {
  childEntitiesOf,
  childrenOf,
  type EntityName,
  isEntityName,
  parentField,
  parentOf,
  type ResourceName,
} from '../api/resources.ts';
import { removeObservationsOf } from '../db/observations.ts';
import { changesOf, type OutboxRow, outboxOf } from '../db/outbox.ts';
import {
  bodyOf,
  getRemote,
  getRemoteBody,
  putLocal,
  putRemote,
  type Remote,
  remoteIds,
  removeLocal,
  removeRemote,
} from '../db/rows.ts';
import { forgetListings, recordChange } from '../db/runs.ts';
import { changedFields, ownValue, sameJson } from './equality.ts';
import { type RebaseOptions, rebaseEdit, rebaseOntoDeletion } from './rebase.ts';

/** The run on whose behalf the mirror changes. */
export interface RunContext {
  readonly db: Database;
  readonly runId: number;
  readonly now: string;
  /** Whether what changed goes into the history; a mirror's first pull writes none. */
  readonly recordChanges: boolean;
  /** Whether it is our own doing, and so no news: recorded, but beside what others changed. */
  readonly own?: boolean;
  /** The outbox is known to be empty in this transaction, which spares looking for every entity. */
  readonly nothingPending?: boolean;
}

/** The entity with its parent's id, which the URL tells where the body does not. */
export function withParent(resource: ResourceName, parentId: number | null, entity: JsonObject): JsonObject {
  const field = parentField(resource);
  return field === null || Object.hasOwn(entity, field) ? entity : { ...entity, [field]: parentId };
}

export type Received = 'inserted' | 'updated' | 'unchanged';

export interface ReceiveOptions extends RebaseOptions {
  /** What the mirror has of the entity, where the caller has looked already. */
  readonly known?: Remote | undefined;
}

/**
 * Applies the API's present state of one entity, whole. Never overwrites a pending edit: that moves onto the new base,
 * and what conflicts is marked. Runs inside a guarded transaction. Source: CONTRACT.md, How a pull decides.
 */
export function receive(
  context: RunContext,
  resource: EntityName,
  parentId: number | null,
  came: JsonObject,
  options: ReceiveOptions = {},
): Received {
  const { db } = context;
  const entity = withParent(resource, parentId, came);
  const id = entity.id as number;
  const text = JSON.stringify(entity);
  const before = options.known ?? getRemote(db, resource, id);
  if (before?.text === text && before.parentId === parentId) return 'unchanged';
  const old = before && bodyOf(before);
  if (old && before?.parentId === parentId && sameJson(old, entity)) return 'unchanged';
  putRemote(db, resource, id, parentId, entity, text);
  if (context.recordChanges) recordDifference(context, resource, id, old, entity);
  showLocally(context, resource, parentId, entity, old, options);
  return old ? 'updated' : 'inserted';
}

/** Looks at a pending edit again although nothing new came: the edit may have changed, or was on the wire before. */
export function reconsider(
  context: RunContext,
  resource: EntityName,
  parentId: number | null,
  came: JsonObject,
  options: RebaseOptions = {},
): void {
  const entity = withParent(resource, parentId, came);
  showLocally(context, resource, parentId, entity, entity, options);
}

export function recordDifference(
  { db, runId, now, own }: RunContext,
  resource: EntityName,
  entityId: number,
  before: JsonObject | undefined,
  after: JsonObject,
): void {
  const entry = { runId, now, resource, entityId };
  const table = own ? 'own_changes' : 'changes';
  if (!before) {
    recordChange(db, { ...entry, field: null, before: undefined, after }, table);
    return;
  }
  for (const field of changedFields(before, after)) {
    const values = { before: ownValue(before, field), after: ownValue(after, field) };
    recordChange(db, { ...entry, field, ...values }, table);
  }
}

/** Brings the local row in line: the API's state, with what is still pending laid over it. */
function showLocally(
  context: RunContext,
  resource: EntityName,
  parentId: number | null,
  entity: JsonObject,
  old: JsonObject | undefined,
  options: RebaseOptions,
): void {
  const { db } = context;
  if (context.nothingPending) {
    putLocal(db, resource, entity);
    return;
  }
  const id = entity.id as number;
  const pending = outboxOf(db, resource, id);
  if (pending) rebaseEdit(context, pending, old, entity, options);
  if (pending?.op === 'delete' && isDeletedHere(db, resource, id)) return;
  if (parentIsDeletedHere(db, resource, parentId)) return;
  putLocal(db, resource, pending ? withPending(db, resource, entity) : entity);
}

/** The API's state of an entity with the pending edits laid over it: what a local row shows. */
export function withPending(db: Database, resource: EntityName, entity: JsonObject): JsonObject {
  const pending = outboxOf(db, resource, entity.id as number);
  return pending ? withEdits(db, pending, entity) : entity;
}

function withEdits(db: Database, pending: OutboxRow, entity: JsonObject): JsonObject {
  const shown = { ...entity };
  for (const { field, local } of changesOf(db, pending.id)) if (local !== undefined) shown[field] = local;
  return shown;
}

/** Whether an offline delete of the entity is waiting. */
export function isDeletedHere(db: Database, resource: EntityName, id: number): boolean {
  return outboxOf(db, resource, id)?.op === 'delete';
}

/** What a delete made offline took along stays out of sight until it is pushed or dropped. */
export function parentIsDeletedHere(db: Database, resource: ResourceName, parentId: number | null): boolean {
  const parent = parentOf(resource);
  return parent !== null && parentId !== null && isDeletedHere(db, parent, parentId);
}

/**
 * The API has deleted an entity, and with it everything below. A pending edit of any of them becomes a conflict and its
 * row stays; a pending delete is fulfilled. Returns how many rows went, by resource.
 */
export function receiveDeletion(
  context: RunContext,
  resource: EntityName,
  id: number,
): Map<EntityName, number> {
  const gone = new Map<EntityName, number>();
  removeBelow(context, resource, id, gone);
  removeOne(context, resource, id);
  gone.set(resource, (gone.get(resource) ?? 0) + 1);
  return gone;
}

function removeBelow(
  context: RunContext,
  resource: EntityName,
  id: number,
  gone: Map<ResourceName, number>,
): void {
  const { db } = context;
  for (const child of childEntitiesOf(resource)) {
    for (const childId of remoteIds(db, child, id)) {
      for (const [name, count] of receiveDeletion(context, child, childId))
        gone.set(name, (gone.get(name) ?? 0) + count);
    }
  }
  for (const child of childrenOf(resource)) {
    forgetListings(db, child, id);
    if (isEntityName(child)) continue;
    gone.set(child, (gone.get(child) ?? 0) + removeObservationsOf(db, child, id));
  }
}

function removeOne(context: RunContext, resource: EntityName, id: number): void {
  const { db, runId, now } = context;
  const before = getRemoteBody(db, resource, id);
  removeRemote(db, resource, id);
  if (context.recordChanges && before) {
    recordChange(db, { runId, now, resource, entityId: id, field: null, before, after: undefined });
  }
  const pending = outboxOf(db, resource, id);
  if (pending) rebaseOntoDeletion(context, pending, before);
  else removeLocal(db, resource, id);
}
