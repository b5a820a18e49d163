/** The newest results as they were at a moment, from their history. */
import type { Database } from 'better-sqlite3';
import type { ObservationName } from '../api/resources.ts';
import { observationResource, parentField } from '../api/resources.ts';
import { columnsOf, quoted } from '../db/columns.ts';

/**
 * Fills the temporary table with the last observation of every key. That a row was no longer listed leaves no trace of
 * its own, so where it is missing today it counts as listed for as long as its variation and its goal belonged to the
 * experiment.
 */
export function rebuildObservations(db: Database, resource: ObservationName, until: string): void {
  const key = [parentField(resource) ?? '', ...observationResource(resource).key].map(quoted);
  const history = `main.${quoted(`${resource}_history`)}`;
  const columns = [...columnsOf(resource), 'extra'].map(quoted).join(', ');
  const same = (a: string, b: string) => key.map((name) => `${a}.${name} IS ${b}.${name}`).join(' AND ');
  const last = `SELECT h.id FROM ${history} AS h WHERE ${same('h', 'k')} AND h.observed_at <= ? ORDER BY h.observed_at DESC, h.id DESC LIMIT 1`;
  db.prepare(
    `INSERT INTO temp.${quoted(resource)} SELECT ${columns} FROM ${history} AS r WHERE r.id IN ` +
      `(SELECT (${last}) FROM (SELECT DISTINCT ${key.join(', ')} FROM ${history}) AS k) ` +
      'AND r.experiment_id IN (SELECT id FROM temp.experiments) ' +
      `AND (EXISTS (SELECT 1 FROM main.${quoted(resource)} AS p WHERE ${same('p', 'r')}) OR ${belonged})`,
  ).run(until);
}

/** The ids that a row's variation joins, as JSON; what is no number is taken for no id. */
const joined = "'[' || replace(r.variation_id, '_', ',') || ']'";
/** Whether the variation, or each of several joined by `_`, and the goal belonged to the experiment. */
const belonged =
  `NOT EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(${joined}) THEN ${joined} ELSE '[]' END) AS v ` +
  'WHERE v.value NOT IN (SELECT id FROM temp.variations WHERE experiment_id = r.experiment_id)) ' +
  'AND EXISTS (SELECT 1 FROM temp.experiments AS e, json_each(e.display_goal_order_lst) AS g ' +
  'WHERE e.id = r.experiment_id AND g.value = r.goal_id)';
