/**
 * Which databases this process has open. A process that opens and closes one of their files by any other road than
 * SQLite's loses all locks it has on that file (POSIX), and another process may then take its write-ahead log away.
 */
import fs from 'node:fs';
import type { Database } from 'better-sqlite3';

const connections = new Map<string, WeakRef<Database>[]>();

/** A file by what it is, whatever links lead to it; null where there is none, or none that can be reached. */
function identityOf(file: string): string | null {
  try {
    const { dev, ino } = fs.statSync(file);
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
}

const stillOpen = (key: string) => (connections.get(key) ?? []).filter((each) => each.deref()?.open);

/** Remembers a connection until it is closed. */
export function noteOpened(file: string, db: Database): void {
  const key = identityOf(file);
  if (key !== null) connections.set(key, [...stillOpen(key), new WeakRef(db)]);
}

/** Whether this process has the file open as a database: then it must not be opened by any other road. */
export function isOpenHere(file: string): boolean {
  const key = identityOf(file);
  if (key === null) return false;
  const open = stillOpen(key);
  if (open.length === 0) connections.delete(key);
  return open.length > 0;
}
