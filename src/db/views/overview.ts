/** The view that says of each experiment, in one row, how it stands on the goal that decides. */
import { entityResource, type ObservationName } from '../../api/resources.ts';
import { literal, quoted } from '../columns.ts';
import { sources } from './results.ts';
import { dayOf, type View } from './view.ts';

const primary = 'e.primary_goal_id';
const first = "json_extract(e.display_goal_order_lst, '$[0]')";
const measured = sources
  .map((table) => `(SELECT min(goal_id) FROM ${quoted(table)} WHERE experiment_id = e.id)`)
  .join(', ');
/** The goal that decides. Only where an experiment names none do its rows of results have to be looked at. */
const goal = `coalesce(${primary}, ${first}, ${measured})`;

/** What puts one variation before another: a winner first, then by improvement, and the baseline last of all. */
const score =
  'CASE WHEN l.variation_id = l.baseline_id THEN -1e9 ' +
  "ELSE coalesce(l.improvement, -1e6) + 1e6 * (l.status IS 'winner') END";

/**
 * The rows of the goal that decides. The plus keeps SQLite from looking them up by the index on `goal_id`, which would
 * find those of every experiment.
 */
const ofGoal = (table: ObservationName) =>
  `${quoted(table)} AS l WHERE l.experiment_id = e.id AND +l.goal_id = ${goal}`;

/**
 * The row that stands for the experiment: its best variation, or the baseline where that is alone. Beside a lone `max()`
 * SQLite gives the other columns of the same row (its documentation, "Bare columns in an aggregate query"), which takes
 * half as long as to sort.
 */
const leading = (table: ObservationName) =>
  `(SELECT place FROM (SELECT l.rowid AS place, max(${score}) AS top FROM ${ofGoal(table)}) WHERE top IS NOT NULL)`;

/** `s` and `r` are the leading rows of the two kinds, of which at most one is there; `sb` and `rb` their baselines. */
const joins = [
  `LEFT JOIN stats AS s ON s.rowid = ${leading('stats')}`,
  `LEFT JOIN results AS r ON s.experiment_id IS NULL AND r.rowid = ${leading('results')}`,
  'LEFT JOIN stats AS sb ON sb.experiment_id = s.experiment_id AND sb.variation_id = s.baseline_id AND sb.goal_id = s.goal_id',
  'LEFT JOIN results AS rb ON rb.experiment_id = r.experiment_id AND rb.variation_id = r.baseline_id AND rb.goal_id = r.goal_id',
  'LEFT JOIN projects AS p ON p.id = e.project_id',
  `LEFT JOIN goals AS g ON g.id = ${goal}`,
].join(' ');

const either = (column: string) => `coalesce(s.${column}, r.${column})`;
const ofBaseline = (column: string) => `coalesce(sb.${column}, rb.${column})`;
/** A column of the best variation: none where the leading row is the baseline itself. */
const best = (column: string) =>
  `CASE WHEN ${either('variation_id')} <> ${either('baseline_id')} THEN ${either(column)} END`;
const total = (column: string) =>
  `CASE WHEN s.experiment_id IS NOT NULL THEN (SELECT sum(${column}) FROM ${ofGoal('stats')}) ` +
  `WHEN r.experiment_id IS NOT NULL THEN (SELECT sum(${column}) FROM ${ofGoal('results')}) END`;
const worth = (s: string, r: string) =>
  `coalesce(${s}.conversion_rate, ${s}.revenue_per_visitor, ${r}.conversion_rate, ${r}.revenue_per_visitor)`;
/** Source: improvement is the difference over the baseline's value, so its interval is the difference's over the same. */
const relative = (end: 'min' | 'max') =>
  `s.difference_confidence_interval_${end} / nullif(coalesce(sb.conversion_rate, sb.revenue_per_visitor), 0)`;

/** Name, what it holds, SQL. */
const columns: readonly (readonly [name: string, about: string, sql: string])[] = [
  ['experiment_id', 'The experiment.', 'e.id'],
  ['experiment', 'Its name: `experiments.description`.', 'e.description'],
  ['project_id', 'Its project.', 'e.project_id'],
  ['project', "The project's name.", 'p.project_name'],
  ['status', 'Its status.', 'e.status'],
  ['experiment_type', 'The kind of test.', 'e.experiment_type'],
  ['created', 'When it was created.', 'e.created'],
  ['last_modified', 'When it was last changed.', 'e.last_modified'],
  [
    'variations',
    'How many variations it has.',
    '(SELECT count(*) FROM variations WHERE experiment_id = e.id)',
  ],
  ['goals', 'How many goals it shows.', 'json_array_length(e.display_goal_order_lst)'],
  ['audiences', 'How many audiences it is limited to; 0 is everybody.', 'json_array_length(e.audience_ids)'],
  [
    'goal_id',
    'The goal that decides: the primary one; where there is none the first of `display_goal_order_lst`; where that is ' +
      'empty too, the one with the lowest id that has results.',
    goal,
  ],
  ['goal', 'Its name.', `coalesce(g.title, ${either('goal_name')})`],
  [
    'goal_chosen',
    'How it was found: `primary`, `first` or `measured`.',
    `CASE WHEN ${primary} IS NOT NULL THEN 'primary' WHEN ${first} IS NOT NULL THEN 'first' ` +
      `WHEN coalesce(${measured}) IS NOT NULL THEN 'measured' END`,
  ],
  [
    'source',
    'Where the figures come from, `stats` or `results`; NULL without results.',
    "CASE WHEN s.experiment_id IS NOT NULL THEN 'stats' WHEN r.experiment_id IS NOT NULL THEN 'results' END",
  ],
  ['begin_time', 'The first moment counted.', either('begin_time')],
  ['end_time', 'The last moment counted.', either('end_time')],
  [
    'days',
    'Days from the first to the last moment counted.',
    `round(${dayOf(either('end_time'))} - ${dayOf(either('begin_time'))}, 1)`,
  ],
  ['visitors', 'Visitors of all variations.', total('visitors')],
  ['conversions', 'Conversions of all variations.', total('conversions')],
  ['baseline_id', 'The variation that the others are compared with.', either('baseline_id')],
  ['baseline', 'Its name.', ofBaseline('variation_name')],
  ['baseline_visitors', 'Its visitors.', ofBaseline('visitors')],
  ['baseline_conversions', 'Its conversions.', ofBaseline('conversions')],
  ['baseline_rate', 'Its conversion rate; on a revenue goal its revenue per visitor.', worth('sb', 'rb')],
  [
    'best_variation_id',
    'The best other variation: a winner before any that is none, then by improvement.',
    best('variation_id'),
  ],
  ['best_variation', 'Its name.', best('variation_name')],
  ['best_visitors', 'Its visitors.', best('visitors')],
  ['best_conversions', 'Its conversions.', best('conversions')],
  [
    'best_rate',
    'Its conversion rate; on a revenue goal its revenue per visitor.',
    `CASE WHEN ${either('variation_id')} <> ${either('baseline_id')} THEN ${worth('s', 'r')} END`,
  ],
  ['is_revenue', '1 where the goal counts money.', either('is_revenue')],
  ['improvement', 'Its relative difference to the baseline.', best('improvement')],
  [
    'improvement_min',
    "Lower end of the improvement: the API's interval of the difference over `baseline_rate`. Only from stats.",
    relative('min'),
  ],
  ['improvement_max', 'Upper end of the improvement. Only from stats.', relative('max')],
  ['statistical_significance', 'Significance reached. Only from stats.', 's.statistical_significance'],
  [
    'confidence',
    'Chance to beat the baseline. Only from results.',
    'CASE WHEN r.variation_id <> r.baseline_id THEN r.confidence END',
  ],
  [
    'verdict',
    "The API's verdict on it: `winner`, `loser`, `inconclusive`; NULL where there is nothing to compare.",
    best('status'),
  ],
  [
    'visitors_needed',
    'Visitors that it still needs, by the API. Only from stats.',
    's.visitors_until_statistically_significant',
  ],
];

const running = (entityResource('experiments').running?.status ?? []).map((value) => literal(String(value)));
const described = Object.fromEntries(columns.map(([name, about]) => [name, about]));

export const overviewViews: readonly View[] = [
  {
    name: 'experiment_overview',
    about:
      'Every experiment in one row: how long it ran, and how its best variation stands on the goal that decides.',
    columns: described,
    sql: `SELECT ${columns.map(([name, , sql]) => `${sql} AS ${name}`).join(', ')} FROM experiments AS e ${joins}`,
  },
  {
    name: 'running_experiments',
    about: 'The part of `experiment_overview` that is running now.',
    columns: described,
    sql: `SELECT * FROM experiment_overview WHERE status IN (${running.join(', ')})`,
  },
];
