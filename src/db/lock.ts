/** The lock that lets one pull or push at a time work on a mirror; the operating system releases it with the process. */
import fs from 'node:fs';
import Sqlite from 'better-sqlite3';
import { BusyError } from '../errors.ts';

export interface Lock {
  release(): void;
}

/**
 * Takes the lock of the mirror at `file`, or throws `BusyError` at once. It is SQLite's own lock on an empty database
 * beside the mirror, which the operating system drops when the process ends, however it ends: nothing stale is left.
 * Two paths to one mirror share a lock, since links are followed.
 */
export function takeLock(file: string): Lock {
  const lockFile = `${fs.realpathSync(file)}.lock`;
  fs.closeSync(fs.openSync(lockFile, 'a', 0o600));
  const db = new Sqlite(lockFile, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') throw new BusyError(file);
    throw error;
  }
  return { release: () => db.close() };
}

/** Whether a pull or push is at work on the mirror right now. */
export function isLocked(file: string): boolean {
  if (!fs.existsSync(file) || !fs.existsSync(`${fs.realpathSync(file)}.lock`)) return false;
  try {
    takeLock(file).release();
    return false;
  } catch (error) {
    if (error instanceof BusyError) return true;
    throw error;
  }
}
