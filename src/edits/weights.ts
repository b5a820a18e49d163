/** Weights that do not add up: nothing refuses them, and a test with them is a wrong test. */
import type { Database } from 'better-sqlite3';
import type { EntityName } from '../api/resources.ts';

/** What the weights of an experiment's variations should add up to. Source: API.md, variations. */
const whole = 10_000;

export interface Imbalance {
  readonly experiment_id: number;
  readonly sum: number;
}

/** The experiments that the members of a resource stand in; empty for one whose edits touch no weights. */
export function weighedBy(db: Database, resource: EntityName, ids: readonly number[]): number[] {
  if (resource !== 'variations') return [];
  const statement = db.prepare('SELECT experiment_id FROM variations WHERE id = ?').pluck();
  return [...new Set(ids.map((id) => statement.get(id) as number))];
}

/**
 * Those of the experiments whose weights don't add up to 10000. Variations without a weight leave it open, and in a
 * multivariate test every section has weights of its own.
 */
export function imbalances(db: Database, experiments: readonly number[]): Imbalance[] {
  const statement = db.prepare(
    'SELECT experiment_id, sum(weight) AS sum FROM variations WHERE experiment_id = ? ' +
      `GROUP BY section_id HAVING count(weight) = count(*) AND sum(weight) <> ${whole} LIMIT 1`,
  );
  return experiments
    .map((id) => statement.get(id) as Imbalance | undefined)
    .filter((imbalance) => imbalance !== undefined);
}
