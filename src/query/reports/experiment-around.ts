/** What stands around one experiment in its report: traffic, audiences, schedules, what changed, what waits. */
import type { Database } from 'better-sqlite3';
import { bound } from '../../db/sql-text.ts';
import { query } from '../statements.ts';
import type { ReportRow, ReportTable, Shown } from './report.ts';

/** The newest so many changes; all of them are in `config_changes`. */
const mostChanges = 20;

interface Around {
  readonly name: string;
  readonly title: string;
  readonly booleans?: readonly string[];
  readonly json?: readonly string[];
  /** SQL in which every `?` is the experiment's id. */
  readonly sql: string;
  readonly shown: readonly Shown[];
}

const below = `(c.resource = 'experiments' AND c.entity_id = ${bound}) OR (c.resource = 'variations' AND c.entity_id IN (SELECT id FROM variations WHERE experiment_id = ${bound})) OR (c.resource = 'schedules' AND c.entity_id IN (SELECT id FROM schedules WHERE experiment_id = ${bound}))`;

const around: readonly Around[] = [
  {
    name: 'traffic',
    title: 'Traffic',
    booleans: ['is_paused'],
    sql: `SELECT id AS variation_id, description AS variation, weight, is_paused, section_id FROM variations WHERE experiment_id = ${bound} ORDER BY id`,
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
      `LEFT JOIN audiences AS a ON a.id = x.audience_id WHERE x.experiment_id = ${bound} ORDER BY x.audience_id`,
    shown: [
      { title: 'id', of: 'audience_id', look: 'id' },
      { title: 'audience', of: 'audience', look: 'name' },
    ],
  },
  {
    name: 'schedules',
    title: 'Schedules',
    sql: `SELECT id AS schedule_id, status, start_time, stop_time FROM schedules WHERE experiment_id = ${bound} ORDER BY id`,
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
    json: ['old_value', 'new_value'],
    sql:
      'SELECT c.observed_at, c.resource, c.entity_id, c.name, c.what, c.field, CASE WHEN c.field IS NOT NULL THEN x.old_value END AS old_value, ' +
      'CASE WHEN c.field IS NOT NULL THEN x.new_value END AS new_value FROM config_changes AS c JOIN changes AS x ON x.id = c.change_id ' +
      `WHERE ${below} ORDER BY c.change_id DESC LIMIT ${mostChanges}`,
    shown: [
      { title: 'seen', of: 'observed_at', look: 'time' },
      { title: 'in', of: 'resource', look: 'word', spare: 1 },
      { title: 'name', of: 'name', look: 'name' },
      { title: 'what', of: 'field', orElse: 'what', look: 'word' },
      { title: 'before', of: 'old_value', look: 'code' },
      { title: 'after', of: 'new_value', look: 'code' },
    ],
  },
  {
    name: 'pending',
    title: 'Waits to be pushed',
    json: ['base_value', 'local_value'],
    sql:
      'SELECT c.resource, c.entity_id, c.name, c.op, c.status, c.field, x.base_value, x.local_value FROM pending_edits AS c ' +
      `LEFT JOIN outbox_changes AS x ON x.outbox_id = c.outbox_id AND x.field = c.field WHERE ${below} ORDER BY c.outbox_id`,
    shown: [
      { title: 'op', of: 'op', look: 'word' },
      { title: 'in', of: 'resource', look: 'word', spare: 1 },
      { title: 'name', of: 'name', look: 'name' },
      { title: 'status', of: 'status', look: 'word', spare: 2 },
      { title: 'field', of: 'field', look: 'word' },
      { title: 'before', of: 'base_value', look: 'code' },
      { title: 'after', of: 'local_value', look: 'code' },
    ],
  },
];

/** The tables around an experiment. Those without rows say nothing to people, and are there for programs. */
export function aroundTables(db: Database, experimentId: number): ReportTable[] {
  return around.map(({ sql, ...rest }) => {
    const statement = query(db, sql);
    const places = sql.split('?').length - 1;
    return {
      ...rest,
      columns: statement.columns().map((column) => column.name),
      rows: statement.all(...new Array<number>(places).fill(experimentId)) as ReportRow[],
      none: '',
    };
  });
}
