/** Whatever is edited, in however many steps, the outbox has one operation an entity, with the net change of each field. */
import { describe, expect, test } from 'vitest';
import { changesThere, clients, contents, ids, makeMirror, outbox, rowOf } from './support.ts';

const { project, experiment, other, variation, second, schedule, click, event, audience } = ids;

/** Statements, each with what the outbox has afterwards. */
const cases: Record<string, readonly (readonly [sql: string, waits: unknown])[]> = {
  'several edits of one field are one change, on the first base': [
    [
      `UPDATE experiments SET status = 'Running' WHERE id = ${experiment}`,
      [update('experiments', experiment, { status: ['Paused', 'Running'] })],
    ],
    [
      `UPDATE experiments SET status = 'Archived' WHERE id = ${experiment}`,
      [update('experiments', experiment, { status: ['Paused', 'Archived'] })],
    ],
  ],
  'several fields are one operation, in the order of their first edit': [
    [
      `UPDATE variations SET weight = 1 WHERE id = ${variation}; UPDATE variations SET is_paused = 1, weight = 2 WHERE id = ${variation}`,
      [update('variations', variation, { weight: [5000, 2], is_paused: [false, true] })],
    ],
  ],
  'an edit that changes nothing records nothing': [
    [`UPDATE experiments SET status = status, custom_js = '' WHERE id = ${experiment}`, []],
    [`UPDATE goals SET experiment_ids = ' [ ${experiment} , ${other} ] ' WHERE id = ${click}`, []],
    [
      `UPDATE experiments SET url_conditions = '[{"negate": false, "value": "https://example.com/", "match_type": "simple", "index": 0.0, "last_modified": "2015-03-01T00:00:00.000001Z", "created": "2015-03-01T00:00:00.000001Z"}]' WHERE id = ${experiment}`,
      [],
    ],
    [`UPDATE variations SET weight = weight + 0, description = description || ''`, []],
    ['UPDATE projects SET id = id, created = created, include_jquery = 1', []],
  ],
  'a field set back to its base leaves, and with the last one the operation': [
    [
      `UPDATE variations SET weight = 1, is_paused = 1 WHERE id = ${variation}`,
      [update('variations', variation, { is_paused: [false, true], weight: [5000, 1] })],
    ],
    [
      `UPDATE variations SET weight = 5000 WHERE id = ${variation}`,
      [update('variations', variation, { is_paused: [false, true] })],
    ],
    [`UPDATE variations SET is_paused = 0 WHERE id = ${variation}`, []],
  ],
  'a list set back to its base as JSON leaves': [
    [
      `UPDATE goals SET experiment_ids = '[]' WHERE id = ${click}`,
      [update('goals', click, { experiment_ids: [[experiment, other], []] })],
    ],
    [`UPDATE goals SET experiment_ids = '[ ${experiment},\t${other} ]' WHERE id = ${click}`, []],
  ],
  'the order of a list counts': [
    [
      `UPDATE goals SET experiment_ids = '[${other},${experiment}]' WHERE id = ${click}`,
      [
        update('goals', click, {
          experiment_ids: [
            [experiment, other],
            [other, experiment],
          ],
        }),
      ],
    ],
  ],
  'an edit of what is created is part of the create': [
    [
      `INSERT INTO variations (experiment_id, description) VALUES (${experiment}, 'V')`,
      [create('variations', -1, { experiment_id: experiment, description: 'V' })],
    ],
    [
      'UPDATE variations SET weight = 1 WHERE id = -1',
      [create('variations', -1, { experiment_id: experiment, description: 'V', weight: 1 })],
    ],
    [
      `UPDATE variations SET description = 'W', weight = NULL WHERE id = -1`,
      [create('variations', -1, { experiment_id: experiment, description: 'W', weight: null })],
    ],
  ],
  'a create deleted before it was pushed leaves nothing': [
    [
      `INSERT INTO variations (id, experiment_id, description) VALUES (-5, ${experiment}, 'V'); UPDATE variations SET weight = 1 WHERE id = -5; DELETE FROM variations WHERE id = -5`,
      [],
    ],
  ],
  'a delete takes the place of the edits before it': [
    [
      `UPDATE variations SET weight = 1 WHERE id = ${variation}; DELETE FROM variations WHERE id = ${variation}`,
      [{ resource: 'variations', entity_id: variation, op: 'delete', status: 'pending', changes: {} }],
    ],
  ],
  'one statement may edit many rows, and more than one field of each': [
    [
      `UPDATE variations SET weight = weight - 1, description = description || '!' WHERE experiment_id = ${experiment}`,
      [
        update('variations', variation, { description: ['Original', 'Original!'], weight: [5000, 4999] }),
        update('variations', second, { description: ['Loud', 'Loud!'], weight: [5000, 4999] }),
      ],
    ],
    [`UPDATE variations SET weight = 5000, description = replace(description, '!', '')`, []],
  ],
  'conflict clauses change nothing': [
    [
      `UPDATE OR IGNORE variations SET weight = 1 WHERE id = ${variation}`,
      [update('variations', variation, { weight: [5000, 1] })],
    ],
    [
      `UPDATE OR REPLACE variations SET weight = 2 WHERE id = ${variation}`,
      [update('variations', variation, { weight: [5000, 2] })],
    ],
    [
      `UPDATE OR FAIL variations SET weight = 3 WHERE id = ${variation}`,
      [update('variations', variation, { weight: [5000, 3] })],
    ],
    [`UPDATE OR ROLLBACK variations SET weight = 5000 WHERE id = ${variation}`, []],
    [
      `INSERT OR REPLACE INTO variations (experiment_id, description) VALUES (${experiment}, 'V')`,
      [create('variations', -1, { experiment_id: experiment, description: 'V' })],
    ],
    [
      `INSERT OR IGNORE INTO audiences (project_id, name) VALUES (${project}, 'A')`,
      [
        create('variations', -1, { experiment_id: experiment, description: 'V' }),
        create('audiences', -2, { project_id: project, name: 'A' }),
      ],
    ],
  ],
  'what is rolled back was never there': [
    [
      `BEGIN; UPDATE variations SET weight = 1; INSERT INTO projects (project_name) VALUES ('P'); DELETE FROM goals; ROLLBACK`,
      [],
    ],
    [
      `BEGIN; UPDATE variations SET weight = 1 WHERE id = ${variation}; SAVEPOINT s; UPDATE variations SET weight = 2; DELETE FROM experiments; ROLLBACK TO s; RELEASE s; COMMIT`,
      [update('variations', variation, { weight: [5000, 1] })],
    ],
  ],
  'INSERT … SELECT creates a row of each': [
    [
      `INSERT INTO variations (experiment_id, description, js_component) SELECT ${other}, description, js_component FROM variations WHERE experiment_id = ${experiment} ORDER BY id`,
      ['Original', 'Loud'].map((description, index) =>
        create('variations', -1 - index, {
          experiment_id: other,
          description,
          js_component: '$("h1").text("Hello");',
        }),
      ),
    ],
  ],
  'UPDATE … FROM, RETURNING and a common table expression are edits like any other': [
    [
      `WITH n(id, weight) AS (VALUES (${variation}, 1), (${second}, 5000)) UPDATE variations SET weight = n.weight FROM n WHERE n.id = variations.id RETURNING id`,
      [update('variations', variation, { weight: [5000, 1] })],
    ],
    [
      `DELETE FROM schedules WHERE id = ${schedule} RETURNING *`,
      [
        update('variations', variation, { weight: [5000, 1] }),
        { resource: 'schedules', entity_id: schedule, op: 'delete', status: 'pending', changes: {} },
      ],
    ],
  ],
  'a text and no text are two values': [
    [
      `UPDATE goals SET description = NULL WHERE id = ${event}`,
      [update('goals', event, { description: ['', null] })],
    ],
    [
      `UPDATE goals SET description = 'null' WHERE id = ${event}`,
      [update('goals', event, { description: ['', 'null'] })],
    ],
    [`UPDATE goals SET description = '' WHERE id = ${event}`, []],
    [
      `UPDATE projects SET ip_filter = NULL, exclude_names = 0`,
      [update('projects', project, { exclude_names: [null, false], ip_filter: ['', null] })],
    ],
  ],
  'a text that holds JSON is compared as the text it is': [
    [
      `UPDATE audiences SET conditions = '["and",{"type":"browser"}]'`,
      [
        update('audiences', audience, {
          conditions: ['["and", {"type": "browser"}]', '["and",{"type":"browser"}]'],
        }),
      ],
    ],
  ],
};

function update(resource: string, entity_id: number, fields: Record<string, [unknown, unknown]>) {
  const changes = Object.entries(fields).map(([name, [base, local]]) => [name, { base, local }]);
  return { resource, entity_id, op: 'update', status: 'pending', changes: Object.fromEntries(changes) };
}

function create(resource: string, entity_id: number, fields: Record<string, unknown>) {
  const changes = Object.entries(fields).map(([name, local]) => [name, { local }]);
  return { resource, entity_id, op: 'create', status: 'pending', changes: Object.fromEntries(changes) };
}

describe.each(clients)('through %s', (_, connect) => {
  test.each(Object.entries(cases))('%s', (_name, steps) => {
    const { file, db } = makeMirror();
    const client = connect(file);
    for (const [sql, waits] of steps) {
      client.run(sql);
      expect(outbox(db), sql).toEqual(waits);
    }
  });

  test('what is set back leaves the mirror as it was, but for the spacing of lists', () => {
    const { file, db } = makeMirror();
    const before = contents(db);
    const client = connect(file);
    client.run(
      `UPDATE experiments SET status = 'Running', custom_js = 'x', percentage_included = 5 WHERE id = ${experiment}`,
    );
    client.run(
      `UPDATE experiments SET status = 'Paused', custom_js = '', percentage_included = 10000 WHERE id = ${experiment}`,
    );
    expect(contents(db)).toEqual(before);
  });

  test.each([
    ['experiments', experiment, 'status', 'Draft', `'Running'`],
    ['variations', variation, 'is_paused', null, '1'],
    ['goals', event, 'experiment_ids', null, `'[7]'`],
    ['goals', event, 'goal_type', null, '0'],
  ] as const)(
    '%s %i: %s can be set back to %s, which no edit could give it',
    (resource, id, field, value, other) => {
      const { file, db } = makeMirror();
      const client = connect(file);
      const back = `UPDATE ${resource} SET ${field} = ${value === null ? 'NULL' : `'${value}'`} WHERE id = ${id}`;
      expect(client.attempt([back])).not.toContain(null);
      changesThere(db, resource, id, { [field]: value });
      client.run(`UPDATE ${resource} SET ${field} = ${other} WHERE id = ${id}`);
      expect(outbox(db)).toHaveLength(1);
      client.run(back);
      expect(outbox(db)).toEqual([]);
    },
  );

  test('an operation notes when it was made, and when it was last edited', () => {
    const { file, db } = makeMirror();
    const client = connect(file);
    const times = () =>
      db.prepare('SELECT created_at, updated_at, attempts, error FROM outbox').get() as Record<
        string,
        string
      >;
    client.run(`UPDATE variations SET weight = 1 WHERE id = ${variation}`);
    const first = times();
    expect(first).toEqual({
      created_at: first.created_at,
      updated_at: first.created_at,
      attempts: 0,
      error: null,
    });
    expect(first.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    client.run(`UPDATE variations SET weight = 2 WHERE id = ${variation}`);
    expect(times().created_at).toBe(first.created_at);
    expect(rowOf(db, 'variations', variation)).toMatchObject({ weight: 2 });
  });
});
