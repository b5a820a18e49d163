/** `experiment` as somebody would write it who knows the tables: one plain SELECT for each of its parts. */
import { readableChanges } from './changes.ts';
import type { ByHand } from './index.ts';
import { figures, standing } from './standing.ts';

const observed = ['stats', 'results'];
const ofIt =
  "(c.resource = 'experiments' AND c.entity_id = $id) " +
  "OR (c.resource = 'variations' AND c.entity_id IN (SELECT id FROM variations WHERE experiment_id = $id)) " +
  "OR (c.resource = 'schedules' AND c.entity_id IN (SELECT id FROM schedules WHERE experiment_id = $id))";

const parts: readonly string[] = [
  'SELECT * FROM experiments WHERE id = $id',
  ...observed.map(
    (table) => `SELECT * FROM ${table} WHERE experiment_id = $id ORDER BY goal_id, variation_id`,
  ),
  'SELECT id, description, weight, is_paused FROM variations WHERE experiment_id = $id ORDER BY id',
  'SELECT a.id, a.name FROM experiments AS e, json_each(e.audience_ids) AS item JOIN audiences AS a ON a.id = item.value WHERE e.id = $id',
  'SELECT * FROM schedules WHERE experiment_id = $id ORDER BY id',
  `${readableChanges} AND (${ofIt}) ORDER BY c.id DESC LIMIT 20`,
  `SELECT * FROM outbox AS c LEFT JOIN outbox_changes AS x ON x.outbox_id = c.id WHERE ${ofIt} ORDER BY c.id`,
];

const trend = (table: string) =>
  'SELECT observed_at, end_time, variation_id, variation_name, visitors, conversions, ' +
  `coalesce(conversion_rate, revenue_per_visitor) AS value FROM ${table}_history ` +
  'WHERE experiment_id = $id AND goal_id = $goal ORDER BY observed_at, variation_id';

export const experiment: ByHand = {
  figures,
  ask(db, { experimentId: id }) {
    const stands = db.prepare(standing('WHERE e.id = $id')).all({ id }) as {
      goal_id: number;
      source: string;
    }[];
    for (const sql of parts) db.prepare(sql).all({ id });
    for (const { source, goal_id: goal } of stands) db.prepare(trend(source)).all({ id, goal });
    return stands;
  },
};
