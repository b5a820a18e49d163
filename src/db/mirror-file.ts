/** The file of a mirror before it is open: what it is, who may read it, and a connection that only reads. */
import fs from 'node:fs';
import Sqlite, { type Database } from 'better-sqlite3';
import { MirrorError } from '../errors.ts';
import { systemWords } from '../system-words.ts';
import { applicationId, busyTimeout, type Header, readHeader, unusableMirror } from './header.ts';
import { type Migrations, migrationsIn, ownMigrations } from './migrations.ts';
import { isOpenHere, noteOpened } from './opened.ts';

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

export function refuseNewer(file: string, version: number, known: number): void {
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

export function readOnly(file: string): Database {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true });
  noteOpened(file, db);
  db.pragma(`busy_timeout = ${busyTimeout}`);
  db.pragma('query_only = 1');
  // A page that the system holds already is read where it lies: a row by its id takes a third less.
  db.pragma(`mmap_size = ${mostMapped}`);
  return db;
}

export function mustBeMirror(file: string, { tags }: Migrations, create: boolean): void {
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
    throw unusableMirror(file, 'created', error);
  }
}

/** Takes from everybody else what rights they have. SQLite gives the files that it makes the rights of the mirror. */
export function makePrivate(file: string): void {
  // They lie beside the file itself, wherever a link to it may be.
  const place = fs.realpathSync(file);
  for (const each of [place, ...companions.map((end) => `${place}${end}`)]) {
    try {
      const stats = fs.statSync(each, { throwIfNoEntry: false });
      if (stats && (stats.mode & 0o777) !== 0o600) fs.chmodSync(each, 0o600);
    } catch (error) {
      throw new MirrorError(`${each} can't be kept private: ${systemWords(error)}`, { cause: error });
    }
  }
}

export const versionOf = (db: Database) => db.pragma('user_version', { simple: true }) as number;
