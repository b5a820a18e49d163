/** Locks of the operating system, which end with the process that holds them, however it ends: nothing stale is left. */
import fs from 'node:fs';
import Sqlite from 'better-sqlite3';
import { BusyError } from '../errors.ts';

export interface Lock {
  release(): void;
}

/** So long, in milliseconds, a taker waits for another one, which may be letting go just now. */
const patience = 100;
/** So often it waits as long again where nobody but askers is in its way: a machine may stall one where it stands. */
const outlasted = 300;

/** The connections that hold locks. One that is collected as garbage is closed, and its lock gone with it: none may be. */
const holding = new Set<Sqlite.Database>();

/** Takes the lock that the file stands for; null where somebody has it. It is SQLite's own lock on an empty database. */
export function lockOrNull(lockFile: string, timeout = patience): Lock | null {
  createLockFile(lockFile);
  const db = new Sqlite(lockFile, { timeout });
  let isTaken = false;
  try {
    isTaken = take(db);
  } finally {
    if (!isTaken) db.close();
  }
  if (!isTaken) return null;
  holding.add(db);
  return {
    release: () => {
      holding.delete(db);
      db.close();
    },
  };
}

/**
 * Whether this connection has the lock now. Who only asks shares it for a moment, and must not be taken for somebody at
 * work, however long that moment is: an intention to write stands beside askers, and in the way of takers alone.
 */
function take(db: Sqlite.Database): boolean {
  for (let round = 0; round < outlasted; round++) {
    if (isDone(() => db.exec('BEGIN EXCLUSIVE'))) return true;
    if (!isDone(() => db.exec('BEGIN IMMEDIATE'))) return false;
    db.exec('ROLLBACK');
  }
  return false;
}

/** Whether that was done; false where another connection has what it needs. */
function isDone(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return false;
    throw error;
  }
}

/** A file that is there is not opened: closing it again would drop the lock, where this process is who has it. */
function createLockFile(lockFile: string): void {
  try {
    fs.closeSync(fs.openSync(lockFile, 'ax', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Beside the mirror; two paths to one mirror share it, since links are followed. */
const beside = (file: string, ending: string) => `${fs.realpathSync(file)}.${ending}`;

/** Takes the lock that lets one pull or push at a time work on the mirror at `file`, or throws `BusyError` at once. */
export function takeLock(file: string, timeout = patience): Lock {
  const lock = lockOrNull(beside(file, 'lock'), timeout);
  if (lock === null) throw new BusyError(file);
  return lock;
}

/** Takes the lock of the one program that watches the mirror; null where another one does. */
export function takeWatch(file: string): Lock | null {
  return lockOrNull(beside(file, 'watch'));
}

/** Whether a pull or push is at work on the mirror right now. */
export function isLocked(file: string): boolean {
  return isHeld(file, 'lock');
}

/** Whether a program watches the mirror. */
export function isWatched(file: string): boolean {
  return isHeld(file, 'watch');
}

/** Asks by reading, which a holder prevents and another asker does not. */
function isHeld(file: string, ending: string): boolean {
  if (!fs.existsSync(file) || !fs.existsSync(beside(file, ending))) return false;
  const db = new Sqlite(beside(file, ending), { timeout: 0 });
  try {
    return !isDone(() => db.prepare('SELECT count(*) FROM sqlite_schema').get());
  } finally {
    db.close();
  }
}
