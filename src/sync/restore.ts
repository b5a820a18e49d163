/** Brings back what an offline delete took along: the rows below it, its results, and the edits that waited there. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import {
  childEntitiesOf,
  type EntityName,
  fieldsOf,
  type ObservationName,
  parentField,
  parentOf,
} from '../api/resources.ts';
import { type Cell, columnsOf } from '../db/columns.ts';
import { putObservation } from '../db/observations.ts';
import { type OutboxRow, putChange, putState } from '../db/outbox.ts';
import { getLocal, getRemoteBody, putLocal, remoteIds } from '../db/rows.ts';
import { prepared } from '../db/statements.ts';
import { isDeletedHere, withPending } from './receive.ts';

interface Aside {
  readonly kind: 'edit' | 'row';
  readonly resource: string;
  readonly body: string;
}

type SetAsideEdit = OutboxRow & {
  readonly changes: readonly {
    field: string;
    base_value: string | null;
    local_value: string | null;
    remote_value: string | null;
  }[];
  readonly state: { base_body: string | null; intent: string | null; origin_id: number | null } | null;
};

/** Undoes the delete of an entity whose operation has left the outbox. Inside a guarded transaction. */
export function bringBack(db: Database, outboxId: number, resource: EntityName, id: number): void {
  const aside = prepared(
    db,
    'SELECT kind, resource, body FROM outbox_set_aside WHERE outbox_id = ? ORDER BY id',
  ).all(outboxId) as Aside[];
  prepared(db, 'DELETE FROM outbox_set_aside WHERE outbox_id = ?').run(outboxId);
  const edits = aside
    .filter(({ kind }) => kind === 'edit')
    .map(({ body }) => JSON.parse(body) as SetAsideEdit);
  for (const edit of edits) returnEdit(db, edit);
  showBelow(db, resource, id);
  for (const edit of edits) if (edit.op === 'create') showCreate(db, edit);
  for (const { kind, resource: table, body } of aside) {
    if (kind !== 'row') continue;
    const row = JSON.parse(body) as Record<string, Cell>;
    const name = table as ObservationName;
    putObservation(
      db,
      name,
      [...columnsOf(name), 'extra'].map((column) => row[column] ?? null),
    );
  }
}

function returnEdit(db: Database, edit: SetAsideEdit): void {
  prepared(
    db,
    'INSERT INTO outbox (id, resource, entity_id, op, status, attempts, error, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(
    edit.id,
    edit.resource,
    edit.entity_id,
    edit.op,
    edit.status,
    edit.attempts,
    edit.error,
    edit.created_at,
    edit.updated_at,
  );
  const decode = (text: string | null) => (text === null ? undefined : (JSON.parse(text) as Json));
  for (const { field, base_value, local_value, remote_value } of edit.changes) {
    putChange(db, edit.id, {
      field,
      base: decode(base_value),
      local: decode(local_value),
      remote: decode(remote_value),
    });
  }
  if (!edit.state) return;
  putState(db, edit.id, {
    baseBody: edit.state.base_body ? (JSON.parse(edit.state.base_body) as JsonObject) : null,
    intent: edit.state.intent ? JSON.parse(edit.state.intent) : null,
    originId: edit.state.origin_id,
  });
}

/** Shows an entity and all below it as the API last said, with what waits laid over it. */
function showBelow(db: Database, resource: EntityName, id: number): void {
  const remote = getRemoteBody(db, resource, id);
  if (remote && !isDeletedHere(db, resource, id)) putLocal(db, resource, withPending(db, resource, remote));
  for (const child of childEntitiesOf(resource))
    for (const childId of remoteIds(db, child, id)) showBelow(db, child, childId);
}

/** The row of an entity that was made offline: what was given, and what is known of its parent. */
function showCreate(db: Database, { resource, entity_id, changes }: SetAsideEdit): void {
  const entity: JsonObject = { id: entity_id };
  for (const { field, local_value } of changes)
    if (local_value !== null) entity[field] = JSON.parse(local_value) as Json;
  const parent = parentOf(resource);
  const above = parent && getLocal(db, parent, entity[parentField(resource) ?? ''] as number);
  const grandparent = parent && parentField(parent);
  if (above && grandparent && fieldsOf(resource).some(([name]) => name === grandparent))
    entity[grandparent] = above[grandparent] ?? null;
  putLocal(db, resource, entity);
}
