/** What the API would refuse is refused by the mirror itself, whoever writes, and leaves nothing behind. */
import { describe, expect, test } from 'vitest';
import { clients, contents, ids, makeMirror } from './support.ts';

const { project, experiment, variation, schedule, click, event, frozen, audience, dimension } = ids;
const big = '9007199254740993';

/** Each with the words that tell what was refused, and why. */
const refused: Record<string, readonly (readonly [sql: string, words: string])[]> = {
  'what the server sets': [
    [
      `UPDATE projects SET account_id = 1`,
      "edit of project: account_id is set by the server and can't be edited",
    ],
    [`UPDATE projects SET socket_token = NULL`, 'socket_token is set by the server'],
    [
      `UPDATE experiments SET last_modified = 'now' WHERE id = ${experiment}`,
      'last_modified is set by the server',
    ],
    [
      `UPDATE experiments SET variation_ids = '[1]' WHERE id = ${experiment}`,
      'variation_ids is set by the server',
    ],
    [
      `UPDATE experiments SET primary_goal_id = ${click} WHERE id = ${experiment}`,
      'primary_goal_id is set by the',
    ],
    [`UPDATE variations SET project_id = 1 WHERE id = ${variation}`, 'project_id is set by the server'],
    [`UPDATE schedules SET status = 'INACTIVE'`, 'status is set by the server'],
    [`UPDATE goals SET is_editable = 1 WHERE id = ${frozen}`, 'is_editable is set by the server'],
    [`UPDATE audiences SET archived = 1`, 'archived is set by the server'],
    [
      `INSERT INTO projects (project_name, created) VALUES ('P', 'now')`,
      'new project: created is set by the server: leave it out',
    ],
    [
      `INSERT INTO variations (experiment_id, description, project_id) VALUES (${experiment}, 'V', 1)`,
      'project_id is set by the server',
    ],
  ],
  ids: [
    [`UPDATE experiments SET id = 5 WHERE id = ${experiment}`, "edit of experiment: id can't be changed"],
    [`UPDATE goals SET rowid = -5 WHERE id = ${click}`, "id can't be changed"],
    [`UPDATE experiments SET project_id = 5 WHERE id = ${experiment}`, "project_id can't be changed"],
    [
      `UPDATE variations SET experiment_id = ${ids.other} WHERE id = ${variation}`,
      "experiment_id can't be changed",
    ],
    [`UPDATE schedules SET experiment_id = NULL`, "experiment_id can't be changed"],
    [
      `INSERT INTO goals (id, project_id, title, goal_type, event) VALUES (-${big}, ${project}, 'G', 1, 'e')`,
      'new goal: id can be chosen from',
    ],
    [
      `INSERT INTO goals (id, project_id, title, goal_type, event) VALUES (9223372036854775807, ${project}, 'G', 1, 'e')`,
      'new goal: id',
    ],
  ],
  'a parent that is not there': [
    [`INSERT INTO goals (title, goal_type, event) VALUES ('G', 1, 'e')`, 'new goal: needs project_id'],
    [
      `INSERT INTO goals (project_id, title, goal_type, event) VALUES (5, 'G', 1, 'e')`,
      'new goal: names a project_id that the mirror does not have',
    ],
    [
      `INSERT INTO variations (experiment_id, description) VALUES ('x', 'V')`,
      'names a experiment_id that the mirror does not have',
    ],
    [
      `INSERT INTO schedules (experiment_id, start_time) VALUES (${project}, '2015-01-01T08:00:00Z')`,
      'names a experiment_id',
    ],
  ],
  'what a create needs': [
    [`INSERT INTO projects (include_jquery) VALUES (1)`, 'new project: needs project_name'],
    [`INSERT INTO projects DEFAULT VALUES`, 'new project: needs project_name'],
    [
      `INSERT INTO experiments (project_id, description) VALUES (${project}, 'E')`,
      'new experiment: needs edit_url',
    ],
    [
      `INSERT INTO experiments (project_id, edit_url) VALUES (${project}, 'u')`,
      'new experiment: needs description',
    ],
    [`INSERT INTO variations (experiment_id) VALUES (${experiment})`, 'new variation: needs description'],
    [
      `INSERT INTO schedules (experiment_id) VALUES (${experiment})`,
      'new schedule: needs start_time or stop_time',
    ],
    [`INSERT INTO goals (project_id, title) VALUES (${project}, 'G')`, 'new goal: needs goal_type'],
    [
      `INSERT INTO goals (project_id, title, goal_type) VALUES (${project}, 'G', 0)`,
      'new goal: with goal_type 0 needs selector and target_to_experiments',
    ],
    [
      `INSERT INTO goals (project_id, title, goal_type, selector, target_to_experiments) VALUES (${project}, 'G', 0, '.b', 0)`,
      'needs target_urls and target_url_match_types',
    ],
    [
      `INSERT INTO goals (project_id, title, goal_type) VALUES (${project}, 'G', 1)`,
      'new goal: with goal_type 1 needs event',
    ],
    [
      `INSERT INTO goals (project_id, title, goal_type, urls) VALUES (${project}, 'G', 3, '["u"]')`,
      'new goal: with goal_type 3 needs urls and url_match_types',
    ],
    [
      `INSERT INTO goals (project_id, title, goal_type) VALUES (${project}, 'G', 2)`,
      'goal_type can be created only as: 0, 1, 3',
    ],
    [
      `INSERT INTO experiments (project_id, description, edit_url, experiment_type) VALUES (${project}, 'E', 'u', 'multivariate')`,
      'experiment_type is one of: ab',
    ],
    [`INSERT INTO audiences (project_id) VALUES (${project})`, 'new audience: needs name'],
    [
      `INSERT INTO dimensions (project_id, client_api_name) VALUES (${project}, 'n')`,
      'new dimension: needs name',
    ],
  ],
  'nulls where none is allowed': [
    [`UPDATE projects SET project_name = NULL`, "edit of project: project_name can't be null"],
    [`UPDATE projects SET project_status = NULL`, "project_status can't be null"],
    [`UPDATE projects SET include_jquery = NULL`, "include_jquery can't be null"],
    [`UPDATE experiments SET status = NULL WHERE id = ${experiment}`, "status can't be null"],
    [
      `UPDATE experiments SET activation_mode = NULL WHERE id = ${experiment}`,
      "activation_mode can't be null",
    ],
    [`UPDATE experiments SET audience_ids = NULL WHERE id = ${experiment}`, "audience_ids can't be null"],
    [
      `UPDATE experiments SET percentage_included = NULL WHERE id = ${experiment}`,
      "percentage_included can't be null",
    ],
    [`UPDATE variations SET is_paused = NULL WHERE id = ${variation}`, "is_paused can't be null"],
    [`UPDATE goals SET goal_type = NULL WHERE id = ${click}`, "goal_type can't be null"],
    [`UPDATE goals SET urls = NULL WHERE id = ${click}`, "urls can't be null"],
    [`UPDATE schedules SET start_time = NULL`, 'edit of schedule: needs start_time or stop_time'],
  ],
  'values of another kind': [
    [`UPDATE variations SET is_paused = 2 WHERE id = ${variation}`, 'is_paused is a boolean: give 0 or 1'],
    [
      `UPDATE variations SET is_paused = 'true' WHERE id = ${variation}`,
      'is_paused is a boolean: give 0 or 1',
    ],
    [`UPDATE variations SET is_paused = 0.5 WHERE id = ${variation}`, 'is_paused is a boolean'],
    [`UPDATE variations SET is_paused = x'01' WHERE id = ${variation}`, 'is_paused is a boolean'],
    [`UPDATE variations SET weight = 'half' WHERE id = ${variation}`, 'weight is a whole number'],
    [`UPDATE variations SET weight = '' WHERE id = ${variation}`, 'weight is a whole number'],
    [`UPDATE variations SET weight = 0.5 WHERE id = ${variation}`, 'weight is a whole number'],
    [`UPDATE projects SET dcp_service_id = 9e999`, 'dcp_service_id is a whole number'],
    [
      `UPDATE projects SET dcp_service_id = ${big}`,
      'dcp_service_id is from -9007199254740991 to 9007199254740991',
    ],
    [`UPDATE variations SET description = x'00ff' WHERE id = ${variation}`, 'description is a text'],
    [
      `UPDATE schedules SET start_time = '2015-01-01 08:00'`,
      'start_time is a UTC time of the form 2015-01-01T08:00:00Z',
    ],
    [`UPDATE schedules SET start_time = '2015-02-30T08:00:00Z'`, 'start_time is a UTC time'],
    [`UPDATE schedules SET start_time = '2015-01-01T08:00:00Z' || char(0)`, 'start_time is a UTC time'],
    [`UPDATE schedules SET start_time = '2015-01-01T24:00:00Z'`, 'start_time is a UTC time'],
    [`UPDATE schedules SET start_time = 2457023`, 'start_time is a UTC time'],
    [`UPDATE schedules SET stop_time = ''`, 'stop_time is a UTC time'],
    [`UPDATE audiences SET conditions = 'mobile'`, 'conditions is a text that holds JSON, and this is none'],
    [`UPDATE audiences SET conditions = '[1]' || char(0) || ']'`, 'conditions is a text that holds JSON'],
    [`UPDATE audiences SET conditions = CAST('[1]' AS BLOB)`, 'conditions is a text that holds JSON'],
  ],
  'values outside a range or an enumeration': [
    [
      `UPDATE experiments SET status = 'running' WHERE id = ${experiment}`,
      'status is one of: Not started, Running, Paused, Archived',
    ],
    [`UPDATE experiments SET status = 'Draft' WHERE id = ${experiment}`, 'status is one of'],
    [`UPDATE experiments SET status = '' WHERE id = ${experiment}`, 'status is one of'],
    [
      `UPDATE experiments SET activation_mode = 'never' WHERE id = ${experiment}`,
      'activation_mode is one of: immediate, manual, conditional',
    ],
    [
      `UPDATE experiments SET experiment_type = 'multipage' WHERE id = ${experiment}`,
      'experiment_type is one of: ab',
    ],
    [
      `UPDATE experiments SET percentage_included = 10001 WHERE id = ${experiment}`,
      'percentage_included is from 0 to 10000',
    ],
    [
      `UPDATE experiments SET percentage_included = -1 WHERE id = ${experiment}`,
      'percentage_included is from 0 to 10000',
    ],
    [`UPDATE variations SET weight = 10001 WHERE id = ${variation}`, 'weight is from 0 to 10000'],
    [`UPDATE projects SET project_status = 'Deleted'`, 'project_status is one of: Active, Archived'],
    [`UPDATE goals SET goal_type = 5 WHERE id = ${click}`, 'goal_type is one of: 0, 1, 2, 3, 4'],
  ],
  'lists that are none, or hold what they may not': [
    [
      `UPDATE goals SET urls = 'https://example.com' WHERE id = ${click}`,
      'urls is a JSON list, and this is no JSON',
    ],
    [`UPDATE goals SET urls = '' WHERE id = ${click}`, 'urls is a JSON list, and this is no JSON'],
    [`UPDATE goals SET urls = '["a",]' WHERE id = ${click}`, 'urls is a JSON list, and this is no JSON'],
    [`UPDATE goals SET urls = '[''a'']' WHERE id = ${click}`, 'urls is a JSON list, and this is no JSON'],
    [
      `UPDATE goals SET urls = '["a"]' || char(0) || 'b' WHERE id = ${click}`,
      'urls is a JSON list, and this is no JSON',
    ],
    [
      `UPDATE goals SET urls = CAST('["a"]' AS BLOB) WHERE id = ${click}`,
      'urls is a JSON list, and this is no JSON',
    ],
    [`UPDATE goals SET urls = '{}' WHERE id = ${click}`, 'urls is a JSON list'],
    [`UPDATE goals SET urls = 'null' WHERE id = ${click}`, 'urls is a JSON list'],
    [`UPDATE goals SET urls = '[1]' WHERE id = ${click}`, 'urls is a JSON list of texts'],
    [`UPDATE goals SET urls = '["a\\u0000b"]' WHERE id = ${click}`, 'urls holds a NUL'],
    [
      `UPDATE goals SET url_match_types = '[5]' WHERE id = ${click}`,
      'url_match_types holds only: 1, 2, 3, 4',
    ],
    [
      `UPDATE goals SET url_match_types = '["1"]' WHERE id = ${click}`,
      'url_match_types is a JSON list of whole numbers',
    ],
    [`UPDATE goals SET experiment_ids = '["7"]' WHERE id = ${click}`, 'experiment_ids is a JSON list of ids'],
    [`UPDATE goals SET experiment_ids = '[1.5]' WHERE id = ${click}`, 'experiment_ids is a JSON list of ids'],
    [`UPDATE goals SET experiment_ids = '[0]' WHERE id = ${click}`, 'experiment_ids is a JSON list of ids'],
    [
      `UPDATE goals SET experiment_ids = '[null]' WHERE id = ${click}`,
      'experiment_ids is a JSON list of ids',
    ],
    [
      `UPDATE goals SET experiment_ids = '[${big}]' WHERE id = ${click}`,
      'experiment_ids is a JSON list of ids',
    ],
    [
      `UPDATE goals SET experiment_ids = '[99999999999999999999]' WHERE id = ${click}`,
      'experiment_ids is a JSON list of ids',
    ],
    [
      `INSERT INTO goals (project_id, title, goal_type, urls, url_match_types) VALUES (${project}, 'G', 3, 'u', '[1]')`,
      'new goal: urls is a JSON list',
    ],
  ],
  'url_conditions with keys that are missing or wrong': [
    [
      `UPDATE experiments SET url_conditions = '["u"]' WHERE id = ${experiment}`,
      'url_conditions is a JSON list of objects',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"value": "u"}]' WHERE id = ${experiment}`,
      'url_conditions needs match_type in each element',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"match_type": "simple"}]' WHERE id = ${experiment}`,
      'url_conditions needs value in each element',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"match_type": "simple", "value": null}]' WHERE id = ${experiment}`,
      'needs value',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"match_type": "glob", "value": "u"}]' WHERE id = ${experiment}`,
      'has a match_type that is none of: simple, regex, exact, substring',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"match_type": "simple", "value": 1}]' WHERE id = ${experiment}`,
      'has a value that is no text',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"match_type": "simple", "value": "u", "negate": 1}]' WHERE id = ${experiment}`,
      'has a negate that is not true or false',
    ],
    [
      `UPDATE experiments SET url_conditions = '[{"match_type": "simple", "value": "u"}, {"match_type": "simple", "value": "u", "value": "v"}]' WHERE id = ${experiment}`,
      'has a key twice',
    ],
  ],
  'what can no longer be edited, or was never to be': [
    [
      `UPDATE goals SET title = 'T' WHERE id = ${frozen}`,
      "edit of goal: can't be edited: the API refuses every update of a goal with is_editable false",
    ],
    [`UPDATE goals SET experiment_ids = '[${experiment}]' WHERE id = ${frozen}`, "can't be edited"],
    [`UPDATE goals SET event = 'other' WHERE id = ${event}`, 'event can be given only when it is created'],
    [`UPDATE goals SET event = NULL WHERE id = ${event}`, 'event can be given only when it is created'],
    [
      `UPDATE experiments SET status = 'Archived' WHERE id = ${ids.multivariate}`,
      "can't be edited: the API does not update multivariate",
    ],
    [
      `UPDATE experiments SET status = 'Archived' WHERE id = ${ids.multipage}`,
      "can't be edited: the API does not update multivariate or multipage",
    ],
    [`UPDATE experiments SET experiment_type = 'ab' WHERE id = ${ids.multipage}`, "can't be edited"],
    [`DELETE FROM projects`, "delete of project: can't be deleted: the API does not delete projects"],
    [
      `DELETE FROM audiences WHERE id = ${audience}`,
      "delete of audience: can't be deleted: the API does not delete audiences",
    ],
  ],
  'an INSERT of what exists': [
    [
      `INSERT INTO goals (id, project_id, title, goal_type, event) VALUES (${click}, ${project}, 'G', 1, 'e')`,
      'new goal: one with this id exists already; change it with UPDATE',
    ],
    [
      `REPLACE INTO experiments (id, project_id, description, edit_url) VALUES (${experiment}, ${project}, 'E', 'u')`,
      'one with this id exists already',
    ],
    [
      `INSERT OR REPLACE INTO variations (id, experiment_id, description) VALUES (${variation}, ${experiment}, 'V')`,
      'one with this id exists already',
    ],
    [
      `INSERT OR IGNORE INTO schedules (id, experiment_id, start_time) VALUES (${schedule}, ${experiment}, '2015-01-01T08:00:00Z')`,
      'one with this id exists already',
    ],
    [
      `INSERT INTO dimensions (id, project_id, name) VALUES (${dimension}, ${project}, 'D') ON CONFLICT (id) DO UPDATE SET name = 'D'`,
      'one with this id exists already',
    ],
    [
      `INSERT INTO audiences (id, project_id, name) VALUES (${audience}, ${project}, 'A') ON CONFLICT DO NOTHING`,
      'one with this id exists already',
    ],
    [`INSERT INTO projects SELECT * FROM projects`, 'one with this id exists already'],
  ],
};

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
