/** Views and triggers: laid anew whenever the program that opens a mirror would lay other ones than it holds. */
import type { Database } from 'better-sqlite3';
import { captureTriggers, captureView, captureViewSql } from './capture.ts';
import { literal, quoted } from './columns.ts';
import { digestTriggers } from './digest-triggers.ts';
import { isMarked, markOf } from './fingerprint.ts';
import { editableTables, guardTable, readOnlyTables } from './tables.ts';
import { readOnlyTriggers, resourceTriggers } from './triggers.ts';
import { views } from './views.ts';

const guardTrigger =
  `CREATE TRIGGER "${guardTable}_refuse_insert" BEFORE INSERT ON "${guardTable}" ` +
  `WHEN NEW.holder IS NOT 'sync' AND NEW.holder IS NOT 'capture' ` +
  `BEGIN SELECT RAISE(ABORT, '${guardTable} is kept by optimirror and is read-only'); END`;

const allViews = [...views, { name: captureView, sql: captureViewSql }];

/** The statements that lay everything, in an order in which each finds what it names. */
export function objectStatements(): string[] {
  return [
    ...allViews.map(({ name, sql }) => `CREATE VIEW ${quoted(name)} AS ${sql}`),
    ...captureTriggers,
    ...resourceTriggers(),
    ...readOnlyTriggers(readOnlyTables),
    ...digestTriggers(),
    guardTrigger,
  ];
}

/** Whether the mirror holds the views and triggers that this program would lay, and all of them. */
export function objectsAreCurrent(db: Database): boolean {
  return isMarked(db, objectStatements);
}

/** Drops the views and triggers that were laid before. The views that people made themselves stay. */
export function dropObjects(db: Database): void {
  const tables = [...editableTables, ...readOnlyTables, guardTable, captureView];
  const mine = [...allViews.map(({ name }) => name), ...laidBefore(db)];
  const rows = db
    .prepare(
      "SELECT type, name FROM sqlite_schema WHERE (type = 'trigger' AND tbl_name IN (SELECT value FROM json_each(?))) " +
        "OR (type = 'view' AND name IN (SELECT value FROM json_each(?))) ORDER BY type",
    )
    .all(JSON.stringify(tables), JSON.stringify(mine)) as { type: string; name: string }[];
  for (const { type, name } of rows) db.exec(`DROP ${type} ${quoted(name)}`);
}

/** The names of the views that an earlier program laid, some of which this one may not know. */
function laidBefore(db: Database): string[] {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'mirror_meta'").get() === undefined) return [];
  const names = db.prepare("SELECT value FROM mirror_meta WHERE key = 'views'").pluck().get();
  return typeof names === 'string' ? (JSON.parse(names) as string[]) : [];
}

/** Lays the views and triggers; the caller holds a transaction in which none are left. */
export function createObjects(db: Database): void {
  for (const sql of objectStatements()) db.exec(sql);
  const names = JSON.stringify(allViews.map(({ name }) => name));
  // The triggers that were just laid would refuse this as anybody else's write.
  db.exec(
    `INSERT INTO ${guardTable} (holder) VALUES ('sync');
    INSERT INTO mirror_meta (key, value) VALUES ('next_temp_id', '-1') ON CONFLICT (key) DO NOTHING;
    INSERT INTO mirror_meta (key, value) VALUES ('views', ${literal(names)}), ('objects', ${literal(markOf(db, objectStatements))})
      ON CONFLICT (key) DO UPDATE SET value = excluded.value;
    DELETE FROM ${guardTable};`,
  );
}
