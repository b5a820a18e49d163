/** The report `overview`: every experiment in a line, with its best variation on the goal that decides. */
import { momentText } from '../moment.ts';
import { askedFor, type Report, type ReportRow } from './report.ts';
import {
  improvementShown,
  intervalNote,
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
    const rows = byStatus(standings(db, options));
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
            { title: 'experiment', of: 'experiment', look: 'text' },
            { title: 'status', of: 'status', look: 'text' },
            { title: 'days', of: 'days', look: 'days', spare: 1 },
            { title: 'visitors', of: 'visitors', look: 'count' },
            { title: 'goal', of: 'goal', look: 'text', spare: 3 },
            { title: 'best variation', of: 'best_variation', look: 'text' },
            ...improvementShown,
            { title: 'verdict', of: 'verdict', look: 'verdict' },
          ],
          rows: options.limit === undefined ? rows : rows.slice(0, options.limit),
          none: 'There are no such experiments in the mirror.',
        },
      ],
      notes: [intervalNote],
    };
  },
};

/** Sorted by status in one pass; within one, the newest first as before. */
function byStatus(rows: readonly Standing[]): ReportRow[] {
  const groups = new Map<string, Standing[]>(order.map((status) => [status, []]));
  for (const row of rows) {
    const status = row.status ?? '';
    const group = groups.get(status);
    if (group) group.push(row);
    else groups.set(status, [row]);
  }
  return [...groups.values()].flat();
}
