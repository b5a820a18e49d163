/** What has to be true of the mirror after every step, whatever happened. Each check names what is wrong, or nothing. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../../src/api/description.ts';
import {
  childEntitiesOf,
  type EntityName,
  entityNames,
  entityResource,
  fieldOf,
  parentOf,
} from '../../src/api/resources.ts';
import { type Cell, cellsOf, columnsOf } from '../../src/db/columns.ts';
import { prepared } from '../../src/db/statements.ts';
import { sameValue } from '../../src/sync/equality.ts';
import { logIsTrue, marksConserved, nothingVanished } from './conservation.ts';
import type { Model } from './model.ts';
import type { Server } from './server.ts';
import type { OutboxEntry, RemoteRow, Snapshot } from './snapshot.ts';

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
    sql: "SELECT run_id FROM sync_runs WHERE status = 'running' AND run_id < (SELECT max(run_id) FROM sync_runs WHERE kind <> 'verify' OR mode = 'repair')",
  },
  {
    words: 'an operation is in flight without an intent',
    sql: "SELECT id FROM outbox WHERE status = 'in_flight' AND id NOT IN (SELECT outbox_id FROM outbox_state WHERE intent IS NOT NULL)",
  },
];

/** All of them as one query: most of the time there is nothing. */
const anyOfThese = `SELECT ${never.map(({ sql }) => `EXISTS (${sql})`).join(' OR ')}`;

export function neverThere(db: Database): string[] {
  if (prepared(db, anyOfThese).pluck().get() === 0) return [];
  return never.flatMap(({ words, sql }) => {
    const rows = prepared(db, sql).all();
    return rows.length > 0 ? [`${words}: ${JSON.stringify(rows.slice(0, 3))}`] : [];
  });
}

/** Where words of the server, and what was sent to it, are kept. */
const words = [
  ['outbox', 'error'],
  ['outbox_state', 'intent'],
  ['sync_runs', 'error'],
  ['push_log', 'request'],
  ['push_log', 'changes'],
  ['mirror_meta', 'value'],
] as const;

const anyWords = words.map(
  ([table, column]) => `EXISTS (SELECT 1 FROM ${table}, secret WHERE instr(${column}, token) > 0)`,
);
const tokenSql = `WITH secret (token) AS (SELECT ?) SELECT ${anyWords.join(' OR ')}`;

/** The server repeats the token in what it says, as careless servers do. */
function tokenKept(db: Database, token: string): string[] {
  return prepared(db, tokenSql).pluck().get(token) === 0 ? [] : ['the token is in the mirror'];
}

/** The lists that a pull reads only where what they lie below changed, or is running. */
const listsBelow = entityNames
  .filter((resource) => entityResource(resource).running !== undefined)
  .flatMap(childEntitiesOf);

/** Whoever sees first that an entity changed notes that the lists below it are to be read: the next pull sees no change. */
function listsDue(db: Database, before: Snapshot, seen: Snapshot): string[] {
  if (seen.lastChange === before.lastChange) return [];
  return listsBelow.flatMap((child) => {
    const sql =
      'SELECT c.entity_id, c.field FROM changes AS c JOIN listings AS l ON l.resource = ? AND l.parent_id = c.entity_id WHERE c.id > ? AND c.resource = ? AND c.field IS NOT NULL AND l.due = 0';
    const rows = prepared(db, sql).all(child, before.lastChange, parentOf(child));
    const words = `${child} will not be asked for although what they lie below changed`;
    return rows.length > 0 ? [`${words}: ${JSON.stringify(rows.slice(0, 3))}`] : [];
  });
}

/** The operation that waits for each entity. */
function pendingOf(seen: Snapshot): Map<string, OutboxEntry> {
  return new Map(seen.outbox.map((entry) => [`${entry.resource}/${entry.entity_id}`, entry]));
}

/** Every row shows what the API last said with the waiting edits laid over it; there are no others. */
export function rowsExplained(seen: Snapshot): string[] {
  const pending = pendingOf(seen);
  const wrong: string[] = [];
  for (const [resource, rows] of seen.rows) {
    const remotes: ReadonlyMap<number, RemoteRow> = seen.remotes.get(resource) ?? new Map();
    for (const [id, row] of rows) {
      const waits = pending.get(`${resource}/${id}`);
      const remote = remotes.get(id);
      if (!remote && !waits) wrong.push(`nothing explains the row ${resource} ${id}`);
      else if (remote) wrong.push(...differences(resource, id, row, remote.body, waits));
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
  id: number,
  row: readonly Cell[],
  remote: string,
  waits: OutboxEntry | undefined,
): string[] {
  const wanted = shownOf(resource, remote, waits);
  return columnsOf(resource).flatMap((name, index) => {
    const [is, should] = [row[index] ?? null, wanted[index] ?? null];
    if (sameCell(is, should)) return [];
    return [
      `${resource} ${id} shows ${name} ${JSON.stringify(is)} where it should be ${JSON.stringify(should)}`,
    ];
  });
}

/** The cells of what the API last said with the waiting edit laid over it. */
function shownOf(resource: EntityName, remote: string, waits: OutboxEntry | undefined): readonly Cell[] {
  if (waits === undefined) return cellsOfText(resource, remote);
  const shown = { ...(JSON.parse(remote) as JsonObject) };
  for (const { field, local } of waits.changes) if (local !== null) shown[field] = JSON.parse(local) as Json;
  return cellsOf(resource, shown);
}

/** What the API said stays the same from check to check: its cells, by the text of it. */
const known = new Map<string, readonly Cell[]>();

function cellsOfText(resource: EntityName, text: string): readonly Cell[] {
  const cells = known.get(text) ?? cellsOf(resource, JSON.parse(text) as JsonObject);
  if (known.size > 2000) known.clear();
  known.set(text, cells);
  return cells;
}

/** What waits to be sent was made on, or moved onto, what the API last said: a merge that begins elsewhere is a guess. */
function basesKnown(seen: Snapshot): string[] {
  return seen.outbox.flatMap((entry) => {
    const { resource, entity_id, op, waits, changes } = entry;
    const remote = seen.remotes.get(resource)?.get(entity_id);
    if (op !== 'update' || !waits || !remote) return [];
    const body = JSON.parse(remote.body) as JsonObject;
    return changes
      .filter(({ field, base }) => !isBase(resource, field, base, body))
      .map(({ field, base }) => {
        const said = JSON.stringify(body[field]);
        return `${resource} ${entity_id} waits with ${field} on ${base}, and the API last said ${said}`;
      });
  });
}

function isBase(resource: EntityName, field: string, base: string | null | undefined, body: JsonObject) {
  const value = JSON.parse(base ?? 'null') as Json;
  return sameValue(fieldOf(resource, field), value, body[field] ?? null);
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
    const earlier = before?.remotes.get(resource);
    for (const [id, { body }] of remotes)
      if (earlier?.get(id)?.body !== body) wrong.push(...neverHeld(resource, id, body, server));
    for (const id of earlier?.keys() ?? [])
      if (!remotes.has(id) && server.has(resource, id))
        wrong.push(`${resource} ${id} was forgotten, and the API has it`);
  }
  return wrong;
}

function neverHeld(resource: EntityName, id: number, body: string, server: Server): string[] {
  if (!server.everHad(resource, id)) return [`the API never had ${resource} ${id}`];
  return Object.entries(JSON.parse(body) as JsonObject).flatMap(([name, value]) => {
    const held = server.everHeld(resource, id, name);
    if (held.has(JSON.stringify(value)) || isPart(fieldOf(resource, name)?.references, value, held))
      return [];
    return [`the API never said ${name} ${JSON.stringify(value)} of ${resource} ${id}`];
  });
}

/** What our own delete took out of a list there is taken out here before the API says so. */
function isPart(references: string | undefined, value: Json, held: ReadonlySet<string>): boolean {
  if (references === undefined || !Array.isArray(value)) return false;
  return [...held].some((text) => {
    const whole = JSON.parse(text) as Json[] | null;
    return value.every((item) => whole?.includes(item));
  });
}

export interface Facts {
  readonly model: Model;
  readonly server: Server;
  /** Whether the push at work was told to prefer theirs. */
  readonly prefersTheirs: boolean;
  /** Whose step it was that is looked at. */
  readonly by: 'user' | 'program';
}

/** Everything that is wrong now. */
export function wrongs(db: Database, seen: Snapshot, before: Snapshot | undefined, facts: Facts): string[] {
  const { model, server, by } = facts;
  return [
    ...server.wrongs,
    ...neverThere(db),
    ...tokenKept(db, server.account.token),
    ...marksConserved(seen, model),
    ...(before && by === 'program' ? nothingVanished(before, seen) : []),
    ...(before ? logIsTrue(before, seen, facts) : []),
    ...(before ? listsDue(db, before, seen) : []),
    ...rowsExplained(seen),
    ...basesKnown(seen),
    ...remotesExplained(seen, before, server),
    ...model.twice().map((words) => `created twice: ${words}`),
  ];
}
