/** Weights that do not add up: nothing refuses them, and a test with them is a wrong test. */
import type { Database } from 'better-sqlite3';
import { type EntityName, entityResource } from '../api/resources.ts';

/** What the weights of an experiment's variations should add up to. Source: API.md, variations. */
export const wholeWeight = 10_000;

export interface Imbalance {
  readonly experiment_id: number;
  readonly sum: number;
  /** What of the sum belongs to variations that are not here yet: the API makes them with the experiment. */
  readonly coming: number;
}

/** The experiments in which these operations of the outbox set a weight; none where an edit named only other `fields`. */
export function weighedBy(
  db: Database,
  outboxIds: readonly number[],
  fields?: ReadonlySet<string>,
): number[] {
  if (fields && !fields.has('weight')) return [];
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
    'SELECT sum(weight) AS own, count(*) AS many FROM variations WHERE experiment_id = ? ' +
      'GROUP BY section_id HAVING count(weight) = count(*)',
  );
  return experiments.flatMap((id) => {
    const sections = statement.all(id) as { own: number; many: number }[];
    const sums = sections.map(({ own, many }) => {
      const coming = comingWeight(id, many);
      return { experiment_id: id, sum: own + coming, coming };
    });
    return sums.filter(({ sum }) => sum !== wholeWeight).slice(0, 1);
  });
}

/** Those made offline take the places of the first variations that come with an experiment; the others stay as they come. */
function comingWeight(experimentId: number, many: number): number {
  if (experimentId > 0) return 0;
  const made = entityResource('experiments').comesWith?.find(({ resource }) => resource === 'variations');
  return (made?.each ?? []).slice(many).reduce((sum, { weight }) => sum + Number(weight ?? 0), 0);
}
