/** Mirrors to export, and DuckDB to read the files back: a reader that shares no code with the writer. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { Database } from 'better-sqlite3';
import { afterAll } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { addObservation, observationCells } from '../../src/db/observations.ts';
import { openMirrorFile, openReadOnly } from '../../src/db/open.ts';
import { recordChange, startRun } from '../../src/db/runs.ts';
import { guarded } from '../../src/db/transaction.ts';
import { type ExportOptions, type ExportReport, exportMirror } from '../../src/exports/export.ts';
import { exportTables } from '../../src/exports/tables.ts';
import { OptimizelyClient, openMirror } from '../../src/index.ts';
import { startSandbox } from '../../src/sandbox/index.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-export-'));
  folders.push(folder);
  return folder;
}

/** A mirror of a sandbox's account, pulled for good. */
export async function pulledMirror(): Promise<string> {
  const file = path.join(temporaryFolder(), 'mirror.db');
  const sandbox = await startSandbox({ projects: 2, experimentsPerProject: 12 });
  const client = new OptimizelyClient({ token: sandbox.token, base: sandbox.url, rate: 0 });
  const mirror = openMirror({ db: file, client });
  await mirror.pull();
  mirror.close();
  await client.close();
  await sandbox.close();
  return file;
}

/** A mirror with nothing in it but one run; tests put in what they need, as the sync would. */
export function emptyMirror(): { readonly file: string; readonly db: Database } {
  const file = path.join(temporaryFolder(), 'mirror.db');
  const db = openMirrorFile(file, { create: true });
  guarded<void>(db, () => {
    startRun(db, { kind: 'pull', mode: 'full', now: '2026-01-01T00:00:00.000Z' });
  });
  return { file, db };
}

/** Rows of the history of `stats`, as pulls would write them. */
export function observe(db: Database, rows: readonly (JsonObject & { observed_at: string })[]): void {
  guarded<void>(db, () => {
    for (const { observed_at: at, ...row } of rows) {
      addObservation(db, 'stats', 1, at, observationCells('stats', row.experiment_id as number, row));
    }
  });
}

/** A change that a pull saw. */
export function change(db: Database, at: string, before: string, after: string): void {
  guarded<void>(db, () => {
    recordChange(db, { runId: 1, now: at, resource: 'goals', entityId: 7, field: 'title', before, after });
  });
}

/** Exports all tables, unless told, into `out`. */
export async function exported(
  file: string,
  options: Partial<ExportOptions> & Pick<ExportOptions, 'out'>,
): Promise<ExportReport> {
  const db = openReadOnly(file);
  try {
    return await exportMirror(db, {
      format: 'parquet',
      tables: exportTables,
      since: '',
      safeCsv: false,
      ...options,
    });
  } finally {
    db.close();
  }
}

export function tablesNamed(...names: string[]) {
  return exportTables.filter(({ name }) => names.includes(name));
}

/** Every file below a folder that a reader of data would take for data, relative to it. */
export function dataFiles(folder: string): string[] {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(csv|jsonl|parquet)$/.test(name)).sort();
}

const duck = DuckDBInstance.create(':memory:').then((instance) => instance.connect());

/** What DuckDB answers: a row an array, integers as bigint. */
export async function ask(sql: string): Promise<DuckDBValue[][]> {
  const reader = await (await duck).runAndReadAll(sql);
  return reader.getRows();
}

/** Column names and types as DuckDB sees them. */
export async function typesOf(source: string): Promise<Record<string, string>> {
  const rows = await ask(`DESCRIBE SELECT * FROM ${source}`);
  return Object.fromEntries(rows.map(([name, type]) => [String(name), String(type)]));
}

/** The source of a table's files, for a FROM. To tell null from an empty text in CSV, DuckDB has to be asked. */
export function sourceOf(out: string, table: string, format: string, options = ''): string {
  const pattern =
    table === 'changes' || table.endsWith('_history') ? `${table}/*/*.${format}` : `${table}.${format}`;
  const read = { parquet: 'read_parquet', jsonl: 'read_json', csv: 'read_csv' }[format] ?? '';
  const nulls = format === 'csv' ? ', allow_quoted_nulls = false' : '';
  return `${read}('${path.join(out, pattern)}', hive_partitioning = true${nulls}${options})`;
}
