/** The schema, the migrations and the description agree. */
import fs from 'node:fs';
import path from 'node:path';
import { generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api';
import { describe, expect, test } from 'vitest';
import { entityNames, fieldsOf, observationNames } from '../../src/api/resources.ts';
import { affinityOf } from '../../src/db/columns.ts';
import { migrationsIn, ownMigrations } from '../../src/db/migrations.ts';
import * as schema from '../../src/db/schema.ts';
import { editableTables, guardTable, readOnlyTables } from '../../src/db/tables.ts';
import { makeMirror } from '../capture/support.ts';

const { db } = makeMirror();
const columnsOf = (table: string) =>
  Object.fromEntries(
    (
      db.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as { name: string; type: string }[]
    ).map(({ name, type }) => [name, type.toUpperCase()]),
  );
const described = (resource: Parameters<typeof fieldsOf>[0]) =>
  Object.fromEntries(fieldsOf(resource).map(([name, field]) => [name, affinityOf(field)]));

test('the migrations make what the schema says: drizzle-kit would generate no other', async () => {
  const last = migrationsIn(ownMigrations).tags.length - 1;
  const file = path.join(ownMigrations, 'meta', `${String(last).padStart(4, '0')}_snapshot.json`);
  const made = JSON.parse(fs.readFileSync(file, 'utf8')) as Awaited<
    ReturnType<typeof generateSQLiteDrizzleJson>
  >;
  const wanted = await generateSQLiteDrizzleJson({ ...schema }, made.id);
  expect(await generateSQLiteMigration(made, wanted)).toEqual([]);
});

test('a mirror has these tables and no others', () => {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  const own = names.filter((name) => !name.startsWith('sqlite_'));
  expect(own.sort()).toEqual([...editableTables, ...readOnlyTables, guardTable].sort());
});

describe.each(entityNames)('%s', (resource) => {
  test('has a column for each field, of the type that holds it', () => {
    expect(columnsOf(resource)).toEqual(described(resource));
  });

  test('has beside it what the API last said, whole', () => {
    expect(columnsOf(`remote_${resource}`)).toEqual({
      id: 'INTEGER',
      parent_id: 'INTEGER',
      body: 'TEXT',
      extra: 'TEXT',
    });
  });
});

test.each(observationNames)(
  '%s has a column for each field, and a history of the same with run and time',
  (resource) => {
    const rows = { ...described(resource), extra: 'TEXT' };
    expect(columnsOf(resource)).toEqual(rows);
    expect(columnsOf(`${resource}_history`)).toEqual({
      id: 'INTEGER',
      run_id: 'INTEGER',
      observed_at: 'TEXT',
      ...rows,
    });
    const key = db
      .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
      .pluck()
      .all(resource);
    expect(key).toEqual(['experiment_id', 'variation_id', 'goal_id']);
  },
);

/** The tables that people and scripts build on. Source: CONTRACT.md, The mirror as a database. */
test.each([
  [
    'sync_runs',
    ['run_id', 'kind', 'mode', 'status', 'started_at', 'finished_at', 'requests', 'retries', 'error'],
  ],
  [
    'outbox',
    ['id', 'resource', 'entity_id', 'op', 'status', 'attempts', 'error', 'created_at', 'updated_at'],
  ],
  ['outbox_changes', ['outbox_id', 'field', 'base_value', 'local_value', 'remote_value']],
  [
    'push_log',
    [
      'id',
      'run_id',
      'outbox_id',
      'resource',
      'entity_id',
      'op',
      'outcome',
      'changes',
      'method',
      'path',
      'request',
      'status',
      'finished_at',
    ],
  ],
  ['changes', ['run_id', 'observed_at', 'resource', 'entity_id', 'field', 'old_value', 'new_value']],
  ['experiment_goals', ['experiment_id', 'goal_id']],
  ['experiment_audiences', ['experiment_id', 'audience_id']],
  ['results_history', ['run_id', 'observed_at']],
])('%s has the columns that the contract names', (table, names) => {
  expect(Object.keys(columnsOf(table))).toEqual(expect.arrayContaining(names));
});
