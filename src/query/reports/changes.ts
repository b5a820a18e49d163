/** The report `changes`: what pulls saw change on the server, the newest first. */
import type { Database } from 'better-sqlite3';
import type { Cell } from '../../db/columns.ts';
import { momentText } from '../moment.ts';
import { query } from '../statements.ts';
import {
  askedFor,
  dayMs,
  type Report,
  type ReportOptions,
  type ReportRow,
  type ReportTable,
} from './report.ts';

const columns = [
  'change_id',
  'observed_at',
  'run_id',
  'project_id',
  'project',
  'resource',
  'entity_id',
  'name',
  'what',
  'field',
  'old_value',
  'new_value',
];
/** Values are JSON here, which tells the text `3` from the number; whole entities that came or went are in `changes`. */
const selected: Readonly<Record<string, string>> = {
  project: 'p.project_name AS project',
  old_value: 'CASE WHEN c.field IS NOT NULL THEN x.old_value END AS old_value',
  new_value: 'CASE WHEN c.field IS NOT NULL THEN x.new_value END AS new_value',
};
/** Where nobody says since when. */
const usualDays = 7;

export const changes: Report = {
  name: 'changes',
  about: `what changed on the server, and when a pull saw it; since ${usualDays} days ago unless told`,
  takes: ['projectId', 'since', 'limit'],

  run({ db, now }, options) {
    const since = options.since ?? now - usualDays * dayMs;
    const found = changesSince(db, momentText(since), options);
    return {
      report: 'changes',
      at: momentText(now),
      asked: askedFor({ ...options, since }),
      tables: [
        {
          name: 'changes',
          title: `Changes on the server since ${momentText(since)}`,
          columns,
          json: ['old_value', 'new_value'],
          shown: [
            { title: 'seen', of: 'observed_at', look: 'time' },
            { title: 'in', of: 'resource', look: 'word', spare: 1 },
            { title: 'id', of: 'entity_id', look: 'id', spare: 3 },
            { title: 'name', of: 'name', look: 'name' },
            { title: 'what', of: 'field', orElse: 'what', look: 'word' },
            { title: 'before', of: 'old_value', look: 'code' },
            { title: 'after', of: 'new_value', look: 'code' },
          ],
          ...found,
          none: 'No pull has seen a change in that time.',
        },
      ],
      notes: [
        {
          text:
            'The API does not say who changed something, nor when: the time, in UTC, is that of the pull that saw it. ' +
            'What this mirror pushed is not among it.',
          about: ['observed_at'],
        },
      ],
    };
  },
};

function changesSince(
  db: Database,
  since: string,
  { projectId, limit }: ReportOptions,
): Pick<ReportTable, 'rows' | 'total'> {
  const params: Cell[] = [since, ...(projectId === undefined ? [] : [projectId])];
  const which = `WHERE c.observed_at >= ?${projectId === undefined ? '' : ' AND c.project_id = ?'}`;
  const sql =
    `SELECT ${columns.map((name) => selected[name] ?? `c.${name}`).join(', ')} FROM config_changes AS c ` +
    `JOIN changes AS x ON x.id = c.change_id LEFT JOIN projects AS p ON p.id = c.project_id ${which} ` +
    'ORDER BY c.observed_at DESC, c.change_id DESC';
  if (limit === undefined) return { rows: query(db, sql).all(...params) as ReportRow[] };
  const rows = query(db, `${sql} LIMIT ?`).all(...params, limit) as ReportRow[];
  if (rows.length < limit) return { rows };
  const total = query(db, `SELECT count(*) FROM config_changes AS c ${which}`)
    .pluck()
    .get(...params) as number;
  return { rows, total };
}
