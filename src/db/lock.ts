/** Locks of the operating system, which end with the process that holds them, however it ends: nothing stale is left. */
import fs from 'node:fs';
import Sqlite from 'better-sqlite3';
import { BusyError } from '../errors.ts';

export interface Lock {
  release(): void;
}

/** Who asks whether a lock is held has it for a moment: so long, in milliseconds, a taker gives way to that. */
const patience = 100;

/** The connections that hold locks. One that is collected as garbage is closed, and its lock gone with it: none may be. */
const holding = new Set<Sqlite.Database>();

/** Takes the lock that the file stands for; null where somebody has it. It is SQLite's own lock on an empty database. */
export function lockOrNull(lockFile: string, timeout = patience): Lock | null {
  createLockFile(lockFile);
  const db = new Sqlite(lockFile, { timeout });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return null;
    throw error;
  }
  holding.add(db);
  return {
    release: () => {
      holding.delete(db);
      db.close();
    },
  };
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

function isHeld(file: string, ending: string): boolean {
  if (!fs.existsSync(file) || !fs.existsSync(beside(file, ending))) return false;
  const lock = lockOrNull(beside(file, ending));
  lock?.release();
  return lock === null;
}
