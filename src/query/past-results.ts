/** The newest results as they were at a moment, from their history. */
import type { Database } from 'better-sqlite3';
import { type ObservationName, observationResource, parentField } from '../api/resources.ts';
import { columnsOf, literal, quoted } from '../db/columns.ts';

/** Fills the temporary table with the last observation of every key that was still listed then. */
export function rebuildObservations(db: Database, resource: ObservationName, until: string): void {
  const { key: own } = observationResource(resource);
  const key = [parentField(resource) ?? '', ...own].map(quoted);
  const history = `main.${quoted(`${resource}_history`)}`;
  const columns = [...columnsOf(resource), 'extra'].map(quoted).join(', ');
  const same = key.map((name) => `h.${name} IS k.${name}`).join(' AND ');
  const last = `SELECT h.id FROM ${history} AS h WHERE ${same} AND h.observed_at <= :until ORDER BY h.observed_at DESC, h.id DESC LIMIT 1`;
  const rowKey = `json_array(${own.map((name) => `r.${quoted(name)}`).join(', ')})`;
  // The last note since the observation, if there is any: that the row was gone, or that it was there again.
  const gone =
    `SELECT n.new_value IS NULL FROM main.own_changes AS n WHERE n.resource = ${literal(resource)} ` +
    `AND n.entity_id = r.experiment_id AND n.field IS NULL AND coalesce(n.old_value, n.new_value) = ${rowKey} ` +
    'AND n.run_id >= r.run_id AND n.observed_at <= :until ORDER BY n.id DESC LIMIT 1';
  db.prepare<{ until: string }>(
    `INSERT INTO temp.${quoted(resource)} SELECT ${columns} FROM ${history} AS r WHERE r.id IN ` +
      `(SELECT (${last}) FROM (SELECT DISTINCT ${key.join(', ')} FROM ${history}) AS k) ` +
      `AND r.experiment_id IN (SELECT id FROM temp.experiments) AND coalesce((${gone}), 0) = 0`,
  ).run({ until });
}
