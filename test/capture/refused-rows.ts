/** Writes that are refused for the row that they concern, whatever the values. */
import { ids } from './account.ts';

const { project, experiment, variation, schedule, click, event, frozen, audience, dimension } = ids;
const big = '9007199254740993';

/** By what they have in common: each with the words that tell what is refused, and why. */
export const refusedRows: Record<string, readonly (readonly [sql: string, words: string])[]> = {
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
      'new goal: project_id names no project that the mirror has',
    ],
    [
      `INSERT INTO variations (experiment_id, description) VALUES ('x', 'V')`,
      'experiment_id names no experiment that the mirror has',
    ],
    [
      `INSERT INTO schedules (experiment_id, start_time) VALUES (${project}, '2015-01-01T08:00:00Z')`,
      'experiment_id names no experiment',
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
      `INSERT INTO goals (project_id, title, goal_type) VALUES (${project}, 'G', 9)`,
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
