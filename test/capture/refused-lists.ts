/** Writes that are refused for what a list holds. */
import { ids } from './account.ts';

const { project, experiment, click } = ids;
const big = '9007199254740993';

/** By what they have in common: each with the words that tell what is refused, and why. */
export const refusedLists: Record<string, readonly (readonly [sql: string, words: string])[]> = {
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
};
