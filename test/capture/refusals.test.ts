/** What the API would refuse is refused by the mirror itself, whoever writes, and leaves nothing behind. */
import { describe, expect, test } from 'vitest';
import { refusedLists } from './refused-lists.ts';
import { refusedRows } from './refused-rows.ts';
import { refusedValues } from './refused-values.ts';
import { clients, contents, ids, makeMirror } from './support.ts';

const { project, experiment, variation, event, frozen, audience } = ids;

const refused = { ...refusedRows, ...refusedValues, ...refusedLists };

describe.each(clients)('through %s', (_, connect) => {
  const mirror = makeMirror();
  const client = connect(mirror.file);
  const before = contents(mirror.db);

  test.each(Object.entries(refused))('%s', (_name, cases) => {
    const words = client.attempt(cases.map(([sql]) => sql));
    for (const [index, [sql, expected]] of cases.entries()) expect(words[index], sql).toContain(expected);
    expect(contents(mirror.db)).toEqual(before);
  });

  test('one refused row refuses its statement, and with it what the statement did before', () => {
    const sql = `UPDATE variations SET weight = CASE id WHEN ${ids.section} THEN 10001 ELSE 1 END`;
    expect(() => client.run(sql)).toThrow('weight is from 0 to 10000');
    expect(() => client.run(sql.replace('UPDATE', 'UPDATE OR IGNORE'))).toThrow('weight is from 0 to 10000');
    expect(() => client.run(sql.replace('UPDATE', 'UPDATE OR REPLACE'))).toThrow('weight is from 0 to 10000');
    expect(contents(mirror.db)).toEqual(before);
  });
});

describe.each(clients)('an id made offline that exists, through %s', (_, connect) => {
  const insert = `INTO audiences (id, project_id, name) VALUES (-1, ${project}, 'B')`;
  const mirror = makeMirror();
  const client = connect(mirror.file);
  client.run(`INSERT INTO audiences (project_id, name) VALUES (${project}, 'A'), (${project}, 'A2')`);
  const before = contents(mirror.db);

  test.each([
    `INSERT ${insert}`,
    `INSERT OR REPLACE ${insert}`,
    `INSERT OR IGNORE ${insert}`,
    `INSERT OR FAIL ${insert}`,
    `REPLACE ${insert}`,
    `INSERT ${insert} ON CONFLICT (id) DO UPDATE SET name = 'C'`,
    `INSERT ${insert} ON CONFLICT DO NOTHING`,
    `INSERT ${insert}, (-7, ${project}, 'C')`,
  ])('%s is refused', (sql) => {
    const words = 'new audience: one with this id exists already; change it with UPDATE';
    const refused = [expect.stringContaining(words), expect.stringContaining(words)];
    expect(client.attempt([sql, sql.replaceAll('-1', '-2')])).toEqual(refused);
    expect(contents(mirror.db)).toEqual(before);
  });
});

describe.each(clients)('what an entity that only exists here may be, through %s', (_, connect) => {
  const mirror = makeMirror();
  const client = connect(mirror.file);
  client.run(
    `INSERT INTO goals (id, project_id, title, goal_type, selector, target_to_experiments) VALUES (-9, ${project}, 'G', 0, '.a', 1)`,
  );
  client.run(`INSERT INTO projects (id, project_name) VALUES (-10, 'P')`);
  client.run(`INSERT INTO audiences (id, project_id, name) VALUES (-11, -10, 'A')`);

  test.each([
    ['UPDATE goals SET goal_type = 4 WHERE id = -9', 'goal_type can be created only as: 0, 1, 3'],
    ['UPDATE goals SET goal_type = 1 WHERE id = -9', 'with goal_type 1 needs event'],
    ['UPDATE goals SET selector = NULL WHERE id = -9', 'needs selector and target_to_experiments'],
    ['UPDATE goals SET project_id = -10 WHERE id = -9', "project_id can't be changed"],
    ['UPDATE goals SET id = -12 WHERE id = -9', "id can't be changed"],
    ['UPDATE goals SET is_editable = 0 WHERE id = -9', 'is_editable is set by the server'],
  ])('%s is refused', (sql, words) => {
    expect(() => client.run(sql)).toThrow(words);
  });

  test('what is given when it is created can be changed until then', () => {
    client.run("UPDATE goals SET goal_type = 1, event = 'bought' WHERE id = -9");
    client.run("UPDATE goals SET event = 'sold' WHERE id = -9");
    client.run(
      "UPDATE goals SET goal_type = 3, urls = '[]', url_match_types = '[]', event = NULL WHERE id = -9",
    );
  });

  test('projects and audiences can be deleted while they only exist here', () => {
    client.run('DELETE FROM audiences WHERE id = -11');
    client.run('DELETE FROM projects WHERE id = -10');
  });
});

describe.each(clients)('what is allowed, through %s', (_, connect) => {
  const client = connect(makeMirror().file);

  test.each([
    `UPDATE experiments SET custom_js = NULL, custom_css = NULL WHERE id = ${experiment}`,
    'UPDATE projects SET project_javascript = NULL, ip_filter = NULL, exclude_names = NULL, dcp_service_id = NULL',
    `UPDATE goals SET description = NULL, selector = NULL WHERE id = ${event}`,
    'UPDATE audiences SET description = NULL, conditions = NULL',
    'UPDATE dimensions SET client_api_name = NULL, description = NULL',
    `UPDATE variations SET js_component = NULL, weight = NULL WHERE id = ${variation}`,
    `UPDATE variations SET weight = '5000', is_paused = 1.0 WHERE id = ${variation}`,
    `UPDATE variations SET weight = 0 WHERE id = ${ids.section}`,
    `INSERT INTO variations (experiment_id, description) VALUES (${ids.multivariate}, 'V')`,
    `INSERT INTO variations (experiment_id, project_id, description) VALUES (${experiment}, ${project}, 'V')`,
    `DELETE FROM variations WHERE id = ${ids.section}`,
    `UPDATE schedules SET start_time = NULL, stop_time = '2016-02-29T00:00:00Z'`,
    `UPDATE experiments SET percentage_included = 0, status = 'Running' WHERE id = ${experiment}`,
    `UPDATE goals SET title = title, urls = ' [ ] ' WHERE id = ${frozen}`,
    `UPDATE experiments SET status = status, audience_ids = '[ ${audience} ]' WHERE id = ${ids.multivariate}`,
    `UPDATE experiments SET url_conditions = json_insert(url_conditions, '$[#]', json_object('match_type', 'regex', 'value', '.*')) WHERE id = ${experiment}`,
  ])('%s', (sql) => {
    client.run(sql);
  });
});
