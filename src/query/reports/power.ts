/** The report `power`: how many visitors running experiments still need, and how long that takes at the present rate. */
import { momentText } from '../moment.ts';
import { askedFor, dayMs, firstOf, type Note, type Report } from './report.ts';
import { improvementShown, type Standing, standingBooleans, standingColumns, standings } from './standing.ts';
import { daysUntil, limitOfNeeded, visitorsNeeded, visitorsPerDay } from './statistics.ts';

/** The present rate is that of so many days; observations less than a day apart say too little. */
const recentDays = 7;
const leastDays = 1;

/** A value of the best variation as first observed within the recent days. */
const recent = (column: string) =>
  `CASE o.source ${['stats', 'results']
    .map(
      (table) =>
        `WHEN '${table}' THEN (SELECT h.${column} FROM ${table}_history AS h WHERE h.experiment_id = o.experiment_id ` +
        'AND h.variation_id = o.best_variation_id AND h.goal_id = o.goal_id AND h.observed_at >= ? ORDER BY h.observed_at LIMIT 1)',
    )
    .join(' ')} END`;

interface Row extends Standing {
  visitors_needed: number | null;
  recent_visitors: number | null;
  recent_time: string | null;
  /** Who says how many are needed: the API, or `statistics.ts`. */
  needed_by: 'api' | 'mirror' | null;
  visitors_per_day: number | null;
  /** The days that the rate was measured over. */
  rate_days: number | null;
  days_needed: number | null;
  ready_at: string | null;
}

const ownColumns = [
  'visitors_needed',
  'needed_by',
  'visitors_per_day',
  'rate_days',
  'days_needed',
  'ready_at',
] as const satisfies readonly (keyof Row)[];

export const power: Report = {
  name: 'power',
  about: 'running experiments without a verdict: visitors still needed, and days at the present rate',
  takes: ['projectId', 'limit'],

  run({ db, now }, options) {
    const since = momentText(now - recentDays * dayMs);
    const found = standings(db, options, {
      view: 'running_experiments',
      where: ["verdict = 'inconclusive'"],
      more: [
        'visitors_needed',
        `${recent('visitors')} AS recent_visitors`,
        `${recent('end_time')} AS recent_time`,
      ],
      moreParams: [since, since, since, since],
    }) as Row[];
    for (const row of found) project(row, now);
    const rows = found.sort((a, b) => (a.days_needed ?? Infinity) - (b.days_needed ?? Infinity));
    return {
      report: 'power',
      at: momentText(now),
      asked: askedFor(options),
      tables: [
        {
          name: 'power',
          title: 'Visitors still needed by running experiments without a verdict',
          columns: [...standingColumns, 'interval_by', ...ownColumns],
          booleans: standingBooleans,
          shown: [
            { title: 'id', of: 'experiment_id', look: 'id' },
            { title: 'experiment', of: 'experiment', look: 'name' },
            { title: 'best variation', of: 'best_variation', look: 'text', spare: 5 },
            { title: 'goal', of: 'goal', look: 'text', spare: 6 },
            ...improvementShown,
            { title: 'visitors', of: 'best_visitors', look: 'count', spare: 2 },
            { title: 'still needs', of: 'visitors_needed', look: 'needed' },
            { title: 'a day', of: 'visitors_per_day', look: 'number', spare: 3 },
            { title: 'days left', of: 'days_needed', look: 'days' },
            { title: 'ready', of: 'ready_at', look: 'date', spare: 1 },
          ],
          ...firstOf(rows, options.limit),
          none: 'No running experiment waits for a verdict.',
        },
      ],
      notes: [
        {
          text:
            'Visitors are those of the best variation. How many it still needs is what the API says, or for the older ' +
            `statistics computed here; the rate is that of the last ${recentDays} days, or of the whole run where they ` +
            'were not observed: docs/statistics.md.',
          about: ['visitors_needed'],
        },
        ...(rows.some(isLimit) ? [limitNote] : []),
      ],
    };
  },
};

const limitNote: Note = {
  text: 'Where the API says no more than that it needs more than it counts (`>`), nobody knows how many days are left.',
  about: ['visitors_needed'],
};

function project(row: Row, now: number): void {
  complete(row);
  const days = row.recent_time === null ? 0 : daysBetween(row.recent_time, row.end_time);
  const isRecent = days >= leastDays && row.recent_visitors !== null;
  row.rate_days = isRecent ? days : row.days;
  row.visitors_per_day = visitorsPerDay(
    isRecent ? (row.recent_visitors ?? 0) : 0,
    row.best_visitors ?? 0,
    row.rate_days ?? 0,
  );
  const needed = isLimit(row) ? null : row.visitors_needed;
  row.days_needed = needed === null ? null : daysUntil(needed, row.visitors_per_day);
  row.ready_at = readyAt(row.days_needed, now);
}

/** Whether the API only said that it needs more than it counts: how many days that takes nobody knows. */
const isLimit = ({ visitors_needed: needed, needed_by }: Row) =>
  needed_by === 'api' && needed !== null && limitOfNeeded(needed) !== null;

/** The older statistics do not say how many visitors are needed. */
function complete(row: Row): void {
  row.needed_by = row.visitors_needed === null ? null : 'api';
  const { baseline_visitors, baseline_conversions, best_visitors, best_conversions } = row;
  if (row.needed_by !== null || row.is_revenue) return;
  if (baseline_visitors === null || baseline_conversions === null) return;
  if (best_visitors === null || best_conversions === null) return;
  row.visitors_needed = visitorsNeeded(
    { visitors: baseline_visitors, conversions: baseline_conversions },
    { visitors: best_visitors, conversions: best_conversions },
  );
  row.needed_by = row.visitors_needed === null ? null : 'mirror';
}

function daysBetween(from: string, to: string | null): number {
  const days = (Date.parse(to ?? '') - Date.parse(from)) / dayMs;
  return Number.isFinite(days) ? days : 0;
}

/** Beyond a thousand years there is no date, and nobody waits. */
function readyAt(days: number | null, now: number): string | null {
  return days === null || days > 365_000 ? null : momentText(now + days * dayMs);
}
