/** Brings back what an offline delete took along: the rows below it, its results, and the edits that waited there. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { childEntitiesOf, type EntityName, fieldsOf, parentField, parentOf } from '../api/resources.ts';
import { keyCells, lastObserved, observationColumns, putObservation } from '../db/observations.ts';
import { type OutboxRow, outboxRow } from '../db/outbox.ts';
import { getLocal, getRemoteBody, putLocal, remoteIds, removeLocal } from '../db/rows.ts';
import { forgetSetAside, putBack, type SetAside, setAsideEdits, setAsideRows } from '../db/set-aside.ts';
import { sameJson } from './equality.ts';
import { type Decider, rebaseEdit, rebaseOntoDeletion } from './rebase.ts';
import { isDeletedHere, withPending } from './receive.ts';

/**
 * Undoes the delete `removal`, which has left the outbox. Edits that come back move onto what the API holds by now.
 * Inside a guarded transaction.
 */
export function bringBack(decider: Decider, removal: Pick<OutboxRow, 'id' | 'resource' | 'entity_id'>): void {
  const { db } = decider;
  const edits = setAsideEdits(db, removal.id);
  const rows = setAsideRows(db, removal.id);
  forgetSetAside(db, removal.id);
  for (const edit of edits) putBack(db, edit);
  for (const edit of edits) catchUp(decider, edit);
  showBelow(db, removal.resource, removal.entity_id);
  for (const edit of edits) showWithoutRemote(db, edit);
  for (const { resource, row } of rows) {
    const cells = observationColumns(resource).map((name) => row[name] ?? null);
    putObservation(db, resource, lastObserved(db, resource, keyCells(resource, cells)) ?? cells);
  }
}

/** While an edit was out of sight, the API's state may have moved on, and nobody compared. */
function catchUp(decider: Decider, { row: { id }, base }: SetAside): void {
  const { db } = decider;
  const row = outboxRow(db, id);
  if (!row || row.op === 'create') return;
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  if (!remote) rebaseOntoDeletion(decider, row, base ?? undefined);
  else if (base && !sameJson(base, remote)) rebaseEdit(decider, row, base, remote);
}

/** Shows an entity and all below it as the API last said, with what waits laid over it. */
function showBelow(db: Database, resource: EntityName, id: number): void {
  const remote = getRemoteBody(db, resource, id);
  if (isDeletedHere(db, resource, id)) return;
  if (remote) putLocal(db, resource, withPending(db, resource, remote));
  for (const child of childEntitiesOf(resource))
    for (const childId of remoteIds(db, child, id)) showBelow(db, child, childId);
}

/** The row of an edit whose entity the API does not have: it was made offline, or deleted there meanwhile. */
function showWithoutRemote(db: Database, { row: { id }, base }: SetAside): void {
  const row = outboxRow(db, id);
  if (!row || row.op === 'delete' || getRemoteBody(db, row.resource, row.entity_id)) return;
  showMade(db, row, base ?? {});
}

/** Shows an entity as its operation gives it, with what is known of its parent. */
export function showMade(db: Database, { resource, entity_id }: OutboxRow, base: JsonObject): void {
  const entity = withPending(db, resource, { ...base, id: entity_id });
  const parent = parentOf(resource);
  const above = parent && getLocal(db, parent, entity[parentField(resource) ?? ''] as number);
  const grandparent = parent && parentField(parent);
  if (above && grandparent && fieldsOf(resource).some(([name]) => name === grandparent))
    entity[grandparent] = above[grandparent] ?? null;
  putLocal(db, resource, entity);
}

/** Shows the API's state of an entity, with what still waits laid over it; nothing where the API has none. */
export function showRemote(db: Database, resource: EntityName, id: number): void {
  const remote = getRemoteBody(db, resource, id);
  if (remote) putLocal(db, resource, withPending(db, resource, remote));
  else removeLocal(db, resource, id);
}
