/** What stands around one experiment in its report: traffic, audiences, schedules, what changed, what waits. */
import type { Database } from 'better-sqlite3';
import { query } from '../statements.ts';
import type { ReportRow, ReportTable, Shown } from './report.ts';

/** The newest so many changes; all of them are in `config_changes`. */
const mostChanges = 20;

interface Around {
  readonly name: string;
  readonly title: string;
  /** SQL in which `?` is the experiment's id. */
  readonly sql: string;
  readonly shown: readonly Shown[];
}

const below =
  "(resource = 'experiments' AND entity_id = ?1) OR (resource = 'variations' AND entity_id IN (SELECT id FROM variations WHERE experiment_id = ?1)) OR (resource = 'schedules' AND entity_id IN (SELECT id FROM schedules WHERE experiment_id = ?1))";

const around: readonly Around[] = [
  {
    name: 'traffic',
    title: 'Traffic',
    sql: 'SELECT id AS variation_id, description AS variation, weight, is_paused, section_id FROM variations WHERE experiment_id = ?1 ORDER BY id',
    shown: [
      { title: 'id', of: 'variation_id', look: 'id' },
      { title: 'variation', of: 'variation', look: 'text' },
      { title: 'weight', of: 'weight', look: 'cents' },
      { title: 'paused', of: 'is_paused', look: 'flag' },
    ],
  },
  {
    name: 'audiences',
    title: 'Shown to',
    sql:
      'SELECT x.audience_id, a.name AS audience FROM experiment_audiences AS x ' +
      'LEFT JOIN audiences AS a ON a.id = x.audience_id WHERE x.experiment_id = ?1 ORDER BY x.audience_id',
    shown: [
      { title: 'id', of: 'audience_id', look: 'id' },
      { title: 'audience', of: 'audience', look: 'text' },
    ],
  },
  {
    name: 'schedules',
    title: 'Schedules',
    sql: 'SELECT id AS schedule_id, status, start_time, stop_time FROM schedules WHERE experiment_id = ?1 ORDER BY id',
    shown: [
      { title: 'id', of: 'schedule_id', look: 'id' },
      { title: 'status', of: 'status', look: 'text' },
      { title: 'starts', of: 'start_time', look: 'time' },
      { title: 'stops', of: 'stop_time', look: 'time' },
    ],
  },
  {
    name: 'changes',
    title: `Changed on the server, the newest ${mostChanges}`,
    sql: `SELECT observed_at, resource, entity_id, name, what, field, old_value, new_value FROM config_changes WHERE ${below} ORDER BY change_id DESC LIMIT ${mostChanges}`,
    shown: [
      { title: 'seen', of: 'observed_at', look: 'time' },
      { title: 'what', of: 'what', look: 'text' },
      { title: 'in', of: 'resource', look: 'text' },
      { title: 'name', of: 'name', look: 'text' },
      { title: 'field', of: 'field', look: 'text' },
      { title: 'before', of: 'old_value', look: 'code' },
      { title: 'after', of: 'new_value', look: 'code' },
    ],
  },
  {
    name: 'pending',
    title: 'Waits to be pushed',
    sql: `SELECT resource, entity_id, name, op, status, field, base_value, local_value FROM pending_edits WHERE ${below} ORDER BY outbox_id`,
    shown: [
      { title: 'in', of: 'resource', look: 'text' },
      { title: 'name', of: 'name', look: 'text' },
      { title: 'what', of: 'op', look: 'text' },
      { title: 'status', of: 'status', look: 'text' },
      { title: 'field', of: 'field', look: 'text' },
      { title: 'before', of: 'base_value', look: 'code' },
      { title: 'after', of: 'local_value', look: 'code' },
    ],
  },
];

/** The tables around an experiment. Those without rows say nothing to people, and are there for programs. */
export function aroundTables(db: Database, experimentId: number): ReportTable[] {
  return around.map(({ name, title, sql, shown }) => {
    const statement = query(db, sql);
    return {
      name,
      title,
      columns: statement.columns().map((column) => column.name),
      shown,
      rows: statement.all(experimentId) as ReportRow[],
      none: '',
    };
  });
}
