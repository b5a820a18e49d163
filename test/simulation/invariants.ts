/** What has to be true of the mirror after every step, whatever happened. Each check names what is wrong, or nothing. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, parentOf } from '../../src/api/resources.ts';
import { type Cell, cellsOf, columnsOf, quoted, type Row } from '../../src/db/columns.ts';
import { prepared } from '../../src/db/statements.ts';
import type { Model } from './model.ts';
import type { Server } from './server.ts';
import { marksIn } from './values.ts';

/** The mirror as it stands, read once for all checks. */
export interface Snapshot {
  readonly rows: ReadonlyMap<EntityName, ReadonlyMap<number, Row>>;
  readonly remotes: ReadonlyMap<EntityName, ReadonlyMap<number, RemoteRow>>;
  readonly outbox: readonly OutboxEntry[];
  readonly aside: readonly string[];
  readonly log: readonly { outcome: string; op: string; changes: string }[];
}

export interface OutboxEntry {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly status: string;
  readonly error: string | null;
  readonly changes: readonly { field: string; local: string | null }[];
}

export function snapshot(db: Database): Snapshot {
  const rows = new Map(
    entityNames.map((name) => [name, byId(prepared(db, `SELECT * FROM ${quoted(name)}`).all() as Row[])]),
  );
  const remotes = new Map(entityNames.map((name) => [name, byId(remoteRows(db, name))]));
  const changes = prepared(db, 'SELECT outbox_id, field, local_value AS local FROM outbox_changes').all() as {
    outbox_id: number;
    field: string;
    local: string | null;
  }[];
  const outbox = (
    prepared(db, 'SELECT id, resource, entity_id, op, status, error FROM outbox').all() as OutboxEntry[]
  ).map((row) => ({ ...row, changes: changes.filter(({ outbox_id }) => outbox_id === row.id) }));
  const aside = prepared(db, "SELECT body FROM outbox_set_aside WHERE kind = 'edit'").pluck().all() as string[];
  const log = prepared(db, 'SELECT outcome, op, changes FROM push_log').all() as Snapshot['log'];
  return { rows, remotes, outbox, aside, log };
}

/** An entity as the mirror last had it from the API. */
type RemoteRow = { readonly id: number; readonly parent_id: number | null; readonly body: string };

function remoteRows(db: Database, resource: EntityName): RemoteRow[] {
  const sql = `SELECT id, parent_id, body FROM ${quoted(`remote_${resource}`)}`;
  return prepared(db, sql).all() as RemoteRow[];
}

function byId<T extends { id?: unknown }>(rows: readonly T[]): Map<number, T> {
  return new Map(rows.map((row) => [row.id as number, row]));
}

/** SQL that finds what must never be there, each with the words for it. */
const never: readonly { readonly words: string; readonly sql: string }[] = [
  { words: 'the guard is set', sql: 'SELECT holder FROM sync_guard' },
  {
    words: 'a change belongs to no operation',
    sql: 'SELECT outbox_id, field FROM outbox_changes WHERE outbox_id NOT IN (SELECT id FROM outbox)',
  },
  {
    words: 'a state belongs to no operation',
    sql: 'SELECT outbox_id FROM outbox_state WHERE outbox_id NOT IN (SELECT id FROM outbox)',
  },
  {
    words: 'what was set aside belongs to no delete',
    sql: "SELECT id, body FROM outbox_set_aside WHERE outbox_id NOT IN (SELECT id FROM outbox WHERE op = 'delete')",
  },
  {
    words: 'an update has no change',
    sql: "SELECT id FROM outbox WHERE op = 'update' AND id NOT IN (SELECT outbox_id FROM outbox_changes) AND id NOT IN (SELECT outbox_id FROM outbox_state WHERE intent IS NOT NULL)",
  },
  {
    words: 'a run is at work although nobody is',
    sql: "SELECT run_id FROM sync_runs WHERE status = 'running' AND run_id < (SELECT max(run_id) FROM sync_runs)",
  },
  {
    words: 'an operation is in flight without an intent',
    sql: "SELECT id FROM outbox WHERE status = 'in_flight' AND id NOT IN (SELECT outbox_id FROM outbox_state WHERE intent IS NOT NULL)",
  },
];

function neverThere(db: Database): string[] {
  return never.flatMap(({ words, sql }) => {
    const rows = prepared(db, sql).all();
    return rows.length > 0 ? [`${words}: ${JSON.stringify(rows.slice(0, 3))}`] : [];
  });
}

/** Every edit is in exactly one place. Source: CONTRACT.md, the last line on pushing. */
function conservation(seen: Snapshot, model: Model): string[] {
  const waiting = new Map<string, number>();
  const logged = new Map<string, number>();
  const count = (places: Map<string, number>, field: string, text: string | null | undefined) => {
    if (text === null || text === undefined) return;
    for (const mark of marksIn(field, JSON.parse(text) as Json)) places.set(mark, (places.get(mark) ?? 0) + 1);
  };
  for (const { changes } of seen.outbox) for (const { field, local } of changes) count(waiting, field, local);
  for (const body of seen.aside)
    for (const { field, local_value } of (JSON.parse(body) as { changes: { field: string; local_value: string }[] })
      .changes)
      count(waiting, field, local_value);
  for (const { changes } of seen.log)
    for (const { field, local } of JSON.parse(changes) as { field: string; local: Json }[])
      count(logged, field, JSON.stringify(local));
  return [...model.made].flatMap(([mark, made]) => {
    const [here, there] = [waiting.get(mark) ?? 0, logged.get(mark) ?? 0];
    const what = `${mark} (${made.resource} ${made.row}, ${made.field}) is ${here} times in the outbox and ${there} times in push_log`;
    if (made.live) return here + there === 1 ? [] : [what];
    return there > 1 ? [`replaced ${what}`] : [];
  });
}

/** The operation that waits for each entity. */
function pendingOf(seen: Snapshot): Map<string, OutboxEntry> {
  return new Map(seen.outbox.map((entry) => [`${entry.resource}/${entry.entity_id}`, entry]));
}

/** Every row shows what the API last said with the waiting edits laid over it; there are no others. */
function rowsExplained(seen: Snapshot): string[] {
  const pending = pendingOf(seen);
  const wrong: string[] = [];
  for (const [resource, rows] of seen.rows) {
    const remotes: ReadonlyMap<number, RemoteRow> = seen.remotes.get(resource) ?? new Map();
    for (const [id, row] of rows) {
      const waits = pending.get(`${resource}/${id}`);
      const remote = remotes.get(id);
      if (!remote && !waits) wrong.push(`nothing explains the row ${resource} ${id}`);
      else if (remote) wrong.push(...differences(resource, row, JSON.parse(remote.body) as JsonObject, waits));
    }
    for (const [id, { parent_id }] of remotes)
      if (!rows.has(id) && !hidden(seen, pending, resource, id, parent_id))
        wrong.push(`the row ${resource} ${id} is missing`);
  }
  for (const { resource, entity_id, op } of seen.outbox)
    if (entity_id < 0 && op === 'create' && !seen.rows.get(resource)?.has(entity_id))
      wrong.push(`the row of the new ${resource} ${entity_id} is missing`);
  return wrong;
}

function differences(
  resource: EntityName,
  row: Row,
  remote: JsonObject,
  waits: OutboxEntry | undefined,
): string[] {
  const shown = { ...remote };
  for (const { field, local } of waits?.changes ?? [])
    if (local !== null) shown[field] = JSON.parse(local) as Json;
  const wanted = cellsOf(resource, shown);
  return columnsOf(resource).flatMap((name, index) => {
    const [is, should] = [row[name] ?? null, wanted[index] ?? null];
    if (sameCell(is, should)) return [];
    return [`${resource} ${row.id} shows ${name} ${JSON.stringify(is)} where it should be ${JSON.stringify(should)}`];
  });
}

/** JSON is compared as JSON: SQL and JavaScript space it differently. */
function sameCell(a: Cell, b: Cell): boolean {
  if (a === b) return true;
  if (typeof a !== 'string' || typeof b !== 'string' || !a.startsWith('[')) return false;
  try {
    return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
  } catch {
    return false;
  }
}

/** Whether a delete made offline, of the entity or of one above it, keeps it out of sight. */
function hidden(
  seen: Snapshot,
  pending: ReadonlyMap<string, OutboxEntry>,
  resource: EntityName,
  id: number,
  parentId: number | null,
): boolean {
  if (pending.get(`${resource}/${id}`)?.op === 'delete') return true;
  const parent = parentOf(resource);
  if (parent === null || parentId === null) return false;
  const above = seen.remotes.get(parent)?.get(parentId);
  return hidden(seen, pending, parent, parentId, above?.parent_id ?? null);
}

/** What the mirror holds of the API, the API had; and it forgets only what the API has no more. */
function remotesExplained(seen: Snapshot, before: Snapshot | undefined, server: Server): string[] {
  const wrong: string[] = [];
  for (const [resource, remotes] of seen.remotes) {
    for (const id of remotes.keys())
      if (!server.everHad(resource, id)) wrong.push(`the API never had ${resource} ${id}`);
    for (const id of before?.remotes.get(resource)?.keys() ?? [])
      if (!remotes.has(id) && server.has(resource, id)) wrong.push(`${resource} ${id} was forgotten, and the API has it`);
  }
  return wrong;
}

/** Everything that is wrong now. */
export function wrongs(
  db: Database,
  seen: Snapshot,
  before: Snapshot | undefined,
  { model, server }: { model: Model; server: Server },
): string[] {
  return [
    ...server.wrongs,
    ...neverThere(db),
    ...conservation(seen, model),
    ...rowsExplained(seen),
    ...remotesExplained(seen, before, server),
    ...model.twice().map((words) => `created twice: ${words}`),
  ];
}
