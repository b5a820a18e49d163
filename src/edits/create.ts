/** Creates and deletes, by an INSERT into or a DELETE from the resource's table, captured by its triggers. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { creatableFields, type EntityName } from '../api/resources.ts';
import { type Cell, quoted, toCell } from '../db/columns.ts';
import { outboxOf } from '../db/outbox.ts';
import { refusing } from '../db/refused.ts';
import { transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { mustBeField } from '../query/names.ts';
import { mustExist } from './edit.ts';
import { checkValue } from './values.ts';

export interface OperationReport {
  /** Null where nothing is left to be pushed: what only existed here and is deleted again. */
  readonly outbox_id: number | null;
  readonly resource: EntityName;
  readonly entity_id: number;
}

/**
 * Creates an entity; its parent's id is among the data. It has a negative id until it is pushed, one of its own choice
 * where `data.id` is negative. Throws a UsageError for whatever the API would refuse.
 */
export function createEntity(db: Database, resource: EntityName, data: JsonObject): OperationReport {
  const { id, ...fields } = data;
  const cells = Object.entries(fields).map(([name, value]): [string, Cell] => {
    const field = mustBeField(resource, name);
    if (field.by === 'server') throw new UsageError(`${name} is set by the server: leave it out`);
    return [name, toCell(field, checkValue(name, field, value))];
  });
  if (id !== undefined) cells.push(['id', ownId(id)]);
  return transaction<OperationReport>(db, () => {
    refusing(() => insert(db, resource, cells));
    // The row was given another id than it was inserted with, so the newest operation tells which.
    const newest = db
      .prepare(
        "SELECT id, entity_id FROM outbox WHERE resource = ? AND op = 'create' ORDER BY id DESC LIMIT 1",
      )
      .get(resource) as { id: number; entity_id: number };
    return { outbox_id: newest.id, resource, entity_id: newest.entity_id };
  });
}

function insert(db: Database, resource: EntityName, cells: readonly (readonly [string, Cell])[]): void {
  // With nothing given at all SQL wants a column, and the refusal that follows names what is missing.
  const given =
    cells.length > 0 ? cells : creatableFields(resource).map(([name]): [string, Cell] => [name, null]);
  const columns = given.map(([name]) => quoted(name)).join(', ');
  const marks = given.map(() => '?').join(', ');
  db.prepare<Cell[]>(`INSERT INTO ${quoted(resource)} (${columns}) VALUES (${marks})`).run(
    ...given.map(([, cell]) => cell),
  );
}

function ownId(id: JsonObject[string]): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id < 0) return id;
  throw new UsageError('the API gives the id: leave it out, or choose a negative one that children can name');
}

/** Deletes an entity. Throws a UsageError where it does not exist, or where the API can't delete it. */
export function deleteEntity(db: Database, resource: EntityName, id: number): OperationReport {
  return transaction<OperationReport>(db, () => {
    mustExist(db, resource, id);
    refusing(() => db.prepare<Cell[]>(`DELETE FROM ${quoted(resource)} WHERE id = ?`).run(id));
    return { outbox_id: outboxOf(db, resource, id)?.id ?? null, resource, entity_id: id };
  });
}
