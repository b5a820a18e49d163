/** `overview`, `winners` and `power` as somebody would write them who knows the tables: one pass over the results. */
import type { ByHand } from './index.ts';

const measured = (table: string) => `(SELECT min(goal_id) FROM ${table} WHERE experiment_id = e.id)`;
/** The goal that decides. */
const goal = `coalesce(e.primary_goal_id, json_extract(e.display_goal_order_lst, '$[0]'), ${measured('stats')}, ${measured('results')})`;

const either = (column: string) => `coalesce(s.${column}, r.${column})`;
const isBaseline = `${either('variation_id')} = ${either('baseline_id')}`;
const ofBaseline = (value: string) => `sum(CASE WHEN ${isBaseline} THEN ${value} END)`;
const ofBest = (value: string) => `CASE WHEN NOT ${isBaseline} THEN ${value} END`;
const worth = `coalesce(s.conversion_rate, s.revenue_per_visitor, r.conversion_rate, r.revenue_per_visitor)`;
const interval = (end: string) =>
  `s.difference_confidence_interval_${end} / nullif(${ofBaseline('coalesce(s.conversion_rate, s.revenue_per_visitor)')}, 0)`;
const day = (time: string) => `julianday(substr(${time}, 1, 19))`;

const cells: Readonly<Record<string, string>> = {
  experiment_id: 'e.id',
  experiment: 'e.description',
  project_id: 'e.project_id',
  project: 'p.project_name',
  status: 'e.status',
  goal_id: goal,
  goal: `coalesce(g.title, ${either('goal_name')})`,
  source:
    "CASE WHEN s.experiment_id IS NOT NULL THEN 'stats' WHEN r.experiment_id IS NOT NULL THEN 'results' END",
  begin_time: either('begin_time'),
  end_time: either('end_time'),
  days: `round(${day(either('end_time'))} - ${day(either('begin_time'))}, 1)`,
  visitors: `sum(${either('visitors')})`,
  baseline_id: either('baseline_id'),
  baseline_visitors: ofBaseline(either('visitors')),
  baseline_conversions: ofBaseline(either('conversions')),
  baseline_rate: ofBaseline(worth),
  best_variation_id: ofBest(either('variation_id')),
  best_variation: ofBest(either('variation_name')),
  best_visitors: ofBest(either('visitors')),
  best_conversions: ofBest(either('conversions')),
  best_rate: ofBest(worth),
  is_revenue: either('is_revenue'),
  improvement: ofBest(either('improvement')),
  improvement_min: interval('min'),
  improvement_max: interval('max'),
  statistical_significance: 's.statistical_significance',
  confidence: 'r.confidence',
  verdict: ofBest(either('status')),
  visitors_needed: 's.visitors_until_statistically_significant',
};

/** Beside a lone max() SQLite gives the other columns of the same row: here that of the best variation. */
const best =
  `max(CASE WHEN ${isBaseline} THEN -1e9 ELSE coalesce(${either('improvement')}, -1e6) ` +
  `+ 1e6 * (${either('status')} IS 'winner') END) AS best`;

/** How each experiment stands on the goal that decides, the newest first. */
export const standing = (where = '') =>
  `SELECT ${Object.entries(cells)
    .map(([name, sql]) => `${sql} AS ${name}`)
    .join(', ')}, ${best} FROM experiments AS e ` +
  `LEFT JOIN projects AS p ON p.id = e.project_id LEFT JOIN goals AS g ON g.id = ${goal} ` +
  `LEFT JOIN stats AS s ON s.experiment_id = e.id AND +s.goal_id = ${goal} ` +
  `LEFT JOIN results AS r ON s.experiment_id IS NULL AND r.experiment_id = e.id AND +r.goal_id = ${goal} ` +
  `${where} GROUP BY e.id ORDER BY e.id DESC`;

export const figures = [
  'experiment_id',
  'goal_id',
  'visitors',
  'baseline_visitors',
  'best_variation_id',
  'improvement',
  'verdict',
];

const order = ['Running', 'Paused', 'Not started', 'Draft', 'Archived'];

export const overview: ByHand = {
  figures,
  ask(db) {
    const rows = db.prepare(standing()).all() as { status: string }[];
    return rows.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  },
};

const others = (verdict: string) =>
  ['stats', 'results']
    .map(
      (table) =>
        `(SELECT count(*) FROM ${table} AS x WHERE w.source = '${table}' AND x.experiment_id = w.experiment_id ` +
        `AND x.variation_id = w.best_variation_id AND x.goal_id <> w.goal_id AND x.status = '${verdict}')`,
    )
    .join(' + ');

export const winners: ByHand = {
  figures: [...figures, 'also_wins', 'but_loses'],
  ask: (db) =>
    db
      .prepare(
        `SELECT *, ${others('winner')} AS also_wins, ${others('loser')} AS but_loses FROM (${standing()}) AS w ` +
          "WHERE verdict = 'winner' ORDER BY end_time DESC",
      )
      .all(),
};

const recent = (column: string) =>
  `CASE w.source ${['stats', 'results']
    .map(
      (table) =>
        `WHEN '${table}' THEN (SELECT h.${column} FROM ${table}_history AS h WHERE h.experiment_id = w.experiment_id ` +
        'AND h.variation_id = w.best_variation_id AND h.goal_id = w.goal_id AND h.observed_at >= $since ORDER BY h.observed_at LIMIT 1)',
    )
    .join(' ')} END`;

export const power: ByHand = {
  figures,
  ask: (db, { now }) =>
    db
      .prepare(
        `SELECT *, ${recent('visitors')} AS recent_visitors, ${recent('end_time')} AS recent_time FROM ` +
          `(${standing("WHERE e.status = 'Running'")}) AS w WHERE verdict = 'inconclusive'`,
      )
      .all({ since: new Date(now - 7 * 86_400_000).toISOString() }),
};
