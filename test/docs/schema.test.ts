/** docs/schema.md is complete: every table, view and column of a fresh mirror stands in it, and nothing else. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeLock, takeWatch } from '../../src/db/lock.ts';
import { type Database, openMirrorFile } from '../../src/db/open.ts';
import { views } from '../../src/db/views.ts';
import { expectPart, readDoc } from './generated.ts';
import { historyTables, resourceTables, viewParts } from './schema-parts.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-docs-'));
let db: Database;
beforeAll(() => {
  db = openMirrorFile(path.join(folder, 'mirror.db'), { create: true });
});
afterAll(() => {
  db.close();
  fs.rmSync(folder, { recursive: true });
});

/** What a section's heading names, and the columns in its tables. A heading may name several tables of one shape. */
function sections(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const section of readDoc('schema.md').split(/^### /m).slice(1)) {
    const [heading = '', ...lines] = section.split('\n');
    const columns = lines.flatMap((line) => /^\| `(\w+)` \|/.exec(line)?.[1] ?? []);
    for (const [, name = ''] of heading.matchAll(/`(\w+)`/g)) found.set(name, columns);
  }
  return found;
}

function objects(): { name: string; columns: string[] }[] {
  const names = db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .pluck()
    .all() as string[];
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck();
  return names.map((name) => ({ name, columns: columns.all(name) as string[] }));
}

describe('docs/schema.md', () => {
  it('has what the description says of the resources', () => {
    expectPart('schema.md', 'resources', resourceTables());
    expectPart('schema.md', 'histories', historyTables());
  });

  it('has what the views say of themselves', () => {
    expectPart('schema.md', 'views', viewParts());
  });

  it('names every table, view and column of a fresh mirror, in order, and no other', () => {
    const documented = [...sections()].map(([name, columns]) => ({ name, columns }));
    documented.sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(documented).toEqual(objects());
  });
});

it('docs/schema.md names every file that lies beside a mirror at work, and no other', () => {
  const locks = [takeLock(db.name), takeWatch(db.name)];
  const files = fs.readdirSync(folder).map((name) => name.replace('mirror.db', 'optimirror.db'));
  const [, rows = ''] = /^## Files\n.*?((?:^\|.*\n)+)/ms.exec(readDoc('schema.md')) ?? [];
  const named = [...rows.matchAll(/`(optimirror\.db[^`]*)`/g)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(files.toSorted());
  for (const lock of locks) lock?.release();
});

describe('the views', () => {
  it.each(views.map(({ name, columns }) => [name, columns] as const))(
    '%s has the columns that are described',
    (name, columns) => {
      expect(db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(name)).toEqual(
        Object.keys(columns),
      );
    },
  );

  /** Functions that every SQLite from 3.40 on has, however it was compiled. */
  const everywhere = new Set(
    'coalesce count instr json_array_length json_each json_extract json_type julianday max min nullif round substr sum'.split(
      ' ',
    ),
  );
  it.each(views.map(({ name, sql }) => [name, sql] as const))(
    '%s calls only functions that SQLite always has',
    (_, sql) => {
      const bare = sql.replaceAll(/'(?:[^']|'')*'/g, "''");
      const called = [...bare.matchAll(/\b([a-z_]+)\(/g)].map(([, name = '']) => name);
      expect(called.filter((name) => !everywhere.has(name))).toEqual([]);
    },
  );
});
