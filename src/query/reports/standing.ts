/** How experiments stand on the goal that decides: the rows of `experiment_overview`, with intervals where it has none. */
import type { Database } from 'better-sqlite3';
import type { Cell } from '../../db/columns.ts';
import { bound } from '../../db/sql-text.ts';
import { dayOf } from '../../db/views/view.ts';
import { query } from '../statements.ts';
import type { Note, ReportOptions, ReportRow, Shown } from './report.ts';
import { improvementInterval } from './statistics.ts';

/** The columns of the view that reports use; a name is a column of `experiment_overview`. */
export const standingColumns = [
  'experiment_id',
  'experiment',
  'project_id',
  'project',
  'status',
  'goal_id',
  'goal',
  'source',
  'begin_time',
  'end_time',
  'days',
  'visitors',
  'baseline_id',
  'baseline_visitors',
  'baseline_conversions',
  'baseline_rate',
  'best_variation_id',
  'best_variation',
  'best_visitors',
  'best_conversions',
  'best_rate',
  'is_revenue',
  'improvement',
  'improvement_min',
  'improvement_max',
  'statistical_significance',
  'confidence',
  'verdict',
] as const;

/** Beside the view's columns: who made the interval, the API or `statistics.ts`. */
export interface Standing extends ReportRow {
  experiment_id: number;
  experiment: string | null;
  project_id: number | null;
  project: string | null;
  goal_id: number | null;
  goal: string | null;
  source: string | null;
  baseline_id: string | null;
  end_time: string | null;
  days: number | null;
  status: string | null;
  baseline_visitors: number | null;
  baseline_conversions: number | null;
  best_visitors: number | null;
  best_conversions: number | null;
  is_revenue: number | null;
  improvement: number | null;
  improvement_min: number | null;
  improvement_max: number | null;
  interval_by: 'api' | 'mirror' | null;
  verdict: string | null;
}

export interface StandingQuery {
  /** A view with the columns of `experiment_overview`; that one unless told. */
  readonly view?: string;
  /** Conditions on the view's columns, all of which have to hold. */
  readonly where?: readonly string[];
  readonly params?: readonly Cell[];
  /** Further columns, as SQL over `o`, the view's row, and the values for the `?` in them. */
  readonly more?: readonly string[];
  readonly moreParams?: readonly Cell[];
}

/** The standings of the experiments that the options and the conditions leave, the newest experiment first. */
export function standings(db: Database, options: ReportOptions, asked: StandingQuery = {}): Standing[] {
  const { where, params } = filters(options);
  where.push(...(asked.where ?? []));
  params.push(...(asked.params ?? []));
  const columns = [...standingColumns, ...(asked.more ?? [])].join(', ');
  const condition = where.length > 0 ? `WHERE ${where.join(' AND ')} ` : '';
  // Ids grow with time, and a scan in their order needs no sorting.
  const sql = `SELECT ${columns} FROM ${asked.view ?? 'experiment_overview'} AS o ${condition}ORDER BY experiment_id DESC`;
  const rows = query(db, sql).all(...(asked.moreParams ?? []), ...params) as Standing[];
  for (const row of rows) completeInterval(row);
  return rows;
}

function filters({ experimentId, projectId, status, since }: ReportOptions): {
  where: string[];
  params: Cell[];
} {
  const where: string[] = [];
  const params: Cell[] = [];
  const add = (condition: string, value: Cell | undefined) => {
    if (value === undefined) return;
    where.push(condition);
    params.push(value);
  };
  add(`experiment_id = ${bound}`, experimentId);
  add(`project_id = ${bound}`, projectId);
  add(`status = ${bound}`, status);
  add(
    `${dayOf('end_time')} >= julianday(?)`,
    since === undefined ? undefined : new Date(since).toISOString(),
  );
  return { where, params };
}

/** The older statistics have no interval, and a revenue goal's can't be told from its sums. */
function completeInterval(row: Standing): void {
  row.interval_by = row.improvement_min === null ? null : 'api';
  const { baseline_visitors, baseline_conversions, best_visitors, best_conversions } = row;
  if (row.improvement_min !== null || row.improvement === null || row.is_revenue) return;
  if (baseline_visitors === null || baseline_conversions === null) return;
  if (best_visitors === null || best_conversions === null) return;
  const interval = improvementInterval(
    { visitors: baseline_visitors, conversions: baseline_conversions },
    { visitors: best_visitors, conversions: best_conversions },
  );
  if (interval === null) return;
  [row.improvement_min, row.improvement_max] = interval;
  row.interval_by = 'mirror';
}

export const standingBooleans: readonly string[] = ['is_revenue'];

/** How far the best variation is above its baseline, and in which interval that lies. */
export const improvementShown: readonly Shown[] = [
  { title: 'improvement', of: 'improvement', look: 'change' },
  { title: 'interval', of: 'improvement_min', look: 'change', to: 'improvement_max', spare: 4 },
];

/** Said under the tables with improvements in them, and with intervals. */
export const improvementNotes: readonly Note[] = [
  { text: "Improvements and verdicts are the API's own.", about: ['improvement'] },
  {
    text:
      "The interval is that of the API's difference over the baseline's rate; for the older statistics, which have " +
      'none, it is computed here at 90\u00a0%: docs/statistics.md.',
    about: ['improvement_min'],
  },
];
