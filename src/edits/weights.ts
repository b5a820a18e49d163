/** Weights that do not add up: nothing refuses them, and a test with them is a wrong test. */
import type { Database } from 'better-sqlite3';
import type { EntityName } from '../api/resources.ts';

/** What the weights of an experiment's variations should add up to. Source: API.md, variations. */
export const wholeWeight = 10_000;

export interface Imbalance {
  readonly experiment_id: number;
  readonly sum: number;
}

/** The experiments in which these operations of the outbox set a weight. */
export function weighedBy(db: Database, outboxIds: readonly number[]): number[] {
  const sql =
    'SELECT DISTINCT variations.experiment_id FROM outbox JOIN variations ON variations.id = outbox.entity_id ' +
    "WHERE outbox.resource = 'variations' AND outbox.id IN (SELECT value FROM json_each(?)) " +
    "AND EXISTS (SELECT 1 FROM outbox_changes WHERE outbox_id = outbox.id AND field = 'weight')";
  return db.prepare(sql).pluck().all(JSON.stringify(outboxIds)) as number[];
}

/** The experiment whose weights an entity is part of; none for what has no weight. */
export function weighedWith(db: Database, resource: EntityName, id: number): number[] {
  if (resource !== 'variations') return [];
  return db.prepare('SELECT experiment_id FROM variations WHERE id = ?').pluck().all(id) as number[];
}

/**
 * Those of the experiments whose weights don't add up to 10000. Variations without a weight leave it open, and in a
 * multivariate test every section has weights of its own.
 */
export function imbalances(db: Database, experiments: readonly number[]): Imbalance[] {
  const statement = db.prepare(
    'SELECT experiment_id, sum(weight) AS sum FROM variations WHERE experiment_id = ? ' +
      `GROUP BY section_id HAVING count(weight) = count(*) AND sum(weight) <> ${wholeWeight} LIMIT 1`,
  );
  return experiments
    .map((id) => statement.get(id) as Imbalance | undefined)
    .filter((imbalance) => imbalance !== undefined);
}
