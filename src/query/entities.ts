/** Rows of a resource's table as entities: JSON values under the API's names, and what the API sent beside them. */
import type { Database, Statement } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import { fieldsOf, isEntityName, type ResourceName, resourceNames } from '../api/resources.ts';
import { type Cell, fromCell, quoted, type Row } from '../db/columns.ts';
import { query } from './statements.ts';

/** How one resource is read. */
interface Reader {
  /** Columns whose cells are not yet the JSON value: the others cost nothing. */
  readonly conversions: readonly { readonly name: string; readonly convert: (cell: Cell) => Json }[];
  readonly plain: string;
  readonly withExtra: string;
}

const extraColumn = 'extra';
const readers = new Map<ResourceName, Reader>(resourceNames.map((name) => [name, readerOf(name)]));

function readerOf(resource: ResourceName): Reader {
  const table = quoted(resource);
  const remote = quoted(`remote_${resource}`);
  const plain = `SELECT * FROM ${table}`;
  return {
    conversions: fieldsOf(resource)
      .filter(([, { kind }]) => kind === 'boolean' || kind === 'list')
      .map(([name, field]) => ({ name, convert: (cell) => fromCell(field, cell) })),
    plain,
    // A subquery rather than a join, so that a user's condition never meets a second `id`.
    withExtra: isEntityName(resource)
      ? `SELECT *, (SELECT ${extraColumn} FROM ${remote} WHERE ${remote}.id = ${table}.id) AS ${extraColumn} FROM ${table}`
      : plain,
  };
}

export interface EntityQuery {
  readonly statement: Statement<Cell[]>;
  /** The entity of a row; the row is used up by it. */
  readonly convert: (row: Row) => JsonObject;
}

/** `SELECT … FROM resource` with that tail (WHERE, ORDER BY, LIMIT), on the local state, pending edits included. */
export function entityQuery(db: Database, resource: ResourceName, tail: string): EntityQuery {
  const reader = readers.get(resource);
  if (reader === undefined) throw new Error(`no reader for ${resource}`);
  const extra = !isEntityName(resource) || sendsUnlisted(db, resource);
  const statement = query(db, `${extra ? reader.withExtra : reader.plain} ${tail}`);
  const convert = (row: Row): JsonObject => (extra ? merge(reader, row) : converted(reader, row));
  return { statement, convert };
}

/** Turns the row into the entity in place: most of its cells are the JSON value already. */
function converted(reader: Reader, row: Row): JsonObject {
  const entity = row as JsonObject;
  for (const { name, convert } of reader.conversions) {
    const cell = row[name];
    if (cell !== null && cell !== undefined) entity[name] = convert(cell);
  }
  return entity;
}

function merge(reader: Reader, { [extraColumn]: extra, ...row }: Row): JsonObject {
  const entity = converted(reader, row);
  return typeof extra === 'string' ? { ...entity, ...(JSON.parse(extra) as JsonObject) } : entity;
}

interface Known {
  changes: unknown;
  readonly unlisted: Map<ResourceName, boolean>;
}
const knownOf = new WeakMap<Database, Known>();

/**
 * Whether the API sent unlisted fields of this resource. Looking is as dear as a read, so it is done once in a turn of
 * the event loop, and again after this connection wrote.
 */
function sendsUnlisted(db: Database, resource: ResourceName): boolean {
  const changes = query(db, 'SELECT total_changes()').pluck().get();
  let known = knownOf.get(db);
  if (known === undefined || known.changes !== changes) {
    known = { changes, unlisted: new Map() };
    knownOf.set(db, known);
    setImmediate(() => knownOf.delete(db)).unref();
  }
  let answer = known.unlisted.get(resource);
  if (answer === undefined) {
    const sql = `SELECT 1 FROM ${quoted(`remote_${resource}`)} WHERE ${extraColumn} IS NOT NULL LIMIT 1`;
    answer = query(db, sql).get() !== undefined;
    known.unlisted.set(resource, answer);
  }
  return answer;
}
