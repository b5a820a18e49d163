/** What an offline delete of a parent put out of sight: the operations that waited below it, and its rows of results. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import type { ObservationName } from '../api/resources.ts';
import type { Row } from './columns.ts';
import {
  type OutboxChange,
  type OutboxRow,
  type OutboxState,
  outboxRow,
  putChange,
  putState,
  removeOutbox,
} from './outbox.ts';
import { prepared } from './statements.ts';

/** An operation that is out of sight. */
export interface SetAside {
  readonly row: OutboxRow;
  readonly changes: readonly OutboxChange[];
  readonly state: OutboxState;
  /** What the API had last said of its entity by then; null for one made offline. */
  readonly base: JsonObject | null;
}

/** As the trigger writes it; see `capture.ts`. */
type Body = OutboxRow & {
  readonly base?: string | null;
  readonly changes: readonly Record<'field' | 'base_value' | 'local_value' | 'remote_value', string | null>[];
  readonly state: { base_body: string | null; intent: string | null; origin_id: number | null } | null;
};

const parse = (text: string | null | undefined) => (text ? (JSON.parse(text) as Json) : undefined);
const parseObject = <T>(text: string | null | undefined) => (text ? (JSON.parse(text) as T) : null);

function decode(text: string): SetAside {
  const { base, changes, state, ...row } = JSON.parse(text) as Body;
  return {
    row,
    changes: changes.map(({ field, base_value, local_value, remote_value }) => ({
      field: field ?? '',
      base: parse(base_value),
      local: parse(local_value),
      remote: parse(remote_value),
    })),
    state: {
      baseBody: parseObject(state?.base_body),
      intent: parseObject(state?.intent),
      originId: state?.origin_id ?? null,
    },
    base: parseObject(base),
  };
}

/** The operations that one delete set aside, in the order in which they were made. */
export function setAsideEdits(db: Database, removal: number): SetAside[] {
  const sql = "SELECT body FROM outbox_set_aside WHERE outbox_id = ? AND kind = 'edit' ORDER BY id";
  return (prepared(db, sql).pluck().all(removal) as string[]).map(decode);
}

/** The rows of results that it took along, as they were, but for the last digits of fractions: SQLite's JSON rounds. */
export function setAsideRows(db: Database, removal: number): { resource: ObservationName; row: Row }[] {
  const sql = "SELECT resource, body FROM outbox_set_aside WHERE outbox_id = ? AND kind = 'row' ORDER BY id";
  const rows = prepared(db, sql).all(removal) as { resource: ObservationName; body: string }[];
  return rows.map(({ resource, body }) => ({ resource, row: JSON.parse(body) as Row }));
}

/** Nothing that a delete set aside is kept any longer. */
export function forgetSetAside(db: Database, removal: number): void {
  prepared(db, 'DELETE FROM outbox_set_aside WHERE outbox_id = ?').run(removal);
}

/** Sets an operation aside under a delete that waits, just as the triggers do. Inside a guarded transaction. */
export function setAside(db: Database, removal: number, row: OutboxRow): void {
  const changes = prepared(
    db,
    'SELECT field, base_value, local_value, remote_value FROM outbox_changes WHERE outbox_id = ? ORDER BY rowid',
  ).all(row.id);
  const state = prepared(db, 'SELECT base_body, intent, origin_id FROM outbox_state WHERE outbox_id = ?').get(
    row.id,
  );
  const base = prepared(db, `SELECT body FROM "remote_${row.resource}" WHERE id = ?`)
    .pluck()
    .get(row.entity_id);
  const body = JSON.stringify({ ...row, base: base ?? null, changes, state: state ?? null });
  prepared(db, "INSERT INTO outbox_set_aside (outbox_id, kind, resource, body) VALUES (?, 'edit', ?, ?)").run(
    removal,
    row.resource,
    body,
  );
  removeOutbox(db, row.id);
}

/** Puts an operation back into the outbox, under its own id. */
export function putBack(db: Database, { row, changes, state }: SetAside): void {
  prepared(
    db,
    'INSERT INTO outbox (id, resource, entity_id, op, status, attempts, error, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(
    row.id,
    row.resource,
    row.entity_id,
    row.op,
    row.status,
    row.attempts,
    row.error,
    row.created_at,
    row.updated_at,
  );
  for (const change of changes) putChange(db, row.id, change);
  putState(db, row.id, state);
}

/**
 * Puts one operation back that is out of sight, since something became of it, and tells under which delete it was; null
 * where none of that id is.
 */
function takeOut(db: Database, outboxId: number): number | null {
  const sql =
    "SELECT id, outbox_id AS removal, body FROM outbox_set_aside WHERE kind = 'edit' AND json_extract(body, '$.id') = ?";
  const found = prepared(db, sql).get(outboxId) as { id: number; removal: number; body: string } | undefined;
  if (!found) return null;
  prepared(db, 'DELETE FROM outbox_set_aside WHERE id = ?').run(found.id);
  putBack(db, decode(found.body));
  return found.removal;
}

/** Runs `act` on an operation that may be out of sight by now, and leaves what is left of it where it was. */
export function inSight<T>(db: Database, outboxId: number, act: () => T): T {
  const removal = outboxRow(db, outboxId) ? null : takeOut(db, outboxId);
  const result = act();
  const left = removal === null ? undefined : outboxRow(db, outboxId);
  if (removal !== null && left) setAside(db, removal, left);
  return result;
}
