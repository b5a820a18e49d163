/** Opens a mirror: creates it, migrates an older one, refuses a newer one and whatever is no mirror. */
import Sqlite, { type Database } from 'better-sqlite3';
import { applicationId, busyTimeout } from './header.ts';
import { applyMigrations, type Migrations, migrationsIn, ownMigrations } from './migrations.ts';
import { makePrivate, mirrorExists, mustBeMirror, readOnly, refuseNewer, versionOf } from './mirror-file.ts';
import { createObjects, dropObjects, objectsAreCurrent } from './objects.ts';
import { noteOpened } from './opened.ts';

export type { Database };
export { mirrorExists };

export interface OpenOptions {
  /** Whether a mirror is created where there is none. */
  readonly create?: boolean;
  /** Whether a power cut may lose the last commits: right for what can be pulled again, wrong for edits. */
  readonly relaxed?: boolean;
  /** The folder of migrations, where it is not the program's own. */
  readonly migrations?: string;
}

/**
 * Opens the mirror at `file`, migrated and with its triggers laid. Every file of it has mode 0600. Throws `MirrorError`
 * for no file (unless `create`), a file that is no mirror, and a newer one; those are left as they were.
 */
export function openMirrorFile(file: string, options: OpenOptions = {}): Database {
  const migrations = migrationsIn(options.migrations ?? ownMigrations);
  mustBeMirror(file, migrations, options.create ?? false);
  makePrivate(file);
  const db = new Sqlite(file);
  noteOpened(file, db);
  try {
    db.pragma(`busy_timeout = ${busyTimeout}`);
    if (!isUpToDate(db, migrations)) bringUpToDate(db, file, migrations);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.relaxed ? 'NORMAL' : 'FULL'}`);
    // Much is written then, most of it into the same pages again and again: they are moved into the file less often.
    if (options.relaxed) db.pragma('wal_autocheckpoint = 4000');
    db.pragma('cache_size = -16384');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a connection that can't write, for queries that users type. An older mirror is brought up to date before. */
export function openReadOnly(file: string): Database {
  const migrations = migrationsIn(ownMigrations);
  mustBeMirror(file, migrations, false);
  makePrivate(file);
  const db = readOnly(file);
  if (isUpToDate(db, migrations)) return db;
  db.close();
  openMirrorFile(file).close();
  return readOnly(file);
}

function isUpToDate(db: Database, { tags }: Migrations): boolean {
  return versionOf(db) === tags.length && objectsAreCurrent(db);
}

function bringUpToDate(db: Database, file: string, migrations: Migrations): void {
  // One transaction for all of it: no other connection ever sees a mirror whose writes are not captured.
  db.transaction(() => {
    const version = versionOf(db);
    refuseNewer(file, version, migrations.tags.length);
    if (isUpToDate(db, migrations)) return;
    dropObjects(db);
    applyMigrations(db, migrations, version);
    createObjects(db);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.tags.length}`);
  }).immediate();
}
