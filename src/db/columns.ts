/** How a field of the description becomes a column, and a JSON value a cell: the one translation between API and SQLite. */
import type { Field, Json, JsonObject } from '../api/description.ts';
import { fieldOf, fieldsOf, type ResourceName } from '../api/resources.ts';
import { perResource } from './statements.ts';

/** What better-sqlite3 binds and returns. */
export type Cell = null | number | bigint | string | Uint8Array;
export type Row = Record<string, Cell>;

export type Affinity = 'INTEGER' | 'REAL' | 'TEXT';

export function affinityOf(field: Field): Affinity {
  if (field.kind === 'integer' || field.kind === 'boolean') return 'INTEGER';
  return field.kind === 'number' ? 'REAL' : 'TEXT';
}

/** The cell of a field's value; a field that the API left out is NULL. Anything but a plain scalar is JSON text. */
export function toCell(field: Field, value: Json | undefined): Cell {
  if (value === undefined || value === null) return null;
  if (field.kind === 'list' || typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  // SQLite holds UTF-8, which has no half of a surrogate pair: what is read back has to be what was written.
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/** The JSON value of a cell, by the field's kind. */
export function fromCell(field: Field, cell: Cell | undefined): Json {
  if (cell === undefined || cell === null) return null;
  if (field.kind === 'boolean') return cell === 0 || cell === 1 ? cell === 1 : (cell as Json);
  if (field.kind === 'list') return typeof cell === 'string' ? parseOr(cell) : (cell as Json);
  return typeof cell === 'bigint' ? Number(cell) : (cell as Json);
}

function parseOr(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

const layoutOf = perResource((resource: ResourceName) => {
  const columns = fieldsOf(resource).map(([name]) => name);
  return { fields: fieldsOf(resource), columns, listed: new Set(columns) };
});

/** The columns of a resource's table, in order: the fields of the description. */
export function columnsOf(resource: ResourceName): readonly string[] {
  return layoutOf(resource).columns;
}

/** The cells of a row of the resource's table, in the order of `columnsOf`. */
export function cellsOf(resource: ResourceName, entity: JsonObject): Cell[] {
  return layoutOf(resource).fields.map(([name, field]) => toCell(field, entity[name]));
}

/** The entity that a row of the resource's table holds, under the API's names. */
export function entityOf(resource: ResourceName, row: Row): JsonObject {
  const entity: JsonObject = {};
  for (const [name, cell] of Object.entries(row)) {
    const field = fieldOf(resource, name);
    entity[name] = field === undefined ? (cell as Json) : fromCell(field, cell);
  }
  return entity;
}

/** The fields of an entity that the description does not list, as JSON text, or null where there are none. */
export function unlistedFields(resource: ResourceName, entity: JsonObject): string | null {
  const { listed } = layoutOf(resource);
  let extra: JsonObject | null = null;
  for (const key in entity) {
    if (listed.has(key)) continue;
    extra ??= {};
    extra[key] = entity[key] as Json;
  }
  return extra && JSON.stringify(extra);
}

/** An SQL identifier, quoted. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL text literal. */
export function literal(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
