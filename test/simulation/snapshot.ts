/** The mirror as it stands, read once for all checks. */
import type { Database } from 'better-sqlite3';
import { type EntityName, entityNames } from '../../src/api/resources.ts';
import { quoted, type Row } from '../../src/db/columns.ts';
import { prepared } from '../../src/db/statements.ts';

/** An entity as the mirror last had it from the API. */
export type RemoteRow = { readonly id: number; readonly parent_id: number | null; readonly body: string };

/** One field of an operation, its value as JSON text; null where it has none. */
export interface ChangeRow {
  readonly field: string;
  readonly local: string | null;
}

export interface OutboxEntry {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly changes: readonly ChangeRow[];
}

export interface LogEntry {
  readonly outbox_id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly outcome: string;
  readonly changes: readonly ChangeRow[];
}

export interface Snapshot {
  readonly rows: ReadonlyMap<EntityName, ReadonlyMap<number, Row>>;
  readonly remotes: ReadonlyMap<EntityName, ReadonlyMap<number, RemoteRow>>;
  readonly outbox: readonly OutboxEntry[];
  /** What deletes made offline have set aside. */
  readonly aside: readonly OutboxEntry[];
  readonly log: readonly LogEntry[];
}

export function snapshot(db: Database): Snapshot {
  return {
    rows: new Map(entityNames.map((name) => [name, byId(all<Row>(db, `SELECT * FROM ${quoted(name)}`))])),
    remotes: new Map(entityNames.map((name) => [name, byId(remoteRows(db, name))])),
    outbox: outboxEntries(db),
    aside: all<{ body: string }>(db, "SELECT body FROM outbox_set_aside WHERE kind = 'edit'").map(asideEntry),
    log: all<Logged>(
      db,
      'SELECT outbox_id, resource, entity_id, outcome, changes FROM push_log ORDER BY id',
    ).map(logEntry),
  };
}

function all<T>(db: Database, sql: string): T[] {
  return prepared(db, sql).all() as T[];
}

function remoteRows(db: Database, resource: EntityName): RemoteRow[] {
  return all(db, `SELECT id, parent_id, body FROM ${quoted(`remote_${resource}`)}`);
}

function byId<T extends { id?: unknown }>(rows: readonly T[]): Map<number, T> {
  return new Map(rows.map((row) => [row.id as number, row]));
}

function outboxEntries(db: Database): OutboxEntry[] {
  const changes = Map.groupBy(
    all<ChangeRow & { outbox_id: number }>(
      db,
      'SELECT outbox_id, field, local_value AS local FROM outbox_changes',
    ),
    ({ outbox_id }) => outbox_id,
  );
  return all<Omit<OutboxEntry, 'changes'>>(db, 'SELECT id, resource, entity_id, op FROM outbox').map(
    (row) => ({
      ...row,
      changes: changes.get(row.id) ?? [],
    }),
  );
}

function asideEntry({ body }: { body: string }): OutboxEntry {
  const edit = JSON.parse(body) as Omit<OutboxEntry, 'changes'> & {
    changes: { field: string; local_value: string | null }[];
  };
  return { ...edit, changes: edit.changes.map(({ field, local_value }) => ({ field, local: local_value })) };
}

type Logged = Omit<LogEntry, 'changes'> & { readonly changes: string };

function logEntry({ changes, ...entry }: Logged): LogEntry {
  const fields = JSON.parse(changes) as { field: string; local: unknown }[];
  return { ...entry, changes: fields.map(({ field, local }) => ({ field, local: JSON.stringify(local) })) };
}
