/** `changes` as somebody would write it who knows the tables. */
import type { ByHand } from './index.ts';

/** Each kind of entity, with the field that names it; a change of what is gone has its name no more. */
const named = [
  ['experiments', 'description'],
  ['variations', 'description'],
  ['goals', 'title'],
  ['audiences', 'name'],
  ['dimensions', 'name'],
];
const joins = named.map(
  ([table]) => `LEFT JOIN ${table} ON c.resource = '${table}' AND ${table}.id = c.entity_id`,
);
const project = `coalesce(${named.map(([table]) => `${table}.project_id`).join(', ')})`;

/** What a pull saw change, readable; `c` is the change. */
export const readableChanges =
  'SELECT c.id AS change_id, c.observed_at, c.run_id, p.id AS project_id, p.project_name AS project, c.resource, c.entity_id, ' +
  `coalesce(${named.map(([table, label]) => `${table}.${label}`).join(', ')}) AS name, ` +
  "CASE WHEN c.field IS NOT NULL THEN 'changed' WHEN c.old_value IS NULL THEN 'added' ELSE 'removed' END AS what, " +
  `c.field, c.old_value, c.new_value FROM changes AS c ${joins.join(' ')} LEFT JOIN projects AS p ON p.id = ${project} ` +
  "WHERE coalesce(c.field, '') NOT IN ('last_modified', 'variation_ids')";

export const changes: ByHand = {
  figures: ['change_id', 'name', 'field', 'new_value'],
  ask: (db, { now }) =>
    db
      .prepare(`${readableChanges} AND c.observed_at >= $since ORDER BY c.observed_at DESC, c.id DESC`)
      .all({ since: new Date(now - 7 * 86_400_000).toISOString() }),
};
