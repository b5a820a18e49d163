/** Opens the mirror as it was at a moment: its tables, rebuilt in memory in front of the file's own, which stay as they are. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import {
  childEntitiesOf,
  type EntityName,
  entityNames,
  isEntityName,
  observationNames,
  parentField,
  parentOf,
  type ResourceName,
  resourceNames,
} from '../api/resources.ts';
import { cellsOf, literal, quoted, unlistedFields } from '../db/columns.ts';
import { openReadOnly } from '../db/open.ts';
import { views } from '../db/views.ts';
import { type FinishedPull, knownProjects, undo } from './as-of.ts';
import { momentText } from './moment.ts';
import { rebuildObservations } from './past-results.ts';
import { stepsSince } from './past-steps.ts';

/**
 * A connection on which the resources' tables and all views are as the mirror knew them at `at`: what the API had last
 * said then, without any pending edit. Only `wanted` and what lies above them is rebuilt. Whatever reads a mirror reads
 * this. Throws a UserError where the mirror knew nothing yet. Source: CONTRACT.md, `changes`.
 */
export function openPast(
  file: string,
  at: number,
  wanted: readonly ResourceName[] = resourceNames,
): Database {
  const db = openReadOnly(file);
  try {
    db.pragma('temp_store = MEMORY');
    db.pragma('query_only = 0');
    // One transaction: a pull that is at work meanwhile must not be half seen.
    db.transaction(() => rebuild(db, at, new Set(wanted.flatMap(withNeeded)))).deferred();
    db.pragma('query_only = 1');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A resource and what its past can't be told without: what lies above it, and for results what lies beside them. */
function withNeeded(resource: ResourceName): ResourceName[] {
  const parent = parentOf(resource);
  if (parent === null) return [resource];
  const beside = isEntityName(resource) ? [] : childEntitiesOf(parent);
  return [...withNeeded(parent), ...beside, resource];
}

function rebuild(db: Database, at: number, wanted: ReadonlySet<ResourceName>): void {
  const until = momentText(at);
  const known = knownProjects(finishedPulls(db), at);
  for (const resource of entityNames) if (wanted.has(resource)) rebuildEntities(db, resource, until, known);
  for (const resource of observationNames) {
    if (!wanted.has(resource)) continue;
    shadow(db, resource);
    rebuildObservations(db, resource, until);
    shadowIndexes(db, resource);
  }
  endHistory(db, until);
}

function finishedPulls(db: Database): FinishedPull[] {
  const sql =
    "SELECT finished_at, selection FROM main.sync_runs WHERE kind = 'pull' AND status IN ('complete', 'partial') AND finished_at IS NOT NULL";
  return db.prepare(sql).all() as FinishedPull[];
}

/** An empty temporary table of the same shape; SQLite finds it before the file's own of that name. */
function shadow(db: Database, table: string): void {
  const sql = db
    .prepare("SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?")
    .pluck()
    .get(table) as string;
  db.exec(sql.replace(/^CREATE TABLE /, 'CREATE TABLE temp.'));
}

function shadowIndexes(db: Database, table: string): void {
  const found = db
    .prepare("SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .pluck()
    .all(table) as string[];
  for (const sql of found) db.exec(sql.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX temp.'));
}

function rebuildEntities(
  db: Database,
  resource: EntityName,
  until: string,
  known: ReadonlySet<number> | null,
): void {
  const steps = stepsSince(db, resource, until);
  const condition = wasThere(resource, known);
  shadow(db, resource);
  shadow(db, `remote_${resource}`);
  const moved = movedIds(db, resource, [...steps.keys()]);
  copyUnmoved(db, resource, moved, condition);
  const put = inserter(db, resource);
  const remoteOf = db.prepare(`SELECT body FROM main.${quoted(`remote_${resource}`)} WHERE id = ?`).pluck();
  const parentIsThere = parentTest(db, resource, known);
  for (const id of moved) {
    const body = remoteOf.get(id) as string | undefined;
    const present = body === undefined ? undefined : (JSON.parse(body) as JsonObject);
    const entity = undo(present, steps.get(id) ?? []);
    if (entity !== undefined && parentIsThere(entity)) put(id, entity);
  }
  shadowIndexes(db, resource);
}

/** Ids whose row of today can't simply be copied: they changed since, or an edit made offline lies over them. */
function movedIds(db: Database, resource: EntityName, changed: readonly number[]): number[] {
  const [table, remote] = [quoted(resource), quoted(`remote_${resource}`)];
  const edited = db
    .prepare(
      `SELECT id FROM main.${remote} WHERE id NOT IN (SELECT id FROM main.${table}) ` +
        'UNION SELECT entity_id FROM main.outbox WHERE resource = ?',
    )
    .pluck()
    .all(resource) as number[];
  return [...new Set([...changed, ...edited])].filter((id) => id > 0);
}

function copyUnmoved(db: Database, resource: EntityName, moved: readonly number[], condition: string): void {
  const [table, remote] = [quoted(resource), quoted(`remote_${resource}`)];
  const unmoved = 'id NOT IN (SELECT value FROM json_each(?))';
  const ids = JSON.stringify(moved);
  db.prepare(
    `INSERT INTO temp.${table} SELECT * FROM main.${table} WHERE id IN (SELECT id FROM main.${remote}) AND ${unmoved} AND ${condition}`,
  ).run(ids);
  db.prepare(
    `INSERT INTO temp.${remote} SELECT id, parent_id, '{}', extra FROM main.${remote} WHERE extra IS NOT NULL AND ${unmoved} AND id IN (SELECT id FROM temp.${table})`,
  ).run(ids);
}

/** SQL that holds for a row whose parent was there; what lies in a project that was not pulled yet was not known. */
function wasThere(resource: EntityName, known: ReadonlySet<number> | null): string {
  const [parent, column] = [parentOf(resource), parentField(resource)];
  if (parent === null || column === null) return '1';
  const exists = `${quoted(column)} IN (SELECT id FROM temp.${quoted(parent)})`;
  if (known === null || parentOf(parent) !== null) return exists;
  return `${exists} AND ${quoted(column)} IN (${[...known].map(literal).join(', ')})`;
}

function parentTest(
  db: Database,
  resource: EntityName,
  known: ReadonlySet<number> | null,
): (entity: JsonObject) => boolean {
  const [parent, column] = [parentOf(resource), parentField(resource)];
  if (parent === null || column === null) return () => true;
  const exists = db.prepare(`SELECT 1 FROM temp.${quoted(parent)} WHERE id = ?`);
  const limited = known !== null && parentOf(parent) === null;
  return ({ [column]: id }) =>
    typeof id === 'number' && (!limited || known.has(id)) && exists.get(id) !== undefined;
}

function inserter(db: Database, resource: EntityName): (id: number, entity: JsonObject) => void {
  const columns = cellsOf(resource, {}).map(() => '?');
  const row = db.prepare(`INSERT INTO temp.${quoted(resource)} VALUES (${columns.join(', ')})`);
  const extra = db.prepare(`INSERT INTO temp.${quoted(`remote_${resource}`)} VALUES (?, NULL, '{}', ?)`);
  return (id, entity) => {
    row.run(...cellsOf(resource, { ...entity, id }));
    const unlisted = unlistedFields(resource, entity);
    if (unlisted !== null) extra.run(id, unlisted);
  };
}

/** Histories end at the moment, nothing waits to be pushed, and the views look at all that. */
function endHistory(db: Database, until: string): void {
  const ends: readonly (readonly [table: string, column: string])[] = [
    ...observationNames.map((name) => [`${name}_history`, 'observed_at'] as const),
    ['changes', 'observed_at'],
    ['own_changes', 'observed_at'],
    ['push_log', 'finished_at'],
    ['sync_runs', 'started_at'],
  ];
  for (const [table, column] of ends) {
    db.exec(
      `CREATE TEMP VIEW ${quoted(table)} AS SELECT * FROM main.${quoted(table)} WHERE ${column} <= ${literal(until)}`,
    );
  }
  for (const table of ['outbox', 'outbox_changes'])
    db.exec(`CREATE TEMP VIEW ${table} AS SELECT * FROM main.${table} WHERE 0`);
  for (const { name, sql } of views) db.exec(`CREATE TEMP VIEW ${quoted(name)} AS ${sql}`);
}
