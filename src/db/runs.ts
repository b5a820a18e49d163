/** The history of runs and of changes, and the list of listings: which have been read, which are still to be read. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../api/description.ts';
import type { EntityName, ResourceName } from '../api/resources.ts';
import { quoted } from './columns.ts';
import { remoteParent } from './rows.ts';
import { prepared } from './statements.ts';

export type RunKind = 'pull' | 'push' | 'verify';
export type RunStatus = 'running' | 'complete' | 'partial' | 'interrupted' | 'failed';
export type PullMode = 'full' | 'incremental';

export interface RunRow {
  readonly run_id: number;
  readonly kind: RunKind;
  readonly mode: string | null;
  readonly status: RunStatus;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly selection: string | null;
  readonly chain: number | null;
}

export function startRun(
  db: Database,
  run: { kind: RunKind; mode: string | null; now: string; selection?: string | null; chain?: number | null },
): number {
  const { lastInsertRowid } = prepared(
    db,
    "INSERT INTO sync_runs (kind, mode, status, started_at, selection, chain) VALUES (?, ?, 'running', ?, ?, ?)",
  ).run(run.kind, run.mode, run.now, run.selection ?? null, run.chain ?? null);
  const runId = Number(lastInsertRowid);
  prepared(db, 'UPDATE sync_runs SET chain = coalesce(chain, run_id) WHERE run_id = ?').run(runId);
  return runId;
}

export function finishRun(
  db: Database,
  runId: number,
  end: { status: RunStatus; now: string; requests: number; retries: number; error: string | null },
): void {
  prepared(
    db,
    'UPDATE sync_runs SET status = ?, finished_at = ?, requests = ?, retries = ?, error = ? WHERE run_id = ?',
  ).run(end.status, end.now, end.requests, end.retries, end.error, runId);
}

/**
 * Runs that say they are at work while nobody holds the lock died without a word; that was when they last got anywhere,
 * as far as anyone knows. The caller holds the lock.
 */
export function closeDeadRuns(db: Database): void {
  prepared(
    db,
    "UPDATE sync_runs SET status = 'interrupted', error = 'the process ended without a word', finished_at = " +
      'max(started_at, coalesce((SELECT max(finished_at) FROM listings WHERE chain = sync_runs.chain), started_at)) ' +
      "WHERE status = 'running'",
  ).run();
}

const runColumns = 'run_id, kind, mode, status, started_at, finished_at, selection, chain';

export function lastRun(db: Database, kind: RunKind): RunRow | undefined {
  return prepared(db, `SELECT ${runColumns} FROM sync_runs WHERE kind = ? ORDER BY run_id DESC LIMIT 1`).get(
    kind,
  ) as RunRow | undefined;
}

/** The last pull of that mode and selection of projects. */
export function lastPull(db: Database, mode: PullMode, selection: string | null): RunRow | undefined {
  return prepared(
    db,
    `SELECT ${runColumns} FROM sync_runs WHERE kind = 'pull' AND mode = ? AND selection IS ? ORDER BY run_id DESC LIMIT 1`,
  ).get(mode, selection) as RunRow | undefined;
}

/** The selections of all pulls that came to an end: null for the whole account, else a JSON list of project ids. */
export function finishedSelections(db: Database): (string | null)[] {
  return prepared(
    db,
    "SELECT DISTINCT selection FROM sync_runs WHERE kind = 'pull' AND status IN ('complete', 'partial')",
  )
    .pluck()
    .all() as (string | null)[];
}

export interface ListingRow {
  readonly resource: ResourceName;
  readonly parent_id: number;
  readonly due: number;
  readonly finished_at: string | null;
  readonly chain: number | null;
  readonly rows: number | null;
  readonly digest: string | null;
}

export function getListing(
  db: Database,
  resource: ResourceName,
  parentId: number | null,
): ListingRow | undefined {
  return prepared(db, 'SELECT * FROM listings WHERE resource = ? AND parent_id = ?').get(
    resource,
    parentId ?? 0,
  ) as ListingRow | undefined;
}

/** What is known of the lists of one resource below all members of another that have the same parent. */
export function listingsBelow(
  db: Database,
  resource: ResourceName,
  parent: EntityName,
  grandparentId: number | null,
): ListingRow[] {
  const siblings = `SELECT id FROM ${quoted(`remote_${parent}`)} WHERE parent_id IS ?`;
  const sql = `SELECT * FROM listings WHERE resource = ? AND parent_id IN (${siblings})`;
  return prepared(db, sql).all(resource, grandparentId) as ListingRow[];
}

const setDueSql =
  'INSERT INTO listings (resource, parent_id, due) SELECT ?, value, 1 FROM json_each(?) WHERE true ' +
  'ON CONFLICT (resource, parent_id) DO UPDATE SET due = 1';

/** Marks lists as such that are to be read. */
export function setDue(db: Database, resource: ResourceName, parentIds: readonly number[]): void {
  if (parentIds.length > 0) prepared(db, setDueSql).run(resource, JSON.stringify(parentIds));
}

/** A list that the planner decided not to read after all. */
export function clearDue(db: Database, resource: ResourceName, parentId: number): void {
  prepared(db, 'UPDATE listings SET due = 0 WHERE resource = ? AND parent_id = ?').run(resource, parentId);
}

interface FinishedListing {
  readonly resource: ResourceName;
  readonly parentId: number | null;
  readonly chain: number;
  readonly now: string;
}

const finishListingSql =
  'INSERT INTO listings (resource, parent_id, due, finished_at, chain, rows, digest) VALUES (?, ?, 0, ?, ?, ?, ?) ' +
  'ON CONFLICT (resource, parent_id) DO UPDATE SET due = 0, finished_at = excluded.finished_at, chain = excluded.chain, ' +
  'rows = excluded.rows, digest = excluded.digest';

/** A list was read and applied. `digest` is null where the same answer would have to be looked into again. */
export function finishListing(
  db: Database,
  { resource, parentId, now, chain, rows, digest }: FinishedListing & { rows: number; digest: string | null },
): void {
  prepared(db, finishListingSql).run(resource, parentId ?? 0, now, chain, rows, digest);
}

const finishSameSql =
  'UPDATE listings SET due = 0, finished_at = ?, chain = ? WHERE resource = ? AND parent_id = ? AND digest = ? RETURNING rows';

/**
 * A list was read, and its answer is the one that was applied last. Returns how many rows it has; undefined, and nothing
 * is done, where something of it has been written since, so that it has to be applied after all.
 */
export function finishSameListing(
  db: Database,
  { resource, parentId, now, chain, digest }: FinishedListing & { digest: string },
): number | undefined {
  const row = prepared(db, finishSameSql).get(now, chain, resource, parentId ?? 0, digest);
  return (row as { rows: number } | undefined)?.rows;
}

const digestSql = 'SELECT digest FROM listings WHERE resource = ? AND parent_id = ?';

/** The digest of the answer that was applied last, where it still tells what the mirror holds. */
export function digestOfListing(
  db: Database,
  resource: ResourceName,
  parentId: number | null,
): string | null {
  const digest = prepared(db, digestSql)
    .pluck()
    .get(resource, parentId ?? 0);
  return (digest as string | null | undefined) ?? null;
}

export function forgetListings(db: Database, resource: ResourceName, parentId: number): void {
  prepared(db, 'DELETE FROM listings WHERE resource = ? AND parent_id = ?').run(resource, parentId);
}

export interface ChangeEntry {
  readonly runId: number;
  readonly now: string;
  readonly resource: ResourceName;
  readonly entityId: number;
  /** Null for an entity that came or went; then the value is the whole entity. */
  readonly field: string | null;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** One sequence for both tables: steps of one moment are told apart by it. */
const nextChange =
  'SELECT 1 + max(coalesce((SELECT max(id) FROM changes), 0), coalesce((SELECT max(id) FROM own_changes), 0))';

/** `own_changes` for what is nobody else's change. */
export type ChangeTable = 'changes' | 'own_changes';

export function recordChange(db: Database, change: ChangeEntry, table: ChangeTable = 'changes'): void {
  prepared(
    db,
    `INSERT INTO ${table} (id, run_id, observed_at, resource, entity_id, field, old_value, new_value) VALUES ((${nextChange}), ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    change.runId,
    change.now,
    change.resource,
    change.entityId,
    change.field,
    change.before === undefined ? null : JSON.stringify(change.before),
    change.after === undefined ? null : JSON.stringify(change.after),
  );
}

const wentSql = (table: ChangeTable) =>
  `EXISTS (SELECT 1 FROM ${table} WHERE resource = ? AND entity_id = ? AND field IS NULL AND new_value IS NULL)`;
const wentInSql = `SELECT 1 FROM changes WHERE resource = ? AND entity_id = ? AND field IS NULL AND new_value IS NULL AND run_id = ?`;
const hasGoneSql = `SELECT 1 WHERE ${wentSql('changes')} OR ${wentSql('own_changes')}`;

/** Whether the entity is known to have been deleted: what was never seen does not count, nor what is there again. */
export function hasGone(db: Database, resource: EntityName, id: number): boolean {
  if (remoteParent(db, resource, id) !== undefined) return false;
  return prepared(db, hasGoneSql).get(resource, id, resource, id) !== undefined;
}

/** Whether a run found the entity gone. */
export function wentIn(db: Database, runId: number, resource: EntityName, id: number): boolean {
  if (remoteParent(db, resource, id) !== undefined) return false;
  return prepared(db, wentInSql).get(resource, id, runId) !== undefined;
}
