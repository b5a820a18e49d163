/** What a user sees of the mirror before editing it. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../../src/api/description.ts';
import { childEntitiesOf, type EntityName, fieldOf, parentField } from '../../src/api/resources.ts';
import { type Cell, fromCell, quoted } from '../../src/db/columns.ts';
import { prepared } from '../../src/db/statements.ts';

/** One field of an operation that waits. */
export interface PendingField {
  readonly resource: EntityName;
  readonly row: number;
  readonly field: string;
  readonly base: Json;
  readonly local: Json;
}

export function idsOf(db: Database, resource: EntityName): number[] {
  return prepared(db, `SELECT id FROM ${quoted(resource)} ORDER BY id`)
    .pluck()
    .all() as number[];
}

export function cellOf(db: Database, resource: EntityName, id: number, field: string): Json {
  const description = fieldOf(resource, field);
  if (!description) throw new Error(`${resource} has no field ${field}`);
  const sql = `SELECT ${quoted(field)} FROM ${quoted(resource)} WHERE id = ?`;
  return fromCell(description, prepared(db, sql).pluck().get(id) as Cell | undefined);
}

/** The ids of what a list of that row could name. */
export function nameable(db: Database, resource: EntityName, row: number, field: string): number[] {
  const target = fieldOf(resource, field)?.references as EntityName;
  const project = cellOf(db, resource, row, 'project_id') as number;
  return prepared(db, `SELECT id FROM ${quoted(target)} WHERE project_id = ?`)
    .pluck()
    .all(project) as number[];
}

const waiting =
  'SELECT o.resource, o.entity_id AS row, c.field, c.base_value AS base, c.local_value AS local FROM outbox_changes AS c JOIN outbox AS o ON o.id = c.outbox_id';

function pendingFields(db: Database, condition: string, ...values: (string | number)[]): PendingField[] {
  const rows = prepared(db, `${waiting} WHERE c.local_value IS NOT NULL AND ${condition}`).all(...values) as {
    resource: EntityName;
    row: number;
    field: string;
    base: string | null;
    local: string;
  }[];
  return rows.map(({ base, local, ...rest }) => ({
    ...rest,
    base: base === null ? null : (JSON.parse(base) as Json),
    local: JSON.parse(local) as Json,
  }));
}

/** What waits for one field of one row. */
export function pendingOf(db: Database, resource: EntityName, row: number, field: string): Json | undefined {
  return pendingFields(db, 'o.resource = ? AND o.entity_id = ? AND c.field = ?', resource, row, field)[0]
    ?.local;
}

/** The names of the fields that wait for one entity. */
export function waitingFields(db: Database, resource: EntityName, id: number): string[] {
  const sql =
    'SELECT c.field FROM outbox_changes AS c JOIN outbox AS o ON o.id = c.outbox_id WHERE o.resource = ? AND o.entity_id = ?';
  return prepared(db, sql).pluck().all(resource, id) as string[];
}

/** The fields of updates that wait: what can be set back to what it was made on. */
export function takeable(db: Database): PendingField[] {
  return pendingFields(db, "o.op = 'update' AND c.base_value IS NOT NULL ORDER BY o.id, c.field");
}

/** The fields that wait for entities which the API has. */
export function waitingThere(db: Database): PendingField[] {
  return pendingFields(db, "o.entity_id > 0 AND o.op = 'update' ORDER BY o.id, c.field");
}

/** What a delete replaces: the row's own edits, and with a row that only exists here those of all below it. */
export function replacedByDelete(db: Database, resource: EntityName, row: number): PendingField[] {
  const own = pendingFields(db, 'o.resource = ? AND o.entity_id = ?', resource, row);
  if (row > 0) return own;
  const below = childEntitiesOf(resource).flatMap((child) => {
    const sql = `SELECT id FROM ${quoted(child)} WHERE ${quoted(parentField(child) ?? '')} = ?`;
    const ids = prepared(db, sql).pluck().all(row) as number[];
    return ids.flatMap((id) => replacedByDelete(db, child, id));
  });
  return [...own, ...below];
}

/** The id that an INSERT which gives none will get. */
export function nextId(db: Database): number {
  const sql = "SELECT CAST(value AS INTEGER) FROM mirror_meta WHERE key = 'next_temp_id'";
  return prepared(db, sql).pluck().get() as number;
}
