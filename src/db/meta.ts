/** Single facts about the mirror, kept by name. */
import type { Database } from 'better-sqlite3';
import { prepared } from './statements.ts';

export function getMeta(db: Database, key: string): string | undefined {
  return prepared(db, 'SELECT value FROM mirror_meta WHERE key = ?').pluck().get(key) as string | undefined;
}

/** Inside a guarded transaction. */
export function putMeta(db: Database, key: string, value: string): void {
  prepared(
    db,
    'INSERT INTO mirror_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(key, value);
}
