/** Mirrors as other releases leave them: with a schema that is older, or with other triggers. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { quoted } from '../../src/db/columns.ts';
import { applicationId } from '../../src/db/header.ts';
import { applyMigrations, migrationsIn, ownMigrations } from '../../src/db/migrations.ts';

/** As a release leaves it whose triggers are other ones. */
export function dropTriggers(db: Database): void {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all() as string[];
  for (const name of names) db.exec(`DROP TRIGGER ${quoted(name)}`);
  db.exec("DELETE FROM mirror_meta WHERE key = 'objects'");
}

/** The same mirror by a release that knew so many migrations: all of it that such a one could hold. */
export function olderMirror(bytes: Buffer, version: number): Buffer {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-older-'));
  const [present, past] = [path.join(folder, 'present.db'), path.join(folder, 'past.db')];
  fs.writeFileSync(present, bytes);
  const db = new Sqlite(past);
  try {
    const { tags } = migrationsIn(ownMigrations);
    applyMigrations(db, { folder: ownMigrations, tags: tags.slice(0, version) }, 0);
    db.prepare('ATTACH ? AS present').run(present);
    for (const table of tablesOf(db)) copyRows(db, table);
    layObjects(db);
    db.exec('DETACH present');
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${version}`);
    db.pragma('journal_mode = WAL');
    db.close();
    return fs.readFileSync(past);
  } finally {
    db.close();
    fs.rmSync(folder, { recursive: true });
  }
}

const tablesOf = (db: Database) =>
  db.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").pluck().all() as string[];

function copyRows(db: Database, table: string): void {
  const columns = db.pragma(`main.table_info(${quoted(table)})`) as { name: string }[];
  const names = columns.map(({ name }) => quoted(name)).join();
  db.exec(`INSERT INTO main.${quoted(table)} (${names}) SELECT ${names} FROM present.${quoted(table)}`);
}

/** The views, and the triggers on what is there. */
function layObjects(db: Database): void {
  const statements = db
    .prepare(
      "SELECT sql FROM present.sqlite_schema WHERE type = 'view' OR (type = 'trigger' AND tbl_name IN " +
        '(SELECT name FROM main.sqlite_schema UNION ALL SELECT name FROM present.sqlite_schema WHERE type = ' +
        "'view')) ORDER BY type DESC",
    )
    .pluck()
    .all() as string[];
  // Before the triggers, which would refuse it.
  db.exec("UPDATE mirror_meta SET value = 'of an older release' WHERE key = 'objects'");
  for (const sql of statements) db.exec(sql);
}
