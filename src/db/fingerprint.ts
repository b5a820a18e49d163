/**
 * What tells one program's views and triggers from another's without making them: that takes longer than all else that a
 * command does, while the modules they are made by are read in a moment.
 */
import fs from 'node:fs';
import type { Database } from 'better-sqlite3';

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

/** What the build puts in where all modules are in one file (scripts/bundle.ts): that of the library beside it. */
declare const builtFingerprint: string | undefined;

let known = typeof builtFingerprint === 'string' ? builtFingerprint : undefined;

/** Gives the statements that lay the objects, where the modules can't be read. */
export type Make = () => readonly string[];

/** Whether the mirror holds what this program would lay, and all of it. Without `make` it may not know, and says no. */
export function isMarked(db: Database, make?: Make): boolean {
  const program = fingerprint(make);
  if (program === undefined) return false;
  const mark = db.prepare("SELECT value FROM mirror_meta WHERE key = 'objects'").pluck().get();
  return mark === markAt(db, program);
}

/** Which program laid the objects, and SQLite's own count of changes of the schema: if it stands, nobody dropped any. */
export function markOf(db: Database, make: Make): string {
  return markAt(db, fingerprint(make));
}

function markAt(db: Database, program: string): string {
  const schemaVersion = db.pragma('schema_version', { simple: true }) as number;
  return `${program} ${schemaVersion}`;
}

/** The fingerprint of this program's objects. */
function fingerprint(make: Make): string;
function fingerprint(make?: Make): string | undefined;
function fingerprint(make?: Make): string | undefined {
  known ??= readFingerprint() ?? (make && digest(make().join('\n')));
  return known;
}

/** Made from the modules as they lie beside this one; undefined where they can't be read, as in a bundle. */
export function readFingerprint(): string | undefined {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  try {
    const texts = sources.map((name) => fs.readFileSync(new URL(`../${name}.${extension}`, import.meta.url)));
    return digest(Buffer.concat(texts));
  } catch {
    return undefined;
  }
}

// To import `node:crypto` would make all that it exports, which takes ten times as long as what is needed.
const digest = (data: string | Buffer) => process.getBuiltinModule('node:crypto').hash('sha256', data);
