/** The entities of a mirror: the local state of each, and beside it, whole, what the API last said. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import type { EntityName, ResourceName } from '../api/resources.ts';
import { type Cell, cellsOf, columnsOf, entityOf, quoted, type Row, unlistedFields } from './columns.ts';
import { insertSql, names, upsertSql } from './sql-text.ts';
import { perResource, prepared } from './statements.ts';

/** What the API last said about an entity. */
export interface Remote {
  readonly parentId: number | null;
  /** The entity as JSON text, just as it was stored. */
  readonly text: string;
  /** Its unlisted fields, as JSON text. */
  readonly extra: string | null;
}

const remoteTable = (resource: EntityName) => quoted(`remote_${resource}`);

const remoteSql = perResource(
  (resource: EntityName) =>
    `SELECT parent_id AS parentId, body AS text, extra FROM ${remoteTable(resource)} WHERE id = ?`,
);
export function getRemote(db: Database, resource: EntityName, id: number): Remote | undefined {
  return prepared(db, remoteSql(resource)).get(id) as Remote | undefined;
}

const remoteParentSql = perResource(
  (resource: EntityName) => `SELECT parent_id FROM ${remoteTable(resource)} WHERE id = ?`,
);
/** What the API listed an entity below, null for the account; undefined where the mirror has nothing of it from the API. */
export function remoteParent(db: Database, resource: EntityName, id: number): number | null | undefined {
  return prepared(db, remoteParentSql(resource)).pluck().get(id) as number | null | undefined;
}

/** The entity that the API last sent; undefined where what is kept of it is damaged: then it is as if it had sent none. */
export function bodyOf({ text }: Remote): JsonObject | undefined {
  try {
    const body = JSON.parse(text) as Json;
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

export function getRemoteBody(db: Database, resource: EntityName, id: number): JsonObject | undefined {
  const remote = getRemote(db, resource, id);
  return remote && bodyOf(remote);
}

const putRemoteSql = perResource((resource: EntityName) =>
  upsertSql(`remote_${resource}`, ['id', 'parent_id', 'body', 'extra'], ['id']),
);
export function putRemote(
  db: Database,
  resource: EntityName,
  id: number,
  parentId: number | null,
  body: JsonObject,
  text: string,
): void {
  prepared(db, putRemoteSql(resource)).run(id, parentId, text, unlistedFields(resource, body));
}

export function removeRemote(db: Database, resource: EntityName, id: number): void {
  prepared(db, `DELETE FROM ${remoteTable(resource)} WHERE id = ?`).run(id);
}

const remoteIdsSql = perResource(
  (resource: EntityName) => `SELECT id FROM ${remoteTable(resource)} WHERE parent_id IS ?`,
);
const remotesSql = perResource(
  (resource: EntityName) =>
    `SELECT id, parent_id AS parentId, body AS text, extra FROM ${remoteTable(resource)} WHERE parent_id IS ?`,
);
/** All that the API last said about what lies below a parent, by id: one look instead of one for each. */
export function remotesBelow(
  db: Database,
  resource: EntityName,
  parentId: number | null,
): Map<number, Remote> {
  const rows = prepared(db, remotesSql(resource)).all(parentId) as (Remote & { readonly id: number })[];
  return new Map(rows.map((row) => [row.id, row]));
}

/** The ids that the API last listed below a parent; null is the account. */
export function remoteIds(db: Database, resource: EntityName, parentId: number | null): number[] {
  return prepared(db, remoteIdsSql(resource)).pluck().all(parentId) as number[];
}

/** Not an upsert, which would compile every trigger on every column into the statement, for nothing. */
const putLocalSql = perResource((resource: EntityName) =>
  insertSql(resource, columnsOf(resource)).replace('INSERT', 'INSERT OR REPLACE'),
);
export function putLocal(db: Database, resource: EntityName, entity: JsonObject): void {
  prepared(db, putLocalSql(resource)).run(cellsOf(resource, entity));
}

const localSql = perResource((resource: EntityName) => `SELECT * FROM ${quoted(resource)} WHERE id = ?`);
export function getLocal(db: Database, resource: EntityName, id: number): JsonObject | undefined {
  const row = prepared(db, localSql(resource)).get(id) as Row | undefined;
  return row && entityOf(resource, row);
}

/** The row as its cells, in the order of `columnsOf`. */
const localCellsSql = perResource(
  (resource: EntityName) => `SELECT ${names(columnsOf(resource))} FROM ${quoted(resource)} WHERE id = ?`,
);
export function getLocalCells(db: Database, resource: EntityName, id: number): Cell[] | undefined {
  return prepared(db, localCellsSql(resource)).raw().get(id) as Cell[] | undefined;
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
