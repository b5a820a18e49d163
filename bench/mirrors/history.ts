/** A year of history for a mirror, straight into its tables: observations of results, and changes that pulls saw. */
import type { Database } from 'better-sqlite3';
import { fieldsOf, type ObservationName, observationNames } from '../../src/api/resources.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { now } from './index.ts';

/** A pull a day. */
const days = 365;
const dayMs = 86_400_000;
/** Few experiments are watched for months, and most for days: with this power of an even chance, 8 on average. */
const skew = 12;

/** Exactly so many rows: observations, and for the rest changes. Inside a guarded transaction. */
export function fillHistory(db: Database, rows: number): void {
  chooseDays(db);
  fillRuns(db);
  let left = rows;
  for (const resource of observationNames) left -= observe(db, resource);
  if (left < 0) throw new Error(`${-left} observations too many for a history of ${rows} rows`);
  change(db, left);
}

/** `watched`: from which day to which each experiment's results were seen to change; a running one's until today. */
function chooseDays(db: Database): void {
  db.exec('CREATE TEMP TABLE watched (experiment_id INTEGER PRIMARY KEY, first_day, last_day)');
  const insert = db.prepare('INSERT INTO watched VALUES (?, ?, ?)');
  const random = seededRandom(2);
  const experiments = db.prepare('SELECT id, status FROM experiments').all() as {
    id: number;
    status: string;
  }[];
  for (const { id, status } of experiments) {
    const last = status === 'Running' ? days : Math.ceil(random() * days);
    insert.run(id, Math.max(1, last - Math.floor(100 * random() ** skew)), last);
  }
}

function fillRuns(db: Database): void {
  const insert = db.prepare(
    "INSERT INTO sync_runs (run_id, kind, mode, status, started_at, finished_at, requests) VALUES (?, 'pull', 'incremental', 'complete', ?, ?, 500)",
  );
  for (let day = 1; day <= days; day++) insert.run(day, dayText(day), dayText(day));
}

const dayText = (day: number) => new Date(now - (days - day) * dayMs).toISOString();

/** Day by day, as pulls would write it, so that it lies in the file as it would then. */
function observe(db: Database, resource: ObservationName): number {
  const grown = (column: string) =>
    `CAST(${column} * (1.0 + $day - first_day) / (1.0 + last_day - first_day) AS INTEGER)`;
  const columns = fieldsOf(resource).map(([name]) => name);
  const cells = columns.map((name) =>
    name === 'visitors' || name === 'conversions' ? grown(name) : `r.${name}`,
  );
  const insert = db.prepare(
    `INSERT INTO ${resource}_history (run_id, observed_at, ${columns.join(', ')}) SELECT $day, $at, ${cells.join(', ')} ` +
      `FROM watched JOIN ${resource} AS r USING (experiment_id) WHERE $day BETWEEN first_day AND last_day`,
  );
  let rows = 0;
  for (let day = 1; day <= days; day++) rows += insert.run({ day, at: dayText(day) }).changes;
  return rows;
}

/** Names and statuses that were others before, spread over the year. */
function change(db: Database, rows: number): void {
  const insert = db.prepare(
    "INSERT INTO changes (run_id, observed_at, resource, entity_id, field, old_value, new_value) VALUES (?, ?, 'experiments', ?, ?, ?, ?)",
  );
  const random = seededRandom(3);
  const ids = db.prepare('SELECT id FROM experiments ORDER BY id').pluck().all() as number[];
  for (let row = 0; row < rows; row++) {
    const day = 1 + Math.floor((row / rows) * days);
    const id = ids[Math.floor(random() * ids.length)];
    const [field, before, after] =
      row % 3 === 0
        ? ['status', '"Paused"', '"Running"']
        : ['description', `"name ${row}"`, `"name ${row + 1}"`];
    insert.run(day, dayText(day), id, field, before, after);
  }
}
