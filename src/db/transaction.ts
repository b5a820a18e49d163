/** Short transactions: never across a request, refused for promises, and guarded where the sync itself writes. */
import type { Database } from 'better-sqlite3';
import { prepared } from './statements.ts';

/** The result of a transaction's body; a promise would go on after the commit, so its type is refused. */
type Sync<T> = T extends PromiseLike<unknown> ? never : T;

/**
 * Runs `body` in one IMMEDIATE transaction, so that a writer waits at its start and never fails half-way. Inside another
 * one it joins that. Throws where `body` returns a promise, and rolls back where it throws.
 */
export function transaction<T>(db: Database, body: () => Sync<T>): T {
  const checked = (): T => {
    const result: T = body();
    if (result instanceof Promise)
      throw new TypeError('a transaction must not await: it would commit before its end');
    return result;
  };
  return db.inTransaction ? checked() : db.transaction(checked).immediate();
}

/**
 * A transaction whose writes are the sync's own: the triggers neither capture nor refuse them. The guard row lives only
 * inside it, so that no other connection can ever see it. Inside another guarded one it joins that.
 */
export function guarded<T>(db: Database, body: () => Sync<T>): T {
  return transaction<T>(db, () => {
    if (prepared(db, 'SELECT 1 FROM sync_guard').get() !== undefined) return body();
    prepared(db, "INSERT INTO sync_guard (holder) VALUES ('sync')").run();
    try {
      return body();
    } finally {
      prepared(db, 'DELETE FROM sync_guard').run();
    }
  });
}

/**
 * Runs transactions that commit without waiting for the disk: a power cut may take back the last of what `body` commits, a
 * crash of the program takes back nothing. Joins a transaction that is open, whose own commit decides then.
 */
export function relaxed<T>(db: Database, body: () => T): T {
  if (db.inTransaction) return body();
  const level = usualLevel(db);
  db.pragma('synchronous = NORMAL');
  try {
    return body();
  } finally {
    db.pragma(`synchronous = ${level}`);
  }
}

const levels = new WeakMap<Database, number>();

/** How far the connection waits for the disk at other times; asked once, since even that costs. */
function usualLevel(db: Database): number {
  const level = levels.get(db) ?? (db.pragma('synchronous', { simple: true }) as number);
  levels.set(db, level);
  return level;
}
