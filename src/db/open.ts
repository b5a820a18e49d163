/** Opens a mirror: creates it, migrates an older one, refuses a newer one and whatever is no mirror. */
import fs from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { MirrorError } from '../errors.ts';
import { applicationId, type Header, readHeader } from './header.ts';
import { applyMigrations, type Migrations, migrationsIn, ownMigrations } from './migrations.ts';
import { createObjects, dropObjects, objectsAreCurrent } from './objects.ts';
import { isOpenHere, noteOpened } from './opened.ts';

export type { Database };

/** How long a writer waits for another one, in milliseconds. Transactions are short, so this is ample. */
const busyTimeout = 30_000;
/** So many bytes of a mirror that is only read are mapped into memory. */
const mostMapped = 2 ** 30;
/** What SQLite and the lock put beside the mirror. */
const companions = ['-wal', '-shm', '-journal', '.lock', '.watch'];

function refuseStrangers(file: string, header: Header, known: number): void {
  if (header.applicationId !== applicationId) {
    throw new MirrorError(
      `${file} is no mirror: it is another program's database. Name another file with --db.`,
    );
  }
  refuseNewer(file, header.version, known);
}

function refuseNewer(file: string, version: number, known: number): void {
  if (version <= known) return;
  throw new MirrorError(
    `${file} was written by a newer optimirror (its schema is ${version}, this program knows ${known}): update optimirror.`,
  );
}

/** Whether there is a mirror at that path. Throws where there is something else. */
export function mirrorExists(file: string): boolean {
  if (isOpenHere(file)) return true;
  const header = readHeader(file);
  if (header === null) return false;
  refuseStrangers(file, header, migrationsIn(ownMigrations).tags.length);
  return true;
}

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
    db.pragma('cache_size = -32768');
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

function readOnly(file: string): Database {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true });
  noteOpened(file, db);
  db.pragma(`busy_timeout = ${busyTimeout}`);
  db.pragma('query_only = 1');
  // A page that the system holds already is read where it lies: a row by its id takes a third less.
  db.pragma(`mmap_size = ${mostMapped}`);
  return db;
}

function mustBeMirror(file: string, { tags }: Migrations, create: boolean): void {
  if (isOpenHere(file)) return;
  const header = readHeader(file);
  if (header !== null) refuseStrangers(file, header, tags.length);
  else if (create) createFile(file);
  else throw new MirrorError(`there is no mirror at ${file}. Make one with: optimirror pull`);
}

function createFile(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'a', 0o600));
  } catch (error) {
    throw new MirrorError(`${file} can't be created: ${(error as Error).message}`, { cause: error });
  }
}

/** Takes from everybody else what rights they have. SQLite gives the files that it makes the rights of the mirror. */
function makePrivate(file: string): void {
  // They lie beside the file itself, wherever a link to it may be.
  const place = fs.realpathSync(file);
  for (const each of [place, ...companions.map((end) => `${place}${end}`)]) {
    try {
      const stats = fs.statSync(each, { throwIfNoEntry: false });
      if (stats && (stats.mode & 0o777) !== 0o600) fs.chmodSync(each, 0o600);
    } catch (error) {
      throw new MirrorError(`${each} can't be kept private: ${(error as Error).message}`, { cause: error });
    }
  }
}

const versionOf = (db: Database) => db.pragma('user_version', { simple: true }) as number;

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
