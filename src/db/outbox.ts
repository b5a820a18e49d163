/** The outbox and the push log: where every edit is, at all times in exactly one place. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';
import { UsageError } from '../errors.ts';
import { bound } from './sql-text.ts';
import { prepared } from './statements.ts';

export type Op = 'create' | 'update' | 'delete';
export type OutboxStatus = 'pending' | 'in_flight' | 'conflict' | 'failed';
export type Outcome = 'sent' | 'converged' | 'theirs' | 'dropped';

export interface OutboxRow {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: Op;
  readonly status: OutboxStatus;
  readonly attempts: number;
  readonly error: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** One changed field. Undefined is SQL's NULL: no base (a create), or nothing seen there that conflicts. */
export interface OutboxChange {
  readonly field: string;
  readonly base: Json | undefined;
  readonly local: Json | undefined;
  readonly remote: Json | undefined;
}

/** What is on the wire: written down before it is sent, so that a crash or a lost reply can be settled. */
export interface Intent {
  readonly runId: number;
  readonly op: Op;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body: JsonObject | null;
  /** For a create: the ids of the siblings that the API listed before it was sent. */
  readonly known: readonly number[] | null;
  /** For a create in doubt: the sibling that the user said it is. */
  readonly adopt?: number;
}

export interface OutboxState {
  readonly baseBody: JsonObject | null;
  readonly intent: Intent | null;
  readonly originId: number | null;
}

const columns = 'id, resource, entity_id, op, status, attempts, error, created_at, updated_at';

const allSql = `SELECT ${columns} FROM outbox ORDER BY id`;
const byIdSql = `SELECT ${columns} FROM outbox WHERE id = ?`;
const ofEntitySql = `SELECT ${columns} FROM outbox WHERE resource = ? AND entity_id = ?`;

export function outboxRows(db: Database): OutboxRow[] {
  return prepared(db, allSql).all() as OutboxRow[];
}
export function outboxRow(db: Database, id: number): OutboxRow | undefined {
  return prepared(db, byIdSql).get(id) as OutboxRow | undefined;
}
export function outboxOf(db: Database, resource: EntityName, entityId: number): OutboxRow | undefined {
  return prepared(db, ofEntitySql).get(resource, entityId) as OutboxRow | undefined;
}
/** @throws UsageError where there is none of that id */
export function mustGetOutboxRow(db: Database, id: number): OutboxRow {
  const row = outboxRow(db, id);
  if (!row) throw new UsageError(`the outbox has no ${id}; see: optimirror outbox`);
  return row;
}
export function outboxIsEmpty(db: Database): boolean {
  return prepared(db, 'SELECT 1 FROM outbox LIMIT 1').get() === undefined;
}

const parse = (text: string | null): Json | undefined =>
  text === null ? undefined : (JSON.parse(text) as Json);
const encode = (value: Json | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);

export function changesOf(db: Database, outboxId: number): OutboxChange[] {
  const rows = prepared(
    db,
    `SELECT field, base_value, local_value, remote_value FROM outbox_changes WHERE outbox_id = ${bound} ORDER BY rowid`,
  ).all(outboxId) as {
    field: string;
    base_value: string | null;
    local_value: string | null;
    remote_value: string | null;
  }[];
  return rows.map((row) => ({
    field: row.field,
    base: parse(row.base_value),
    local: parse(row.local_value),
    remote: parse(row.remote_value),
  }));
}

export function putChange(db: Database, outboxId: number, change: OutboxChange): void {
  prepared(
    db,
    'INSERT INTO outbox_changes (outbox_id, field, base_value, local_value, remote_value) VALUES (?, ?, ?, ?, ?) ' +
      'ON CONFLICT (outbox_id, field) DO UPDATE SET base_value = excluded.base_value, local_value = excluded.local_value, remote_value = excluded.remote_value',
  ).run(outboxId, change.field, encode(change.base), encode(change.local), encode(change.remote));
}
export function removeChange(db: Database, outboxId: number, field: string): void {
  prepared(db, 'DELETE FROM outbox_changes WHERE outbox_id = ? AND field = ?').run(outboxId, field);
}
export function removeChanges(db: Database, outboxId: number): void {
  prepared(db, 'DELETE FROM outbox_changes WHERE outbox_id = ?').run(outboxId);
}

export function stateOf(db: Database, outboxId: number): OutboxState {
  const row = prepared(db, 'SELECT base_body, intent, origin_id FROM outbox_state WHERE outbox_id = ?').get(
    outboxId,
  ) as { base_body: string | null; intent: string | null; origin_id: number | null } | undefined;
  return {
    baseBody: row?.base_body ? (JSON.parse(row.base_body) as JsonObject) : null,
    intent: row?.intent ? (JSON.parse(row.intent) as Intent) : null,
    originId: row?.origin_id ?? null,
  };
}
export function putState(db: Database, outboxId: number, change: Partial<OutboxState>): void {
  const { baseBody, intent, originId } = change;
  const isWhole = baseBody !== undefined && intent !== undefined && originId !== undefined;
  const state = isWhole ? { baseBody, intent, originId } : { ...stateOf(db, outboxId), ...change };
  if (state.baseBody === null && state.intent === null && state.originId === null) {
    prepared(db, 'DELETE FROM outbox_state WHERE outbox_id = ?').run(outboxId);
    return;
  }
  prepared(
    db,
    'INSERT INTO outbox_state (outbox_id, base_body, intent, origin_id) VALUES (?, ?, ?, ?) ' +
      'ON CONFLICT (outbox_id) DO UPDATE SET base_body = excluded.base_body, intent = excluded.intent, origin_id = excluded.origin_id',
  ).run(
    outboxId,
    state.baseBody && JSON.stringify(state.baseBody),
    state.intent && JSON.stringify(state.intent),
    state.originId,
  );
}

/** Writes down what is about to be sent, and returns the operation as it is now, on the wire. */
export function putOnWire(db: Database, id: number, intent: Intent, now: string): OutboxRow | undefined {
  prepared(
    db,
    'INSERT INTO outbox_state (outbox_id, intent) VALUES (?, ?) ON CONFLICT (outbox_id) DO UPDATE SET intent = excluded.intent',
  ).run(id, JSON.stringify(intent));
  return prepared(
    db,
    "UPDATE outbox SET status = 'in_flight', error = NULL, updated_at = ?, attempts = attempts + 1 " +
      `WHERE id = ? RETURNING ${columns}`,
  ).get(now, id) as OutboxRow | undefined;
}

export function setOutbox(
  db: Database,
  id: number,
  status: OutboxStatus,
  error: string | null,
  now: string,
): void {
  prepared(db, 'UPDATE outbox SET status = ?, error = ?, updated_at = ? WHERE id = ?').run(
    status,
    error,
    now,
    id,
  );
}

/** Takes an operation out of the outbox with all that belongs to it. What it was goes to the push log first. */
export function removeOutbox(db: Database, id: number): void {
  removeChanges(db, id);
  prepared(db, 'DELETE FROM outbox_state WHERE outbox_id = ?').run(id);
  prepared(db, 'DELETE FROM outbox WHERE id = ?').run(id);
}

export interface LogEntry {
  readonly runId: number | null;
  readonly row: Pick<OutboxRow, 'id' | 'resource' | 'entity_id' | 'op'>;
  readonly outcome: Outcome;
  readonly changes: readonly {
    field: string;
    base?: Json | undefined;
    local?: Json | undefined;
    remote?: Json | undefined;
  }[];
  readonly request?: { method: string; path: string; body: JsonObject | null; status: number | null };
  readonly now: string;
}

/** Writes what left the outbox, for good. */
export function logPush(db: Database, entry: LogEntry): void {
  const { row, request } = entry;
  const changes = entry.changes.map(({ field, base, local, remote }) => ({
    field,
    base: base ?? null,
    local: local ?? null,
    remote: remote ?? null,
  }));
  prepared(
    db,
    'INSERT INTO push_log (run_id, outbox_id, resource, entity_id, op, outcome, changes, method, path, request, status, finished_at) ' +
      'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(
    entry.runId,
    row.id,
    row.resource,
    row.entity_id,
    row.op,
    entry.outcome,
    JSON.stringify(changes),
    request?.method ?? null,
    request?.path ?? null,
    request?.body ? JSON.stringify(request.body) : null,
    request?.status ?? null,
    entry.now,
  );
}
