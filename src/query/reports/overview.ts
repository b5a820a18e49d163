/** The report `overview`: every experiment in a line, with its best variation on the goal that decides. */
import { literal } from '../../db/columns.ts';
import { momentText } from '../moment.ts';
import { askedFor, firstOf, type Report, type ReportOptions, type ReportRow } from './report.ts';
import {
  improvementNotes,
  improvementShown,
  type Standing,
  standingBooleans,
  standingColumns,
  standings,
} from './standing.ts';

/** What is under way comes before what is over. */
const order = ['Running', 'Paused', 'Not started', 'Draft', 'Archived'];

export const overview: Report = {
  name: 'overview',
  about: 'experiments with status, days, visitors, best variation on the primary goal, improvement, verdict',
  takes: ['projectId', 'status', 'since', 'limit'],

  run({ db, now }, options) {
    const first = firstOnes(options);
    const found = firstOf(byStatus(standings(db, options, { where: first })), options.limit);
    const total =
      first.length === 0
        ? found.total
        : (db
            .prepare(`SELECT count(*) FROM ${experimentsOf(options)}`)
            .pluck()
            .get() as number);
    return {
      report: 'overview',
      at: momentText(now),
      asked: askedFor(options),
      tables: [
        {
          name: 'experiments',
          title: 'Experiments',
          columns: [...standingColumns, 'interval_by'],
          booleans: standingBooleans,
          shown: [
            { title: 'id', of: 'experiment_id', look: 'id' },
            { title: 'experiment', of: 'experiment', look: 'name' },
            { title: 'status', of: 'status', look: 'word' },
            { title: 'days', of: 'days', look: 'days', spare: 1 },
            { title: 'visitors', of: 'visitors', look: 'count' },
            { title: 'goal', of: 'goal', look: 'text', spare: 5 },
            { title: 'best variation', of: 'best_variation', look: 'text', spare: 3 },
            ...improvementShown,
            { title: 'verdict', of: 'verdict', look: 'verdict' },
          ],
          rows: found.rows,
          total,
          none: 'There are no such experiments in the mirror.',
        },
      ],
      notes: improvementNotes,
    };
  },
};

/** Where only the first rows are asked for, nothing is worked out for the others; unless the results tell which come first. */
function firstOnes(options: ReportOptions): string[] {
  const { since, limit } = options;
  if (limit === undefined || since !== undefined) return [];
  const place = order.map((name, index) => `WHEN ${literal(name)} THEN ${index}`).join(' ');
  return [
    `experiment_id IN (SELECT id FROM ${experimentsOf(options)} ` +
      `ORDER BY CASE status ${place} ELSE ${order.length} END, id DESC LIMIT ${literal(limit)})`,
  ];
}

/** The table, with the condition that the options make. */
function experimentsOf({ projectId, status }: ReportOptions): string {
  const wanted = [
    ...(projectId === undefined ? [] : [`project_id = ${literal(projectId)}`]),
    ...(status === undefined ? [] : [`status = ${literal(status)}`]),
  ];
  return `experiments${wanted.length > 0 ? ` WHERE ${wanted.join(' AND ')}` : ''}`;
}

/** Sorted by status in one pass, a status that nobody knows last; within one, the newest first as before. */
function byStatus(rows: readonly Standing[]): ReportRow[] {
  const groups: Standing[][] = [...order, null].map(() => []);
  for (const row of rows) {
    const place = order.indexOf(row.status ?? '');
    groups.at(place)?.push(row);
  }
  return groups.flat();
}
