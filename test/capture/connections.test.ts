/** However a client has set up its connection, it is captured all the same. */
import { describe, expect, test } from 'vitest';
import { clients, ids, makeMirror, outbox, rowOf, temporaryFolder } from './support.ts';

const { project, experiment, variation, second, click } = ids;

const everything = `
  UPDATE variations SET weight = 1, is_paused = 1 WHERE id = ${variation};
  UPDATE variations SET weight = 5000 WHERE id = ${variation};
  INSERT INTO experiments (project_id, description, edit_url) VALUES (${project}, 'E', 'u');
  INSERT INTO variations (experiment_id, description) VALUES (-1, 'V');
  UPDATE goals SET experiment_ids = json_insert(experiment_ids, '$[#]', -1) WHERE id = ${click};
  INSERT INTO audiences (id, project_id, name) VALUES (-8, ${project}, 'A');
  INSERT INTO audiences (project_id, name) VALUES (${project}, 'B');
  DELETE FROM audiences WHERE id = -8;
  DELETE FROM variations WHERE id = ${second};
  DELETE FROM experiments WHERE id = ${ids.other};`;

const waits = [
  ['variations', variation, 'update', ['is_paused']],
  ['experiments', -1, 'create', ['project_id', 'description', 'edit_url']],
  ['variations', -2, 'create', ['experiment_id', 'description']],
  ['goals', click, 'update', ['experiment_ids']],
  ['audiences', -9, 'create', ['project_id', 'name']],
  ['variations', second, 'delete', []],
  ['experiments', ids.other, 'delete', []],
];

describe.each(clients)('through %s', (_, connect) => {
  test.each([
    ['nothing', ''],
    ['recursive triggers', 'PRAGMA recursive_triggers = ON'],
    ['foreign keys, deferred', 'PRAGMA foreign_keys = ON; PRAGMA defer_foreign_keys = ON'],
    ['reversed order', 'PRAGMA reverse_unordered_selects = ON'],
    [
      'a case sensitive LIKE, full column names',
      'PRAGMA case_sensitive_like = ON; PRAGMA full_column_names = ON',
    ],
    ['uncommitted reads and secure deletes', 'PRAGMA read_uncommitted = ON; PRAGMA secure_delete = ON'],
    ['counted changes and no automatic index', 'PRAGMA automatic_index = OFF'],
    ['an old way of altering tables', 'PRAGMA legacy_alter_table = ON'],
    ['UTF-16 asked for', "PRAGMA encoding = 'UTF-16'"],
    ['one transaction', 'BEGIN EXCLUSIVE'],
  ])('with %s', (_name, pragma) => {
    const { file, db } = makeMirror();
    connect(file).run(`${pragma};\n${everything}\n${pragma.startsWith('BEGIN') ? 'COMMIT' : 'SELECT 1'}`);
    const summary = outbox(db).map(({ resource, entity_id, op, changes }) => [
      resource,
      entity_id,
      op,
      Object.keys(changes),
    ]);
    expect(summary).toEqual(waits);
    expect(rowOf(db, 'variations', -2)).toMatchObject({ experiment_id: -1, project_id: project });
  });

  test('with a schema that is not trusted every edit is captured, or refused where SQLite takes JSON for unsafe there', () => {
    const { file, db } = makeMirror();
    const client = connect(file);
    // Up to 3.40 and beyond, SQLite's own JSON functions are marked unsafe by mistake.
    const edits = [
      'UPDATE variations SET weight = 1',
      'DELETE FROM experiments',
      `INSERT INTO projects (project_name) VALUES ('P')`,
    ];
    const refusals = client.attempt(['PRAGMA trusted_schema = OFF', ...edits]).slice(1);
    const refused = refusals.filter((words) => words?.includes('unsafe use of'));
    expect([0, 3]).toContain(refused.length);
    expect(outbox(db).length > 0).toBe(refused.length === 0);
    expect(db.prepare('SELECT count(*) FROM variations WHERE weight = 1').pluck().get()).toBe(0);
  });

  test('attached to another database, under another name', () => {
    const { file, db } = makeMirror();
    const statements = everything.replace(/(UPDATE|INSERT INTO|DELETE FROM) /g, '$1 mirror.');
    // Tables of the same names in the main database must not be mistaken for the mirror's.
    connect(`${temporaryFolder()}/other.db`).run(
      `CREATE TABLE outbox (id); CREATE TABLE sync_guard (holder); INSERT INTO sync_guard VALUES (1);
      CREATE TABLE mirror_meta (key, value); CREATE TEMP TABLE outbox_changes (x); CREATE TABLE goals (id, experiment_ids);
      ATTACH '${file}' AS mirror; ${statements}`,
    );
    const summary = outbox(db).map(({ resource, entity_id, op, changes }) => [
      resource,
      entity_id,
      op,
      Object.keys(changes),
    ]);
    expect(summary).toEqual(waits);
  });

  test('rows copied from an attached database are created like any others', () => {
    const { file, db } = makeMirror();
    connect(file).run(
      `ATTACH ':memory:' AS there; CREATE TABLE there.texts (name, weight);
      INSERT INTO there.texts VALUES ('A', '1'), ('B', 2.0), ('C', NULL);
      INSERT INTO variations (experiment_id, description, weight) SELECT ${experiment}, name, weight FROM there.texts`,
    );
    expect(outbox(db).map(({ changes }) => [changes.description?.local, changes.weight?.local])).toEqual([
      ['A', 1],
      ['B', 2],
      ['C', undefined],
    ]);
  });

  test('what SQLite counts is what the statement itself did', () => {
    const { file } = makeMirror();
    const client = connect(file);
    expect(
      client.rows(`UPDATE variations SET weight = 1 WHERE experiment_id = ${experiment} RETURNING id`),
    ).toHaveLength(2);
    expect(client.rows(`DELETE FROM experiments WHERE id = ${experiment} RETURNING id`)).toEqual([
      { id: experiment },
    ]);
  });
});
