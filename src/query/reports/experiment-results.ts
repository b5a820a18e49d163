/** The results of one experiment for its report: every goal and variation now, and the goal that decides over time. */
import type { Database } from 'better-sqlite3';
import { bound } from '../../db/sql-text.ts';
import { query } from '../statements.ts';
import type { ReportRow, ReportTable, Series } from './report.ts';
import type { Standing } from './standing.ts';
import { improvementInterval } from './statistics.ts';

export interface ResultRow extends ReportRow {
  source: string;
  goal_id: number | null;
  variation_id: string;
  baseline_id: string | null;
  visitors: number | null;
  conversions: number | null;
  conversion_rate: number | null;
  revenue_per_visitor: number | null;
  is_revenue: number | null;
  improvement: number | null;
  difference_min: number | null;
  difference_max: number | null;
  improvement_min: number | null;
  improvement_max: number | null;
  interval_by: 'api' | 'mirror' | null;
}

const fromView = {
  source: 'source',
  goal_id: 'goal_id',
  goal: 'goal_name',
  variation_id: 'variation_id',
  variation: 'variation_name',
  baseline_id: 'baseline_id',
  visitors: 'visitors',
  conversions: 'conversions',
  conversion_rate: 'conversion_rate',
  is_revenue: 'is_revenue',
  revenue: 'revenue',
  revenue_per_visitor: 'revenue_per_visitor',
  improvement: 'improvement',
  difference_min: 'difference_confidence_interval_min',
  difference_max: 'difference_confidence_interval_max',
  statistical_significance: 'statistical_significance',
  confidence: 'confidence',
  visitors_needed: 'visitors_until_statistically_significant',
  verdict: 'status',
  begin_time: 'begin_time',
  end_time: 'end_time',
} as const;
const selected = Object.entries(fromView)
  .map(([name, column]) => `${column} AS ${name}`)
  .join(', ');

export const resultColumns = [...Object.keys(fromView), 'improvement_min', 'improvement_max', 'interval_by'];

/** Goal by goal, and in each the baseline first. */
export function resultRows(db: Database, experimentId: number): ResultRow[] {
  const rows = query(
    db,
    `SELECT ${selected} FROM latest_results WHERE experiment_id = ${bound} ` +
      'ORDER BY source DESC, goal_id, variation_id IS NOT baseline_id, variation_id',
  ).all(experimentId) as ResultRow[];
  const keyOf = (row: ResultRow, variation: string | null) => `${row.source} ${row.goal_id} ${variation}`;
  const byKey = new Map(rows.map((row) => [keyOf(row, row.variation_id), row]));
  for (const row of rows) addInterval(row, byKey.get(keyOf(row, row.baseline_id)));
  return rows;
}

/** Source of the first: improvement is difference over the baseline's value; of the second: `improvementInterval`. */
function addInterval(row: ResultRow, baseline: ResultRow | undefined): void {
  row.improvement_min = row.improvement_max = row.interval_by = null;
  if (baseline === undefined || baseline === row) return;
  const worth = baseline.conversion_rate ?? baseline.revenue_per_visitor;
  if (row.difference_min !== null && row.difference_max !== null && worth) {
    row.improvement_min = row.difference_min / worth;
    row.improvement_max = row.difference_max / worth;
    row.interval_by = 'api';
    return;
  }
  const interval = row.is_revenue ? null : improvementInterval(armOf(baseline), armOf(row));
  if (interval === null) return;
  [row.improvement_min, row.improvement_max] = interval;
  row.interval_by = 'mirror';
}

const armOf = ({ visitors, conversions }: ResultRow) => ({
  visitors: visitors ?? 0,
  conversions: conversions ?? 0,
});

interface Point extends ReportRow {
  observed_at: string;
  end_time: string | null;
  variation_id: string;
  variation: string | null;
  value: number | null;
}

/** The rate of each variation on the goal that decides, or its revenue per visitor, as it was observed. */
export function trendOf(db: Database, experimentId: number, standing: Standing | undefined): ReportTable {
  const points = query(
    db,
    'SELECT observed_at, end_time, variation_id, variation_name AS variation, visitors, conversions, ' +
      'coalesce(conversion_rate, revenue_per_visitor) AS value FROM results_trend ' +
      `WHERE experiment_id = ${bound} AND goal_id = ${bound} AND source = ${bound} ORDER BY observed_at, variation_id`,
  ).all(experimentId, standing?.goal_id ?? null, standing?.source ?? null) as Point[];
  const look = standing?.is_revenue ? 'number' : 'share';
  return {
    name: 'trend',
    title: standing?.is_revenue ? 'Revenue per visitor over time' : 'Conversion rate over time',
    columns: ['observed_at', 'end_time', 'variation_id', 'variation', 'visitors', 'conversions', 'value'],
    shown: [
      { title: 'seen', of: 'observed_at', look: 'time' },
      { title: 'variation', of: 'variation', look: 'text' },
      { title: 'visitors', of: 'visitors', look: 'count' },
      { title: 'conversions', of: 'conversions', look: 'count' },
      { title: 'value', of: 'value', look },
    ],
    rows: points,
    none: 'Nothing was observed on the goal that decides.',
    picture: { series: seriesOf(points, standing?.baseline_id ?? null), look },
  };
}

/** One series a variation, the baseline's first. */
function seriesOf(points: readonly Point[], baselineId: unknown): Series[] {
  const byVariation = new Map<string, { label: string; points: { at: number; value: number }[] }>();
  const ids = [...new Set(points.map(({ variation_id }) => variation_id))];
  for (const id of ids.sort((a, b) => Number(b === baselineId) - Number(a === baselineId)))
    byVariation.set(id, { label: id, points: [] });
  for (const { variation_id, variation, value, end_time, observed_at } of points) {
    const series = byVariation.get(variation_id);
    if (series === undefined || value === null) continue;
    series.label = variation ?? variation_id;
    const counted = Date.parse(end_time ?? '');
    series.points.push({ at: Number.isFinite(counted) ? counted : Date.parse(observed_at), value });
  }
  return [...byVariation.values()];
}
