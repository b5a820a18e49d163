/** What a database file says of itself, found out without touching it. */
import fs from 'node:fs';
import Sqlite from 'better-sqlite3';
import { exitStatus, MirrorError } from '../errors.ts';
import { isUnusablePath, systemWords } from '../system-words.ts';

/** "OMIR", in the header of every mirror. */
export const applicationId = 0x4f4d4952;

/** How long who needs the database waits for others, in milliseconds. Transactions are short, so this is ample. */
export const busyTimeout = 30_000;

export interface Header {
  readonly applicationId: number;
  /** The version of its schema. */
  readonly version: number;
}

/**
 * Reads the header of a database. Null for no file, or an empty one. Throws `MirrorError` for a file that can't be read
 * or is no database. The file itself is only read, never opened as a database while it may turn out to be a stranger's.
 */
export function readHeader(file: string): Header | null {
  const bytes = Buffer.alloc(100);
  const length = readStart(file, bytes);
  if (length === 0) return null;
  if (length < 100 || bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new MirrorError(`${file} is no mirror: it is not an SQLite database. Name another file with --db.`);
  }
  const header = { applicationId: bytes.readUInt32BE(68), version: bytes.readUInt32BE(60) };
  return header.applicationId === applicationId && hasLog(file) ? readLogged(file, header) : header;
}

/** How many bytes there are, up to the length of the buffer. */
function readStart(file: string, bytes: Buffer): number {
  try {
    const handle = fs.openSync(file, 'r');
    try {
      return fs.readSync(handle, bytes, 0, bytes.length, 0);
    } finally {
      fs.closeSync(handle);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw unusableMirror(file, 'read', error);
  }
}

/** A path where no mirror can ever be is an argument that can't be used; what only lacks rights, or room, is none. */
export function unusableMirror(file: string, verb: 'read' | 'created', cause: unknown): MirrorError {
  const words = systemWords(cause, 'there is no such folder; make it first');
  const exit = isUnusablePath(cause) ? exitStatus.usage : exitStatus.unexpected;
  return new MirrorError(`${file} can't be ${verb}: ${words}. Name a file for the mirror with --db.`, {
    cause,
    exit,
  });
}

function hasLog(file: string): boolean {
  return (fs.statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** The newest version may still stand in the write-ahead log. A connection that only reads moves nothing out of it. */
function readLogged(file: string, { applicationId: id }: Header): Header {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: busyTimeout });
  try {
    return { applicationId: id, version: db.pragma('user_version', { simple: true }) as number };
  } finally {
    db.close();
  }
}
