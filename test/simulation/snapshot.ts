/** The mirror as it stands, read once for all checks. */
import type { Database } from 'better-sqlite3';
import { type EntityName, entityNames } from '../../src/api/resources.ts';
import { type Cell, columnsOf, quoted } from '../../src/db/columns.ts';
import { perResource, prepared } from '../../src/db/statements.ts';

/** An entity as the mirror last had it from the API. */
export interface RemoteRow {
  readonly parent_id: number | null;
  readonly body: string;
}

/** One field of an operation, its value as JSON text; null where it has none. */
export interface ChangeRow {
  readonly field: string;
  readonly local: string | null;
  /** What it was made on; not read from the push log. */
  readonly base?: string | null;
}

export interface OutboxEntry {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  /** Whether it waits to be sent: it is not on the wire, and nobody has to decide about it. */
  readonly waits: boolean;
  readonly changes: readonly ChangeRow[];
}

export interface LogEntry {
  readonly id: number;
  readonly outbox_id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly outcome: string;
  readonly changes: readonly ChangeRow[];
}

export interface Snapshot {
  /** The cells of each row, in the order of `columnsOf`. */
  readonly rows: ReadonlyMap<EntityName, ReadonlyMap<number, readonly Cell[]>>;
  readonly remotes: ReadonlyMap<EntityName, ReadonlyMap<number, RemoteRow>>;
  readonly outbox: readonly OutboxEntry[];
  /** What deletes made offline have set aside. */
  readonly aside: readonly OutboxEntry[];
  readonly log: readonly LogEntry[];
  /** The last row of `changes`. */
  readonly lastChange: number;
}

/** @param before an earlier one: the push log only grows, so that what stood in it is not read again */
export function snapshot(db: Database, before?: Snapshot): Snapshot {
  return {
    rows: new Map(entityNames.map((name) => [name, rowsOf(db, name)])),
    remotes: new Map(entityNames.map((name) => [name, remoteRows(db, name)])),
    outbox: outboxEntries(db),
    aside: all<{ body: string }>(db, "SELECT body FROM outbox_set_aside WHERE kind = 'edit'").map(asideEntry),
    log: logEntries(db, before?.log ?? []),
    lastChange: prepared(db, 'SELECT coalesce(max(id), 0) FROM changes').pluck().get() as number,
  };
}

function all<T>(db: Database, sql: string): T[] {
  return prepared(db, sql).all() as T[];
}

const rowsSql = perResource((resource: EntityName) => {
  return `SELECT ${columnsOf(resource).map(quoted).join(', ')} FROM ${quoted(resource)}`;
});

const idIndex = perResource((resource: EntityName) => columnsOf(resource).indexOf('id'));

function rowsOf(db: Database, resource: EntityName): Map<number, Cell[]> {
  const index = idIndex(resource);
  const rows = prepared(db, rowsSql(resource)).raw().all() as Cell[][];
  return new Map(rows.map((row) => [row[index] as number, row]));
}

const remotesSql = perResource((resource: EntityName) => {
  return `SELECT id, parent_id, body FROM ${quoted(`remote_${resource}`)}`;
});

function remoteRows(db: Database, resource: EntityName): Map<number, RemoteRow> {
  const rows = prepared(db, remotesSql(resource)).raw().all() as [number, number | null, string][];
  return new Map(rows.map(([id, parent_id, body]) => [id, { parent_id, body }]));
}

/** Those from before, as they were read then, and those that came. One that was taken out of the log shows in its length. */
function logEntries(db: Database, before: readonly LogEntry[]): LogEntry[] {
  const sql =
    'SELECT id, outbox_id, resource, entity_id, outcome, changes FROM push_log WHERE id > ? ORDER BY id';
  const came = prepared(db, sql).all(before.at(-1)?.id ?? 0) as Logged[];
  const log = [...before, ...came.map(logEntry)];
  const length = prepared(db, 'SELECT count(*) FROM push_log').pluck().get();
  if (length !== log.length)
    throw new Error(`push_log shrank: it has ${length} entries, and had ${log.length}`);
  return log;
}

function outboxEntries(db: Database): OutboxEntry[] {
  const changes = Map.groupBy(
    all<ChangeRow & { outbox_id: number }>(
      db,
      'SELECT outbox_id, field, base_value AS base, local_value AS local FROM outbox_changes',
    ),
    ({ outbox_id }) => outbox_id,
  );
  return all<Omit<OutboxEntry, 'changes' | 'waits'> & { waits: number }>(db, outboxSql).map((row) => ({
    ...row,
    waits: row.waits === 1,
    changes: changes.get(row.id) ?? [],
  }));
}

const outboxSql =
  "SELECT o.id, o.resource, o.entity_id, o.op, o.status = 'pending' AND s.intent IS NULL AS waits FROM outbox AS o LEFT JOIN outbox_state AS s ON s.outbox_id = o.id";

function asideEntry({ body }: { body: string }): OutboxEntry {
  const edit = JSON.parse(body) as Omit<OutboxEntry, 'changes' | 'waits'> & {
    changes: { field: string; local_value: string | null }[];
  };
  const changes = edit.changes.map(({ field, local_value }) => ({ field, local: local_value }));
  return { ...edit, waits: false, changes };
}

type Logged = Omit<LogEntry, 'changes'> & { readonly changes: string };

function logEntry({ changes, ...entry }: Logged): LogEntry {
  const fields = JSON.parse(changes) as { field: string; local: unknown }[];
  return { ...entry, changes: fields.map(({ field, local }) => ({ field, local: JSON.stringify(local) })) };
}
