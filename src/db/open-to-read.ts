/**
 * Opens a mirror for a command that only reads. What lays views and triggers is loaded where they are to be laid: it would
 * be a tenth of a short command's time.
 */
import type { Database } from 'better-sqlite3';
import { isMarked } from './fingerprint.ts';
import { migrationsIn, ownMigrations } from './migrations.ts';
import { makePrivate, mustBeMirror, readOnly, versionOf } from './mirror-file.ts';

/** The same as `openReadOnly`. */
export async function openToRead(file: string): Promise<Database> {
  const migrations = migrationsIn(ownMigrations);
  mustBeMirror(file, migrations, false);
  makePrivate(file);
  const db = readOnly(file);
  // Where it can't be told without making the objects, it takes the longer way.
  if (versionOf(db) === migrations.tags.length && isMarked(db)) return db;
  db.close();
  const { openReadOnly } = await import('./open.ts');
  return openReadOnly(file);
}
