/**
 * What tells one program's views and triggers from another's without making them: that takes longer than all else that a
 * command does, while the modules they are made by are read in a moment.
 */
import fs from 'node:fs';
import type { Database } from 'better-sqlite3';

// To import it would make all that it exports, which takes ten times as long as what is needed.
const { hash } = process.getBuiltinModule('node:crypto');

/** The modules that the objects depend on, below the folder of the sources; a test holds the list to what they import. */
export const sources: readonly string[] = [
  'api/resources',
  'db/capture',
  'db/capture-delete',
  'db/columns',
  'db/digest-triggers',
  'db/objects',
  'db/refusals',
  'db/refused-values',
  'db/sql-json',
  'db/statements',
  'db/tables',
  'db/triggers',
  'db/views',
  'db/views/changes',
  'db/views/links',
  'db/views/overview',
  'db/views/results',
  'db/views/view',
];

let known: string | undefined;

/** Whether the mirror holds what this program would lay, and all of it. */
export function isMarked(db: Database, make: () => readonly string[]): boolean {
  const mark = db.prepare("SELECT value FROM mirror_meta WHERE key = 'objects'").pluck().get();
  return mark === markOf(db, make);
}

/** Which program laid the objects, and SQLite's own count of changes of the schema: if it stands, nobody dropped any. */
export function markOf(db: Database, make: () => readonly string[]): string {
  const schemaVersion = db.pragma('schema_version', { simple: true }) as number;
  return `${fingerprint(make)} ${schemaVersion}`;
}

/** The fingerprint of this program's objects; `make` gives their text where the modules can't be read, as in a bundle. */
function fingerprint(make: () => readonly string[]): string {
  known ??= hash('sha256', readSources() ?? make().join('\n'));
  return known;
}

function readSources(): Buffer | null {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  try {
    return Buffer.concat(
      sources.map((name) => fs.readFileSync(new URL(`../${name}.${extension}`, import.meta.url))),
    );
  } catch {
    return null;
  }
}
