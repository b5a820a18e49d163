/** Rows of a resource's table as entities: JSON values under the API's names, and what the API sent beside them. */
import type { Database } from 'better-sqlite3';
import type { Field, Json, JsonObject } from '../api/description.ts';
import { fieldsOf, isEntityName, type ResourceName, resourceNames } from '../api/resources.ts';
import { type Cell, fromCell, quoted, type Row } from '../db/columns.ts';
import { query } from './statements.ts';

/** Columns whose cells are not yet the JSON value: the others cost nothing. */
type Conversions = readonly { readonly name: string; readonly convert: (cell: Cell) => Json }[];

const conversions = new Map<ResourceName, Conversions>(
  resourceNames.map((resource) => [
    resource,
    fieldsOf(resource)
      .filter(([, { kind }]) => kind === 'boolean' || kind === 'list')
      .map(([name, field]) => ({ name, convert: converterOf(field) })),
  ]),
);

function converterOf(field: Field): (cell: Cell) => Json {
  const convert = (cell: Cell) => fromCell(field, cell);
  if (field.kind !== 'list' || (field.items !== 'id' && field.items !== 'integer')) return convert;
  return (cell) => (typeof cell === 'string' && wholeNumbers(cell)) || convert(cell);
}

/**
 * A list of whole numbers, read from its JSON text; null where anything else stands in it. Most lists are such, and
 * short, and the parser of JSON takes longer to begin with one than this takes to end.
 */
function wholeNumbers(text: string): number[] | null {
  const numbers: number[] = [];
  let [value, digits] = [0, 0];
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57 && digits < 15) {
      value = value * 10 + code - 48;
      digits++;
    } else if ((code === 44 || code === 93) && digits > 0) {
      numbers.push(value);
      [value, digits] = [0, 0];
    } else if (text !== '[]') return null;
  }
  return numbers;
}

export interface Reader {
  /** `SELECT … FROM resource`, to which WHERE, ORDER BY and LIMIT are added. */
  readonly select: string;
  /** The entity of a row of it; the row is used up. */
  readonly convert: (row: Row) => JsonObject;
}

/**
 * How to read a resource as it is locally, pending edits included. `unlisted` is a field that the description lacks and
 * the API is known to send: then rows that have it cost least. Null reads no unlisted fields of entities at all.
 */
export function readerOf(resource: ResourceName, unlisted: string | null): Reader {
  const columns = conversions.get(resource) ?? [];
  const table = quoted(resource);
  // Rows of results keep their unlisted fields themselves.
  if (!isEntityName(resource)) {
    return { select: `SELECT * FROM ${table}`, convert: merger(columns, 'extra') };
  }
  if (unlisted === null) {
    return { select: `SELECT * FROM ${table}`, convert: (row) => converted(columns, row) };
  }
  const remote = quoted(`remote_${resource}`);
  // A subquery rather than a join, so that a user's condition never meets a second `id`.
  const extra = `(SELECT extra FROM ${remote} WHERE ${remote}.id = ${table}.id)`;
  return {
    // Under the name of a field that is to stand there anyway: taking a column out of a row copies the row.
    select: `SELECT *, ${extra} AS ${quoted(unlisted)} FROM ${table}`,
    convert: merger(columns, unlisted),
  };
}

/** Turns the row into the entity in place: most of its cells are the JSON value already. */
function converted(columns: Conversions, row: Row): JsonObject {
  const entity = row as JsonObject;
  for (const { name, convert } of columns) {
    const cell = row[name];
    if (cell !== null && cell !== undefined) entity[name] = convert(cell);
  }
  return entity;
}

/** The same for rows that hold their unlisted fields, as JSON text, in the column `key`. */
function merger(columns: Conversions, key: string): (row: Row) => JsonObject {
  const fieldsOfText = textReader();
  return (row) => {
    const text = row[key];
    const fields = typeof text === 'string' ? fieldsOfText(text) : {};
    if (Object.hasOwn(fields, key)) return Object.assign(converted(columns, row), fields);
    const { [key]: _, ...rest } = row;
    return Object.assign(converted(columns, rest), fields);
  };
}

/** What the API leaves unlisted is mostly the same from row to row, so the last text is not parsed again. */
function textReader(): (text: string) => JsonObject {
  let [last, fields, flat] = ['', {} as JsonObject, false];
  return (text) => {
    if (text === last && flat) return fields;
    fields = JSON.parse(text) as JsonObject;
    // Two entities must not share an object.
    flat = Object.values(fields).every((value) => typeof value !== 'object' || value === null);
    last = text;
    return fields;
  };
}

interface Known {
  readonly changes: unknown;
  readonly fields: Map<ResourceName, string | null>;
}
const knownOf = new WeakMap<Database, Known>();

/**
 * A field of the resource that the API sends and the description lacks; null where there is none. Looking reads a whole
 * table where there is none, so it is done once in a turn of the event loop, and again after this connection wrote.
 */
export function unlistedField(db: Database, resource: ResourceName): string | null {
  if (!isEntityName(resource)) return null;
  const changes = query(db, 'SELECT total_changes()').pluck().get();
  let known = knownOf.get(db);
  if (known?.changes !== changes) {
    known = { changes, fields: new Map() };
    knownOf.set(db, known);
    setImmediate(() => knownOf.delete(db)).unref();
  }
  let field = known?.fields.get(resource);
  if (field === undefined) {
    const sql = `SELECT extra FROM ${quoted(`remote_${resource}`)} WHERE extra IS NOT NULL LIMIT 1`;
    const extra = query(db, sql).pluck().get() as string | undefined;
    field = extra === undefined ? null : columnFor(resource, JSON.parse(extra) as JsonObject);
    known?.fields.set(resource, field);
  }
  return field;
}

/** Whoever names a field is no friend for certain: in SQL it stands only if it is a plain name, and no column's. */
function columnFor(resource: ResourceName, extra: JsonObject): string {
  const taken = new Set(fieldsOf(resource).map(([name]) => name.toLowerCase()));
  const isFree = (name: string) => /^[a-z]\w{0,60}$/i.test(name) && !taken.has(name.toLowerCase());
  return Object.keys(extra).find(isFree) ?? 'extra';
}
