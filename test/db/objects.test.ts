/** Views and triggers are always those of the program that opened the mirror last. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { sources } from '../../src/db/fingerprint.ts';
import { objectStatements } from '../../src/db/objects.ts';
import { openMirrorFile, openReadOnly } from '../../src/db/open.ts';
import { guarded } from '../../src/db/transaction.ts';
import { ids, makeMirror, outbox } from '../capture/support.ts';

const folder = fileURLToPath(new URL('../../src/', import.meta.url));

/** The modules that one imports to run, directly or not, below the folder of the sources. */
function closure(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const text = fs.readFileSync(path.join(folder, `${name}.ts`), 'utf8');
  for (const [, words = '', from = ''] of text.matchAll(
    /^(import[^;]*?|export[^;]*?) from '(\.[^']*)\.ts';/gms,
  ))
    if (!/^(import|export) type\b/.test(words)) closure(path.join(path.dirname(name), from), found);
  return found;
}

test('the fingerprint covers every module that the objects depend on', () => {
  const needed = [...closure('db/objects')].filter((name) => !['db/fingerprint', 'errors'].includes(name));
  expect([...sources].sort()).toEqual(needed.sort());
});

test('all that every connection has to read is of a bearable size', () => {
  expect(objectStatements().join('\n').length).toBeLessThan(170_000);
});

const laid = (file: string) => {
  const db = new Sqlite(file, { readonly: true });
  const rows = db
    .prepare("SELECT sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name")
    .pluck()
    .all();
  db.close();
  return rows as string[];
};

describe.each([
  ['a connection', openMirrorFile],
  ['a connection that only reads', openReadOnly],
])('opened by %s', (_, open) => {
  test.each([
    ['a trigger was dropped', (db: Sqlite.Database) => db.exec('DROP TRIGGER goals_capture_update')],
    [
      'a trigger was replaced',
      (db: Sqlite.Database) =>
        db.exec(
          'DROP TRIGGER goals_refuse_update; CREATE TRIGGER goals_refuse_update AFTER UPDATE ON goals BEGIN SELECT 1; END',
        ),
    ],
    ['a view was dropped', (db: Sqlite.Database) => db.exec('DROP VIEW outbox_capture')],
    [
      'another program laid others',
      (db: Sqlite.Database) => {
        db.exec(
          'DROP TRIGGER goals_capture_update; CREATE TRIGGER goals_old AFTER UPDATE ON goals BEGIN SELECT 1; END; CREATE VIEW old_view AS SELECT 1',
        );
        guarded(db, () =>
          db
            .prepare(
              "UPDATE mirror_meta SET value = CASE key WHEN 'views' THEN '[\"old_view\"]' ELSE 'another' END WHERE key IN ('views', 'objects')",
            )
            .run(),
        );
      },
    ],
  ])('%s: all are laid anew', (_name, change) => {
    const { file, db } = makeMirror();
    const before = laid(file);
    const somebody = new Sqlite(file);
    change(somebody);
    somebody.close();
    expect(laid(file)).not.toEqual(before);
    const opened = open(file);
    expect(laid(file)).toEqual(before);
    opened.close();
    db.exec(`UPDATE goals SET title = 'T' WHERE id = ${ids.click}`);
    expect(outbox(db)).toHaveLength(1);
  });
});

test('what people add of their own stays, and does not hinder', () => {
  const { file, db } = makeMirror();
  db.exec(
    'CREATE VIEW mine AS SELECT title FROM goals; CREATE TABLE notes (id INTEGER PRIMARY KEY, text); CREATE INDEX my_index ON goals (title)',
  );
  db.exec("INSERT INTO notes VALUES (1, 'kept')");
  db.exec('DROP TRIGGER goals_capture_update');
  openMirrorFile(file).close();
  expect(db.prepare('SELECT count(*) FROM mine').pluck().get()).toBe(4);
  db.exec("UPDATE notes SET text = 'changed'");
  expect(db.prepare('SELECT text FROM notes').pluck().get()).toBe('changed');
  openMirrorFile(file).close();
});

test('a mirror that is up to date is only read when it is opened', () => {
  const { file, db } = makeMirror();
  const version = () => db.pragma('data_version', { simple: true });
  const before = version();
  openMirrorFile(file).close();
  openReadOnly(file).close();
  expect(version()).toBe(before);
});
