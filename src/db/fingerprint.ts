/**
 * What tells one program's views and triggers from another's without making them: that takes longer than all else that a
 * command does, while the modules they are made by are read in a moment.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';

/** The modules that the objects depend on, below the folder of the sources; a test holds the list to what they import. */
export const sources: readonly string[] = [
  'api/resources',
  'db/capture',
  'db/capture-delete',
  'db/columns',
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

/** The fingerprint of this program's objects; `make` gives their text where the modules can't be read, as in a bundle. */
export function fingerprint(make: () => readonly string[]): string {
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
