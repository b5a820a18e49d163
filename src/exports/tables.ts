/** What can be exported, and how each table is read: the resources, and the histories by the day of the observation. */
import type { Database } from 'better-sqlite3';
import type { Field } from '../api/description.ts';
import {
  fieldOf,
  isEntityName,
  observationNames,
  type ResourceName,
  resourceNames,
} from '../api/resources.ts';
import { quoted } from '../db/columns.ts';

/** `moment` is a time that the mirror wrote itself; the API's own times are `text`, as it sent them. */
export type ColumnType = 'integer' | 'number' | 'boolean' | 'text' | 'list' | 'moment';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** A table whose file is written anew by every export, or one that only grows, of which an export adds what is new. */
export interface ExportTable {
  readonly name: string;
  readonly kind: 'resource' | 'history';
  /** The resource whose fields are its columns; null where they are the mirror's own. */
  readonly fields: ResourceName | null;
}

/** The column of a history that tells its day. */
export const observedAt = 'observed_at';
/** What the API sent and the description does not list, as a JSON object. */
export const extra = 'extra';

export const exportTables: readonly ExportTable[] = [
  ...resourceNames.map((name) => ({ name, kind: 'resource', fields: name }) as const),
  ...observationNames.map((name) => ({ name: `${name}_history`, kind: 'history', fields: name }) as const),
  { name: 'changes', kind: 'history', fields: null },
];

/** The columns as the mirror has them, in its order, typed by the description where that knows them. */
export function columnsOf(db: Database, table: ExportTable): Column[] {
  const rows = db.prepare('SELECT name, type FROM pragma_table_info(?)').all(table.name) as {
    name: string;
    type: string;
  }[];
  const columns = rows.map(({ name, type }) => ({ name, type: typeOf(table, name, type) }));
  return keepsExtraElsewhere(table) ? [...columns, { name: extra, type: 'text' }] : columns;
}

/** What the description does not list of an entity stands beside its table, not in it. */
const keepsExtraElsewhere = ({ name }: ExportTable) => isEntityName(name);

function typeOf({ fields }: ExportTable, name: string, declared: string): ColumnType {
  const field = fields && fieldOf(fields, name);
  if (field) return typeOfField(field);
  if (name === observedAt) return 'moment';
  return declared.toUpperCase() === 'INTEGER' ? 'integer' : 'text';
}

function typeOfField({ kind }: Field): ColumnType {
  return kind === 'time' || kind === 'utcSecond' || kind === 'jsonText' ? 'text' : kind;
}

/** The SELECT of all rows of a resource. */
export function resourceSql(table: ExportTable, columns: readonly Column[]): string {
  const name = quoted(table.name);
  if (!keepsExtraElsewhere(table)) return `SELECT ${list(columns)} FROM ${name}`;
  const remote = quoted(`remote_${table.name}`);
  const own = columns.filter((column) => column.name !== extra);
  return (
    `SELECT ${list(own)}, (SELECT ${extra} FROM ${remote} WHERE ${remote}.id = ${name}.id) AS ${extra} ` +
    `FROM ${name} ORDER BY id`
  );
}

/** What of a history is asked for: the rows after the id `after`, observed at `from` or later. */
export interface Part {
  readonly after: number;
  readonly from: string;
}

/** The first moment of such rows; parameters: after, from. */
export function firstMomentSql({ name }: ExportTable): string {
  return `SELECT min(${observedAt}) FROM ${quoted(name)} WHERE id > ? AND ${observedAt} >= ?`;
}

/** The first moment of any rows from a time on; one seek in the index. */
export function nextMomentSql({ name }: ExportTable): string {
  return `SELECT min(${observedAt}) FROM ${quoted(name)} WHERE ${observedAt} >= ?`;
}

/**
 * The SELECT of one day's rows; parameters: after, from, day, the day after. The index on the time gives them in their
 * order: with a bare `id > ?` SQLite might read by id and sort, which would hold a whole history in memory.
 */
export function daySql({ name }: ExportTable, columns: readonly Column[]): string {
  return (
    `SELECT ${list(columns)} FROM ${quoted(name)} WHERE +id > ? AND ${observedAt} >= max(?, ?) AND ${observedAt} < ? ` +
    `ORDER BY ${observedAt}, id`
  );
}

export function countSql({ name, kind }: ExportTable): string {
  const condition = kind === 'history' ? ` WHERE id > ? AND ${observedAt} >= ?` : '';
  return `SELECT count(*) FROM ${quoted(name)}${condition}`;
}

const list = (columns: readonly Column[]) => columns.map(({ name }) => quoted(name)).join(', ');
