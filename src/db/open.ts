/** Opens a mirror: creates it, migrates an older one, refuses a newer one and whatever is no mirror. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite, { type Database } from 'better-sqlite3';
import { MirrorError } from '../errors.ts';
import { createObjects, dropObjects, objectsAreCurrent } from './objects.ts';

export type { Database };

/** "OMIR", in the header of every mirror. */
const applicationId = 0x4f4d4952;
const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** How long a writer waits for another one, in milliseconds. Transactions are short, so this is ample. */
const busyTimeout = 30_000;

interface Header {
  readonly applicationId: number;
  readonly version: number;
}

function migrationTags(): string[] {
  const journal = JSON.parse(fs.readFileSync(path.join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  return journal.entries.map(({ tag }) => tag);
}

/**
 * Reads what the file says of itself without opening it as a database, so that a file which is refused stays untouched.
 * Null for no file, or an empty one.
 */
function readHeader(file: string): Header | null {
  const bytes = Buffer.alloc(100);
  let length: number;
  try {
    const handle = fs.openSync(file, 'r');
    try {
      length = fs.readSync(handle, bytes, 0, 100, 0);
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new MirrorError(`${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
  if (length === 0) return null;
  if (length < 100 || bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new MirrorError(`${file} is no mirror: it is not an SQLite database. Name another file with --db.`);
  }
  return { applicationId: bytes.readUInt32BE(68), version: bytes.readUInt32BE(60) };
}

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
  const header = readHeader(file);
  if (header === null) return false;
  refuseStrangers(file, header, migrationTags().length);
  return true;
}

export interface OpenOptions {
  /** Whether a mirror is created where there is none. */
  readonly create?: boolean;
  /** Whether a power cut may lose the last commits: right for what can be pulled again, wrong for edits. */
  readonly relaxed?: boolean;
}

/**
 * Opens the mirror at `file`, migrated and with its triggers laid. Every file of it has mode 0600. Throws `MirrorError`
 * for no file (unless `create`), a file that is no mirror, and a newer one; those are left as they were.
 */
export function openMirrorFile(file: string, options: OpenOptions = {}): Database {
  const known = migrationTags().length;
  const header = readHeader(file);
  if (header !== null) refuseStrangers(file, header, known);
  else if (options.create) createFile(file);
  else throw new MirrorError(`there is no mirror at ${file}. Make one with: optimirror pull`);
  fs.chmodSync(file, 0o600);
  const db = new Sqlite(file);
  try {
    db.pragma(`busy_timeout = ${busyTimeout}`);
    bringUpToDate(db, file, known);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.relaxed ? 'NORMAL' : 'FULL'}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens a second connection that can't write, for queries that users type. The mirror must be up to date. */
export function openReadOnly(file: string): Database {
  openMirrorFile(file).close();
  const db = new Sqlite(file, { readonly: true, fileMustExist: true });
  db.pragma(`busy_timeout = ${busyTimeout}`);
  db.pragma('query_only = 1');
  return db;
}

function createFile(file: string): void {
  try {
    fs.closeSync(fs.openSync(file, 'a', 0o600));
  } catch (error) {
    throw new MirrorError(`${file} can't be created: ${(error as Error).message}`, { cause: error });
  }
}

const versionOf = (db: Database) => db.pragma('user_version', { simple: true }) as number;

function bringUpToDate(db: Database, file: string, known: number): void {
  if (versionOf(db) === known && objectsAreCurrent(db)) return;
  // One transaction for all of it: no other connection ever sees a mirror whose writes are not captured.
  db.transaction(() => {
    const version = versionOf(db);
    refuseNewer(file, version, known);
    dropObjects(db);
    migrate(db, version);
    createObjects(db);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${known}`);
  }).immediate();
}

/** Applies the migrations of drizzle-kit that come after `version`. */
function migrate(db: Database, version: number): void {
  for (const tag of migrationTags().slice(version)) {
    const sql = fs.readFileSync(path.join(migrationsFolder, `${tag}.sql`), 'utf8');
    for (const statement of sql.split('--> statement-breakpoint')) db.exec(statement);
  }
}
