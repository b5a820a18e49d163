/** The rows of a mirror: the local state of each entity, and beside it, whole, what the API last said. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import {
  type EntityName,
  type ObservationName,
  observationResource,
  type ResourceName,
} from '../api/resources.ts';
import { type Cell, cellsOf, columnsOf, entityOf, quoted, type Row, unlistedFields } from './columns.ts';
import { prepared } from './statements.ts';

/** What the API last said about an entity. */
export interface Remote {
  readonly parentId: number | null;
  /** The entity as JSON text, just as it was stored. */
  readonly text: string;
}

const names = (columns: readonly string[]) => columns.map(quoted).join(', ');
const marks = (count: number) => new Array<string>(count).fill('?').join(', ');

const upserts = new Map<string, string>();
function upsertSql(table: string, columns: readonly string[], key: readonly string[]): string {
  let sql = upserts.get(table);
  if (!sql) {
    const rest = columns.filter((name) => !key.includes(name));
    const set = rest.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
    sql = `INSERT INTO ${quoted(table)} (${names(columns)}) VALUES (${marks(columns.length)}) ON CONFLICT (${names(key)}) DO UPDATE SET ${set}`;
    upserts.set(table, sql);
  }
  return sql;
}

const remoteTable = (resource: EntityName) => quoted(`remote_${resource}`);

export function getRemote(db: Database, resource: EntityName, id: number): Remote | undefined {
  return prepared(
    db,
    `SELECT parent_id AS parentId, body AS text FROM ${remoteTable(resource)} WHERE id = ?`,
  ).get(id) as Remote | undefined;
}

export function getRemoteBody(db: Database, resource: EntityName, id: number): JsonObject | undefined {
  const remote = getRemote(db, resource, id);
  return remote && (JSON.parse(remote.text) as JsonObject);
}

export function putRemote(
  db: Database,
  resource: EntityName,
  id: number,
  parentId: number | null,
  body: JsonObject,
  text: string,
): void {
  const sql = upsertSql(`remote_${resource}`, ['id', 'parent_id', 'body', 'extra'], ['id']);
  prepared(db, sql).run(id, parentId, text, unlistedFields(resource, body));
}

export function removeRemote(db: Database, resource: EntityName, id: number): void {
  prepared(db, `DELETE FROM ${remoteTable(resource)} WHERE id = ?`).run(id);
}

/** The ids that the API last listed below a parent; null is the account. */
export function remoteIds(db: Database, resource: EntityName, parentId: number | null): number[] {
  return prepared(db, `SELECT id FROM ${remoteTable(resource)} WHERE parent_id IS ?`)
    .pluck()
    .all(parentId) as number[];
}

export function putLocal(db: Database, resource: EntityName, entity: JsonObject): void {
  prepared(db, upsertSql(resource, columnsOf(resource), ['id'])).run(...cellsOf(resource, entity));
}

export function getLocal(db: Database, resource: EntityName, id: number): JsonObject | undefined {
  const row = prepared(db, `SELECT * FROM ${quoted(resource)} WHERE id = ?`).get(id) as Row | undefined;
  return row && entityOf(resource, row);
}

export function hasLocal(db: Database, resource: EntityName, id: number): boolean {
  return prepared(db, `SELECT 1 FROM ${quoted(resource)} WHERE id = ?`).get(id) !== undefined;
}

export function removeLocal(db: Database, resource: EntityName, id: number): void {
  prepared(db, `DELETE FROM ${quoted(resource)} WHERE id = ?`).run(id);
}

/** How many rows the mirror has of each resource. */
export function countRows(db: Database, resource: ResourceName): number {
  return prepared(db, `SELECT count(*) FROM ${quoted(resource)}`)
    .pluck()
    .get() as number;
}

const observationColumns = (resource: ObservationName) => [...columnsOf(resource), 'extra'];
export const observationKey = (resource: ObservationName) => [
  'experiment_id',
  ...observationResource(resource).key,
];

/** The cells of one row of results, unlisted fields last. */
export function observationCells(resource: ObservationName, row: JsonObject): Cell[] {
  return [...cellsOf(resource, row), unlistedFields(resource, row)];
}

export function putObservation(db: Database, resource: ObservationName, cells: readonly Cell[]): void {
  prepared(db, upsertSql(resource, observationColumns(resource), observationKey(resource))).run(...cells);
}

/** The newest rows of an experiment, each as its cells in the order of `observationCells`. */
export function observationsOf(db: Database, resource: ObservationName, experimentId: number): Cell[][] {
  const sql = `SELECT ${names(observationColumns(resource))} FROM ${quoted(resource)} WHERE experiment_id = ?`;
  return prepared(db, sql).raw().all(experimentId) as Cell[][];
}

export function removeObservation(db: Database, resource: ObservationName, key: readonly Cell[]): void {
  const where = observationKey(resource).map((name) => `${quoted(name)} IS ?`);
  prepared(db, `DELETE FROM ${quoted(resource)} WHERE ${where.join(' AND ')}`).run(...key);
}

/** The latest observation of a key in the history, as cells; undefined where there is none. */
export function lastObserved(
  db: Database,
  resource: ObservationName,
  key: readonly Cell[],
): Cell[] | undefined {
  const where = observationKey(resource).map((name) => `${quoted(name)} IS ?`);
  const sql = `SELECT ${names(observationColumns(resource))} FROM ${quoted(`${resource}_history`)} WHERE ${where.join(' AND ')} ORDER BY observed_at DESC, id DESC LIMIT 1`;
  return prepared(db, sql)
    .raw()
    .get(...key) as Cell[] | undefined;
}

export function addObservation(
  db: Database,
  resource: ObservationName,
  runId: number,
  observedAt: string,
  cells: readonly Cell[],
): void {
  const columns = ['run_id', 'observed_at', ...observationColumns(resource)];
  const sql = `INSERT INTO ${quoted(`${resource}_history`)} (${names(columns)}) VALUES (${marks(columns.length)})`;
  prepared(db, sql).run(runId, observedAt, ...cells);
}
