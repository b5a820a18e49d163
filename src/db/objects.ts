/** Views and triggers: laid anew whenever the program that opens a mirror generates other ones than it holds. */
import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { entityNames } from '../api/resources.ts';
import { quoted } from './columns.ts';
import { readOnlyTriggers, resourceTriggers } from './triggers.ts';
import { views } from './views.ts';

const editable: readonly string[] = entityNames;
const guardTrigger =
  'CREATE TRIGGER "sync_guard_refuse_insert" BEFORE INSERT ON "sync_guard" ' +
  "WHEN NEW.holder NOT IN ('sync', 'capture') BEGIN SELECT RAISE(ABORT, 'sync_guard is kept by optimirror and is read-only'); END";

/** Every table that belongs to the sync alone. */
function readOnlyTables(db: Database): string[] {
  const names = db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .pluck()
    .all() as string[];
  return names.filter((name) => !editable.includes(name) && name !== 'sync_guard');
}

function statements(db: Database): string[] {
  const created = views.map(({ name, sql }) => `CREATE VIEW ${quoted(name)} AS ${sql}`);
  return [...created, ...resourceTriggers(), ...readOnlyTriggers(readOnlyTables(db)), guardTrigger];
}

const hashOf = (parts: readonly string[]) => createHash('sha256').update(parts.join('\n')).digest('hex');

/** The hash of everything that the generated objects depend on, computed once a process. */
let known: string | undefined;

/** Whether the mirror holds the views and triggers that this program would lay. */
export function objectsAreCurrent(db: Database): boolean {
  known ??= hashOf(statements(db));
  return db.prepare("SELECT value FROM mirror_meta WHERE key = 'objects'").pluck().get() === known;
}

/** Drops all views and triggers. They belong to the program: users keep theirs in a database of their own. */
export function dropObjects(db: Database): void {
  const rows = db.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'trigger')").all() as {
    type: string;
    name: string;
  }[];
  for (const { type, name } of rows) db.exec(`DROP ${type} IF EXISTS ${quoted(name)}`);
}

/** Lays the views and triggers; the caller holds a transaction in which none are left. */
export function createObjects(db: Database): void {
  const all = statements(db);
  db.exec("INSERT INTO mirror_meta (key, value) VALUES ('next_temp_id', '-1') ON CONFLICT (key) DO NOTHING");
  db.prepare(
    "INSERT INTO mirror_meta (key, value) VALUES ('objects', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  ).run(hashOf(all));
  for (const sql of all) db.exec(sql);
}
