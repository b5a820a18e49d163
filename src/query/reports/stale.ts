/** The report `stale`: what somebody should look at again: tests without an end, and things that nobody uses. */
import type { Database } from 'better-sqlite3';
import type { Cell } from '../../db/columns.ts';
import { momentText } from '../moment.ts';
import { askedFor, firstOf, type Report, type ReportRow } from './report.ts';

const columns = ['why', 'resource', 'id', 'name', 'project_id', 'project', 'since', 'days', 'note'];
/** A test that has not decided after a month seldom will; a quarter is how long a plan lasts. */
const usual = { runningDays: 30, pausedDays: 90 };

/** One reason to look again. `since` is SQL for the moment from which the days count. */
interface Reason {
  readonly why: string;
  readonly resource: string;
  readonly from: string;
  readonly id: string;
  readonly name: string;
  readonly since: string;
  readonly note?: string;
  /** Only after so many days. */
  readonly after?: keyof typeof usual;
  /** A time that is never later than `since`: where it is too young, the rest need not be looked at. */
  readonly notAfter?: string;
}

const seenRunning =
  "(SELECT max(c.observed_at) FROM changes AS c WHERE c.resource = 'experiments' AND c.entity_id = o.experiment_id " +
  `AND c.field = 'status' AND c.new_value = '"Running"')`;
/** A pause that a schedule will end is no forgotten one. */
const starts =
  "(SELECT 1 FROM schedules AS s WHERE s.experiment_id = o.experiment_id AND s.status IS NOT 'INACTIVE' AND s.start_time > :now)";

const reasons: readonly Reason[] = [
  {
    why: 'running without a verdict',
    resource: 'experiments',
    from: "running_experiments AS o WHERE coalesce(o.verdict, '') NOT IN ('winner', 'loser')",
    id: 'o.experiment_id',
    name: 'o.experiment',
    since: `coalesce(o.begin_time, ${seenRunning}, o.created)`,
    note: "CASE WHEN o.source IS NULL THEN 'no results' ELSE format('%,d visitors', o.visitors) END",
    after: 'runningDays',
    notAfter: 'o.created',
  },
  {
    why: 'paused and forgotten',
    resource: 'experiments',
    from: `experiment_overview AS o WHERE o.status = 'Paused' AND NOT EXISTS ${starts}`,
    id: 'o.experiment_id',
    name: 'o.experiment',
    since: "max(coalesce(o.end_time, ''), coalesce(o.last_modified, ''))",
    note: "coalesce(o.verdict, 'no results')",
    after: 'pausedDays',
    notAfter: 'o.last_modified',
  },
  {
    why: 'experiment without goals',
    resource: 'experiments',
    from: 'experiments_without_goals AS o WHERE 1',
    id: 'o.experiment_id',
    name: 'o.experiment',
    since: 'o.last_modified',
    note: 'o.status',
  },
  {
    why: 'goal that no experiment tracks',
    resource: 'goals',
    from: 'unused_goals AS o WHERE 1',
    id: 'o.goal_id',
    name: 'o.goal',
    since: 'o.last_modified',
  },
  {
    why: 'audience that no experiment uses',
    resource: 'audiences',
    from: 'unused_audiences AS o WHERE 1',
    id: 'o.audience_id',
    name: 'o.audience',
    since: 'o.last_modified',
  },
];

export const stale: Report = {
  name: 'stale',
  about:
    'running without a verdict too long, paused and forgotten, without goals, goals and audiences nobody uses',
  takes: ['projectId', 'runningDays', 'pausedDays', 'limit'],

  run({ db, now }, options) {
    const asked = { ...usual, ...options };
    const at = momentText(now);
    const rows = reasons.flatMap((reason) =>
      found(db, reason, {
        now: at,
        project: options.projectId ?? null,
        after: reason.after ? asked[reason.after] : null,
      }),
    );
    return {
      report: 'stale',
      at,
      asked: askedFor(asked),
      tables: [
        {
          name: 'stale',
          title: 'To be looked at again',
          columns,
          shown: [
            { title: 'why', of: 'why', look: 'word' },
            { title: 'id', of: 'id', look: 'id' },
            { title: 'name', of: 'name', look: 'name' },
            { title: 'project', of: 'project', look: 'text', spare: 2 },
            { title: 'since', of: 'since', look: 'date', spare: 3 },
            { title: 'days', of: 'days', look: 'count' },
            { title: 'note', of: 'note', look: 'text', spare: 1 },
          ],
          ...firstOf(rows, options.limit),
          none: 'Nothing is stale.',
        },
      ],
      notes: [
        {
          text:
            `Running counts from ${asked.runningDays} days after the first visitor, ` +
            `paused from ${asked.pausedDays} days after the last visitor or change.`,
        },
      ],
    };
  },
};

function found(
  db: Database,
  { why, resource, from, id, name, since, note = 'NULL', notAfter = 'NULL' }: Reason,
  values: { now: string; project: number | null; after: number | null },
): ReportRow[] {
  const days = (time: string) => `CAST(julianday(:now) - julianday(substr(${time}, 1, 19)) AS INTEGER)`;
  const inner =
    `SELECT ${id} AS id, ${name} AS name, o.project_id, o.project, ${since} AS since, ${note} AS note FROM ${from} ` +
    `AND (:project IS NULL OR o.project_id = :project) AND coalesce(${days(notAfter)} >= :after, 1)`;
  const sql =
    `SELECT '${why}' AS why, '${resource}' AS resource, id, name, project_id, project, since, ${days('since')} AS days, note ` +
    `FROM (${inner}) WHERE :after IS NULL OR ${days('since')} >= :after ORDER BY days DESC, id`;
  return db.prepare<Record<string, Cell>>(sql).all(values) as ReportRow[];
}
