/** One table on its way into its files: a resource into one, a history into one for each day. */
import type { Database } from 'better-sqlite3';
import { type Cell, quoted } from '../db/columns.ts';
import type { ExportFolder } from './folder.ts';
import type { ExportFormat, FormatOptions, OpenWriter } from './format.ts';
import type { Reach } from './manifest.ts';
import { partFile, resourceFile } from './names.ts';
import {
  type Column,
  columnsOf,
  daySql,
  type ExportTable,
  firstMomentSql,
  nextMomentSql,
  resourceSql,
} from './tables.ts';
import { batchesOf, batchLimits, typedRows, type Value } from './values.ts';

export interface ExportedFile {
  readonly path: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

/** One export under way: what the writing of its tables shares. */
export interface Export {
  readonly db: Database;
  readonly folder: ExportFolder;
  readonly format: ExportFormat;
  readonly open: OpenWriter;
  readonly options: FormatOptions;
  /** Tells that so many more rows are written; throws where somebody asked to stop. */
  readonly wrote: (rows: number) => void;
}

/** Stages the table's files; of a history what lies beyond `reach`. */
export async function exportTable(
  run: Export,
  table: ExportTable,
  reach: Reach | null,
): Promise<ExportedFile[]> {
  const columns = columnsOf(run.db, table);
  if (reach === null) {
    const name = () => resourceFile(table, run.format);
    return [await writeFile(run, { table, columns, sql: resourceSql(table, columns), params: [], name })];
  }
  const files: ExportedFile[] = [];
  for (const { day, next } of daysOf(run.db, table, reach)) {
    const ids = idsSeen(columns);
    const name = () => partFile(table, day, ids, run.format);
    const params = [reach.up_to, reach.since, day, next];
    files.push(
      await writeFile(run, { table, columns, sql: daySql(table, columns), params, name, onRow: ids.see }),
    );
  }
  return files.filter(({ rows }) => rows > 0);
}

/** The days that have rows beyond `reach`, found one after the other: a history may have thousands. */
function* daysOf(db: Database, table: ExportTable, { up_to: upTo, since }: Reach) {
  const next = db.prepare(nextMomentSql(table)).pluck();
  let moment = db.prepare(firstMomentSql(table)).pluck().get(upTo, since) as string | null;
  while (moment !== null) {
    const day = moment.slice(0, 10);
    const after = dayAfter(day);
    yield { day, next: after };
    moment = next.get(after) as string | null;
  }
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

/** The lowest and the highest id among the rows that it saw. */
function idsSeen(columns: readonly Column[]) {
  const place = columns.findIndex(({ name }) => name === 'id');
  const ids = {
    first: 0n,
    last: 0n,
    see(row: readonly Value[]) {
      const id = BigInt(row[place] as bigint);
      if (ids.first === 0n || id < ids.first) ids.first = id;
      if (id > ids.last) ids.last = id;
    },
  };
  return ids;
}

interface FileOfRows {
  readonly table: ExportTable;
  readonly columns: readonly Column[];
  readonly sql: string;
  readonly params: readonly Cell[];
  /** Asked when the rows are written. */
  readonly name: () => string;
  readonly onRow?: (row: readonly Value[]) => void;
}

/** Writes the rows of a query into one file aside, a batch at a time, and stages it. */
async function writeFile(
  run: Export,
  { table, columns, sql, params, name, onRow }: FileOfRows,
): Promise<ExportedFile> {
  const { db, folder, options } = run;
  const { file, temporary } = await folder.create();
  let rows = 0;
  try {
    const writer = await run.open(file, columns, options);
    const cells = db
      .prepare<Cell[]>(sql)
      .raw()
      .safeIntegers()
      .iterate(...params) as Iterable<Cell[]>;
    const typed = typedRows(columns);
    for (const batch of batchesOf(cells, batchLimits)) {
      const values = batch.map(typed);
      if (onRow) for (const row of values) onRow(row);
      await writer.write(values);
      rows += values.length;
      run.wrote(values.length);
    }
    await writer.end();
    await file.sync();
  } finally {
    await file.close();
  }
  const exported = { path: name(), table: table.name, rows, bytes: file.bytes };
  if (rows > 0 || onRow === undefined) folder.stage(temporary, exported.path);
  return exported;
}

/** The highest id that the history has by now. */
export function highestId(db: Database, { name }: ExportTable): number {
  return (
    (db
      .prepare(`SELECT max(id) FROM ${quoted(name)}`)
      .pluck()
      .get() as number | null) ?? 0
  );
}
