/** The rows of results in a mirror: the newest of each key, and the history of every distinct observation. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { type ObservationName, observationResource, parentField } from '../api/resources.ts';
import { type Cell, cellsOf, columnsOf, quoted, unlistedFields } from './columns.ts';
import { insertSql, names, upsertSql } from './sql-text.ts';
import { perResource, prepared } from './statements.ts';

/** The columns of a row in the order of `observationCells`, and where among them its key stands. */
const layoutOf = perResource((resource: ObservationName) => {
  const parent = parentField(resource) ?? '';
  const key = [parent, ...observationResource(resource).key];
  const columns = [...columnsOf(resource), 'extra'];
  const keyPlaces = key.map((name) => columns.indexOf(name));
  return { parent, key, columns, keyPlaces, parentPlace: columns.indexOf(parent) };
});

export function observationColumns(resource: ObservationName): readonly string[] {
  return layoutOf(resource).columns;
}

/** The cells of one row of results below a parent, unlisted fields last. */
export function observationCells(resource: ObservationName, parentId: number, row: JsonObject): Cell[] {
  const cells = cellsOf(resource, row);
  cells[layoutOf(resource).parentPlace] = parentId;
  cells.push(unlistedFields(resource, row));
  return cells;
}

/** What tells a row from another: its parent's id and its key. */
export function keyCells(resource: ObservationName, cells: readonly Cell[]): Cell[] {
  return layoutOf(resource).keyPlaces.map((place) => cells[place] ?? null);
}

const putSql = perResource((resource: ObservationName) => {
  const { columns, key } = layoutOf(resource);
  return upsertSql(resource, columns, key);
});
export function putObservation(db: Database, resource: ObservationName, cells: readonly Cell[]): void {
  prepared(db, putSql(resource)).run(cells);
}

const rowsSql = perResource((resource: ObservationName) => {
  const { columns, parent } = layoutOf(resource);
  return `SELECT ${names(columns)} FROM ${quoted(resource)} WHERE ${quoted(parent)} = ?`;
});
/** The newest rows below a parent, each as its cells in the order of `observationCells`. */
export function observationsOf(db: Database, resource: ObservationName, parentId: number): Cell[][] {
  return prepared(db, rowsSql(resource)).raw().all(parentId) as Cell[][];
}

const keyCondition = (resource: ObservationName) =>
  layoutOf(resource)
    .key.map((name) => `${quoted(name)} IS ?`)
    .join(' AND ');

const removeSql = perResource(
  (resource: ObservationName) => `DELETE FROM ${quoted(resource)} WHERE ${keyCondition(resource)}`,
);
export function removeObservation(db: Database, resource: ObservationName, key: readonly Cell[]): void {
  prepared(db, removeSql(resource)).run(key);
}

const removeAllSql = perResource(
  (resource: ObservationName) =>
    `DELETE FROM ${quoted(resource)} WHERE ${quoted(layoutOf(resource).parent)} = ?`,
);
/** Removes all rows below a parent, and tells how many they were. The history stays. */
export function removeObservationsOf(db: Database, resource: ObservationName, parentId: number): number {
  return prepared(db, removeAllSql(resource)).run(parentId).changes;
}

const wasObservedSql = perResource(
  (resource: ObservationName) =>
    `SELECT 1 FROM ${quoted(`${resource}_history`)} WHERE ${quoted(layoutOf(resource).parent)} = ? LIMIT 1`,
);
/** Whether anything was ever observed below a parent. */
export function wasObserved(db: Database, resource: ObservationName, parentId: number): boolean {
  return prepared(db, wasObservedSql(resource)).get(parentId) !== undefined;
}

const lastSql = perResource(
  (resource: ObservationName) =>
    `SELECT ${names(observationColumns(resource))} FROM ${quoted(`${resource}_history`)} ` +
    `WHERE ${keyCondition(resource)} ORDER BY observed_at DESC, id DESC LIMIT 1`,
);
/** The latest observation of a key in the history, as cells; undefined where there is none. */
export function lastObserved(
  db: Database,
  resource: ObservationName,
  key: readonly Cell[],
): Cell[] | undefined {
  return prepared(db, lastSql(resource)).raw().get(key) as Cell[] | undefined;
}

const addSql = perResource((resource: ObservationName) =>
  insertSql(`${resource}_history`, ['run_id', 'observed_at', ...observationColumns(resource)]),
);
export function addObservation(
  db: Database,
  resource: ObservationName,
  runId: number,
  observedAt: string,
  cells: readonly Cell[],
): void {
  prepared(db, addSql(resource)).run([runId, observedAt, ...cells]);
}

const addAllSql = perResource((resource: ObservationName) => {
  const { columns, parent } = layoutOf(resource);
  return (
    `INSERT INTO ${quoted(`${resource}_history`)} (${names(['run_id', 'observed_at', ...columns])}) ` +
    `SELECT ?, ?, ${names(columns)} FROM ${quoted(resource)} WHERE ${quoted(parent)} = ?`
  );
});
/** Writes all newest rows below a parent into the history, of which nothing was observed before. */
export function addAllObservations(
  db: Database,
  resource: ObservationName,
  runId: number,
  observedAt: string,
  parentId: number,
): void {
  prepared(db, addAllSql(resource)).run(runId, observedAt, parentId);
}
