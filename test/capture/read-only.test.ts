/** Every table but the seven of the API's entities belongs to the sync: nobody else writes it, or any view. */
import { describe, expect, test } from 'vitest';
import { entityNames, observationNames } from '../../src/api/resources.ts';
import { guardTable, readOnlyTables } from '../../src/db/tables.ts';
import { guarded } from '../../src/db/transaction.ts';
import { clients, contents, ids, makeMirror } from './support.ts';

const mirror = makeMirror();
const { db } = mirror;
const names = (type: string) =>
  (db.prepare('SELECT name FROM sqlite_schema WHERE type = ?').pluck().all(type) as string[]).filter(
    (name) => !name.startsWith('sqlite_'),
  );

/** A row for every table: SQL that the table itself would take. */
function insertInto(table: string, id: number): string {
  const columns = db.prepare(`SELECT name, type FROM pragma_table_info('${table}')`).all() as {
    name: string;
    type: string;
  }[];
  const values = columns.map(({ type }) => (type.toUpperCase() === 'TEXT' ? `'x${id}'` : String(id)));
  return `INSERT INTO "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) VALUES (${values.join(', ')})`;
}

guarded<void>(db, () => {
  for (const table of readOnlyTables) if (table !== 'mirror_meta') db.exec(insertInto(table, 7));
});

test('each table is an entity, read-only, or the guard', () => {
  expect(names('table').sort()).toEqual([...entityNames, ...readOnlyTables, guardTable].sort());
  expect(readOnlyTables).toEqual(expect.arrayContaining([...observationNames]));
});

describe.each(clients)('through %s', (_, connect) => {
  const client = connect(mirror.file);

  test.each(readOnlyTables)('%s takes no INSERT, UPDATE or DELETE', (table) => {
    const [column] = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[];
    const before = contents(db);
    const words = client.attempt([
      insertInto(table, 8),
      insertInto(table, 7).replace('INSERT', 'REPLACE'),
      `UPDATE "${table}" SET "${column}" = "${column}"`,
      `UPDATE OR IGNORE "${table}" SET "${column}" = 9`,
      `DELETE FROM "${table}"`,
    ]);
    const sentence = expect.stringContaining(`${table} is kept by optimirror and is read-only`);
    expect(words).toEqual(words.map(() => sentence));
    expect(contents(db)).toEqual(before);
  });

  test('the guard takes no row of anybody else', () => {
    const words = client.attempt([
      "INSERT INTO sync_guard (holder) VALUES ('me')",
      'INSERT INTO sync_guard (holder) VALUES (NULL)',
      'INSERT OR IGNORE INTO sync_guard (holder) VALUES (NULL)',
    ]);
    const sentence = expect.stringContaining('sync_guard is kept by optimirror and is read-only');
    expect(words).toEqual([sentence, sentence, sentence]);
  });

  test.each(names('view'))('the view %s takes nothing', (view) => {
    const [column] = db.prepare(`SELECT name FROM pragma_table_info('${view}')`).pluck().all() as string[];
    const before = contents(db);
    const words = client.attempt([
      `INSERT INTO "${view}" ("${column}") VALUES (1)`,
      `INSERT INTO "${view}" DEFAULT VALUES`,
      `UPDATE "${view}" SET "${column}" = 1`,
      `DELETE FROM "${view}"`,
    ]);
    expect(words).not.toContain(null);
    expect(contents(db)).toEqual(before);
  });

  test('what an edit hands to the outbox is taken from nobody else', () => {
    const words = client.attempt([
      `INSERT INTO outbox_capture VALUES ('edit', 'goals', ${ids.click}, 'title', '"a"', '"b"')`,
      `INSERT INTO outbox_capture (act, resource, entity_id) VALUES ('delete', 'goals', ${ids.click})`,
    ]);
    const sentence = expect.stringContaining('outbox_capture is kept by optimirror and is read-only');
    expect(words).toEqual([sentence, sentence]);
  });
});
