/** The migrations that drizzle-kit wrote, and applying those that a mirror lacks. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from 'better-sqlite3';

/** The program's own folder of migrations, as drizzle-kit lays it out. */
export const ownMigrations = fileURLToPath(new URL('../../drizzle', import.meta.url));

export interface Migrations {
  readonly folder: string;
  /** Their names, the oldest first; a mirror's schema version is how many of them it has. */
  readonly tags: readonly string[];
}

export function migrationsIn(folder: string): Migrations {
  const text = fs.readFileSync(path.join(folder, 'meta/_journal.json'), 'utf8');
  const journal = JSON.parse(text) as { entries: { tag: string }[] };
  return { folder, tags: journal.entries.map(({ tag }) => tag) };
}

/** Applies the migrations that come after `version`; the caller holds a transaction. */
export function applyMigrations(db: Database, { folder, tags }: Migrations, version: number): void {
  for (const tag of tags.slice(version)) {
    const sql = fs.readFileSync(path.join(folder, `${tag}.sql`), 'utf8');
    for (const statement of sql.split('--> statement-breakpoint')) db.exec(statement);
  }
}
