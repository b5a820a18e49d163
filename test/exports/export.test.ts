/** Exports read back with DuckDB: every value of every table, in every format. */
import fs from 'node:fs';
import path from 'node:path';
import { DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from 'vitest';
import { openReadOnly } from '../../src/db/open.ts';
import { guarded } from '../../src/db/transaction.ts';
import { exportFormats } from '../../src/exports/format.ts';
import { type Column, columnsOf, exportTables } from '../../src/exports/tables.ts';
import {
  ask,
  change,
  dataFiles,
  emptyMirror,
  exported,
  observe,
  pulledMirror,
  sourceOf,
  tablesNamed,
  temporaryFolder,
  typesOf,
} from './support.ts';

/** Without the tables that this account has nothing in. */
const filled = exportTables.filter(({ name }) => name !== 'changes');
const unlisted = new Set(['extra']);

/** What DuckDB gave, as SQLite has it: booleans 0 and 1, times as text. */
function asCell(value: DuckDBValue): unknown {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof DuckDBTimestampTZValue) return new Date(Number(value.micros / 1000n)).toISOString();
  return value;
}

function mirrorRows(file: string, table: string, columns: readonly Column[]): unknown[][] {
  const db = openReadOnly(file);
  const names = columns.filter(({ name }) => !unlisted.has(name)).map(({ name }) => name);
  const rows = db.prepare(`SELECT ${names.join(', ')} FROM ${table} ORDER BY 1, 2, 4`);
  const cells = rows.raw().safeIntegers().all() as unknown[][];
  db.close();
  return cells;
}

describe('a pulled mirror', () => {
  let file: string;
  let out: string;
  const columns = new Map<string, Column[]>();
  beforeAll(async () => {
    file = await pulledMirror();
    out = temporaryFolder();
    for (const format of exportFormats) await exported(file, { out, format });
    const db = openReadOnly(file);
    for (const table of exportTables) columns.set(table.name, columnsOf(db, table));
    db.close();
  });

  test.each(filled)('$name comes back from Parquet value by value', async ({ name }) => {
    const own = (columns.get(name) ?? []).filter((column) => !unlisted.has(column.name));
    const names = own.map((column) => column.name).join(', ');
    const rows = await ask(`SELECT ${names} FROM ${sourceOf(out, name, 'parquet')} ORDER BY 1, 2, 4`);
    const expected = mirrorRows(file, name, own);
    expect(expected.length).toBeGreaterThan(0);
    expect(rows.map((row) => row.map(asCell))).toEqual(expected);
  });

  test.each(filled)('$name has the types of its columns in Parquet', async ({ name }) => {
    const sql = {
      integer: 'BIGINT',
      number: 'DOUBLE',
      boolean: 'BOOLEAN',
      text: 'VARCHAR',
      list: 'VARCHAR',
      moment: 'TIMESTAMP WITH TIME ZONE',
    };
    const expected = Object.fromEntries(
      (columns.get(name) ?? []).map((column) => [column.name, sql[column.type]]),
    );
    const { date, ...types } = await typesOf(sourceOf(out, name, 'parquet'));
    expect(types).toEqual(expected);
    expect(date).toBe(name.endsWith('_history') ? 'DATE' : undefined);
  });

  test.each(filled)('$name says the same in CSV and JSON lines as in Parquet', async ({ name }) => {
    const own = columns.get(name) ?? [];
    const numeric = own.filter(({ type }) => type === 'integer' || type === 'number');
    const sums = numeric.map((column) => `sum(${column.name}::DOUBLE)`);
    const filledCells = own.map((column) => `count(${column.name})`);
    const facts = `SELECT ${['count(*)', ...sums, ...filledCells].join(', ')} FROM`;
    const [parquet] = await ask(`${facts} ${sourceOf(out, name, 'parquet')}`);
    // Of a column without a value DuckDB can't guess the type.
    const csv = sourceOf(out, name, 'csv', ', all_varchar = true');
    expect(await ask(`${facts} ${sourceOf(out, name, 'jsonl')}`)).toEqual([parquet]);
    expect(await ask(`${facts} ${csv}`)).toEqual([parquet]);
  });

  test('lists are lists in JSON lines, and JSON text in Parquet and CSV', async () => {
    expect(await typesOf(sourceOf(out, 'goals', 'jsonl'))).toMatchObject({ experiment_ids: 'BIGINT[]' });
    for (const format of ['parquet', 'csv']) {
      const [sums] = await ask(
        `SELECT sum(len(from_json(experiment_ids, '["BIGINT"]'))) FROM ${sourceOf(out, 'goals', format)}`,
      );
      expect(sums).toEqual(
        (await ask(`SELECT sum(len(experiment_ids)) FROM ${sourceOf(out, 'goals', 'jsonl')}`))[0],
      );
    }
  });

  test('the report names every file with its rows and its bytes', async () => {
    const folder = temporaryFolder();
    const report = await exported(file, { out: folder });
    expect(report.files.map((each) => path.relative(folder, each.path)).sort()).toEqual(dataFiles(folder));
    for (const each of report.files) expect(fs.statSync(each.path).size).toBe(each.bytes);
    const [counts] = await ask(`SELECT count(*) FROM ${sourceOf(folder, 'goals', 'parquet')}`);
    expect(counts).toEqual([BigInt(report.files.find(({ table }) => table === 'goals')?.rows ?? -1)]);
    expect(report.rows).toBe(report.files.reduce((sum, { rows }) => sum + rows, 0));
  });
});

describe('values', () => {
  test('that are out of the ordinary come back as they were', async () => {
    const { file, db } = emptyMirror();
    const title = 'Zoë 🦜, "a"\r\n=1+1\t\u2028';
    guarded<void>(db, () => {
      db.prepare(
        'INSERT INTO goals (id, project_id, title, description, archived) VALUES (?, ?, ?, ?, ?)',
      ).run(...[2 ** 53 - 1, 3_000_000_000, title, '', 1]);
      db.prepare(
        'INSERT INTO goals (id, project_id, title, description, archived) VALUES (?, ?, ?, ?, ?)',
      ).run(...[-1, 1, 'null', null, null]);
    });
    db.close();
    const out = temporaryFolder();
    const columns = 'id, project_id, title, description, archived';
    for (const format of exportFormats) {
      await exported(file, { out, format, tables: tablesNamed('goals') });
      expect(await ask(`SELECT ${columns} FROM ${sourceOf(out, 'goals', format)} ORDER BY id`)).toEqual([
        [-1n, 1n, 'null', null, null],
        [2n ** 53n - 1n, 3_000_000_000n, title, '', true],
      ]);
    }
  });

  test('of another type than the column’s stand in extra, beside the fields that nobody listed', async () => {
    const { file, db } = emptyMirror();
    guarded<void>(db, () => {
      db.prepare('INSERT INTO goals (id, title, archived, project_id) VALUES (1, ?, ?, ?)').run(
        'a',
        'maybe',
        'p7',
      );
      db.prepare("INSERT INTO remote_goals (id, parent_id, body, extra) VALUES (1, 7, '{}', ?)").run(
        '{"new": [1]}',
      );
    });
    db.close();
    const out = temporaryFolder();
    await exported(file, { out, tables: tablesNamed('goals') });
    const [row] = await ask(`SELECT archived, project_id, extra FROM ${sourceOf(out, 'goals', 'parquet')}`);
    expect(row?.slice(0, 2)).toEqual([null, null]);
    expect(JSON.parse(String(row?.[2]))).toEqual({ new: [1], archived: 'maybe', project_id: 'p7' });
  });

  test.each(exportFormats)('none at all make a file with columns and no rows, in %s', async (format) => {
    const { file, db } = emptyMirror();
    db.close();
    const out = temporaryFolder();
    const report = await exported(file, { out, format, tables: tablesNamed('goals', 'changes') });
    expect(report.files).toMatchObject([{ table: 'goals', rows: 0 }]);
    expect(dataFiles(out)).toEqual([`goals.${format}`]);
    if (format === 'jsonl') return;
    const source = sourceOf(out, 'goals', format);
    expect(await ask(`SELECT count(*), count(title) FROM ${source}`)).toEqual([[0n, 0n]]);
  });

  test('that a spreadsheet would execute are neutralised on request, and numbers left alone', async () => {
    const { file, db } = emptyMirror();
    const texts = ['=1+1', '+1', '-1', '@A1', '\t=1', '\r=1', '＝1', 'a=1', '', "'x"];
    guarded<void>(db, () => {
      texts.forEach((text, index) => {
        db.prepare('INSERT INTO goals (id, title) VALUES (?, ?)').run(-1 - index, text);
      });
    });
    db.close();
    const out = temporaryFolder();
    const options = { out, format: 'csv', tables: tablesNamed('goals') } as const;
    const titles = () => ask(`SELECT id, title FROM ${sourceOf(out, 'goals', 'csv')} ORDER BY id DESC`);
    await exported(file, { ...options, safeCsv: true });
    const safe = texts.map((text) => (/^[=+\-@\t\r＝]/.test(text) ? `'${text}` : text));
    expect(await titles()).toEqual(safe.map((text, index) => [BigInt(-1 - index), text]));
    await exported(file, options);
    expect(await titles()).toEqual(texts.map((text, index) => [BigInt(-1 - index), text]));
  });
});

describe('a history', () => {
  const day = (date: string, visitors: number) => ({
    observed_at: `2026-${date}T23:59:59.999Z`,
    experiment_id: 5_000_000_000,
    variation_id: '9',
    goal_id: 7,
    visitors,
  });

  test('lies in a folder for each UTC day, and grows by what is new alone', async () => {
    const { file, db } = emptyMirror();
    const out = temporaryFolder();
    const options = { out, tables: tablesNamed('stats_history', 'changes') };
    observe(db, [day('01-31', 1), day('02-01', 2), day('02-01', 3), day('12-31', 4)]);
    change(db, '2026-02-01T00:00:00.000Z', 'a', 'b');
    const first = await exported(file, options);
    expect(dataFiles(out)).toEqual([
      'changes/date=2026-02-01/part-1-1.parquet',
      'stats_history/date=2026-01-31/part-1-1.parquet',
      'stats_history/date=2026-02-01/part-2-3.parquet',
      'stats_history/date=2026-12-31/part-4-4.parquet',
    ]);
    expect(first.rows).toBe(5);

    expect(await exported(file, options)).toEqual({ files: [], rows: 0 });

    observe(db, [day('12-31', 5), day('02-01', 6)]);
    const third = await exported(file, options);
    expect(third.files.map((each) => path.relative(out, each.path))).toEqual([
      'stats_history/date=2026-02-01/part-6-6.parquet',
      'stats_history/date=2026-12-31/part-5-5.parquet',
    ]);
    expect(
      await ask(
        `SELECT date::VARCHAR, sum(visitors) FROM ${sourceOf(out, 'stats_history', 'parquet')} GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      ['2026-01-31', 1n],
      ['2026-02-01', 11n],
      ['2026-12-31', 9n],
    ]);
    expect(
      await ask(`SELECT field, old_value, new_value FROM ${sourceOf(out, 'changes', 'parquet')}`),
    ).toEqual([['title', '"a"', '"b"']]);
    db.close();
  });

  test('begins where --since says, and goes on from there without it', async () => {
    const { file, db } = emptyMirror();
    const out = temporaryFolder();
    const options = { out, tables: tablesNamed('stats_history') };
    const seen = async () =>
      (await ask(`SELECT visitors FROM ${sourceOf(out, 'stats_history', 'parquet')} ORDER BY 1`)).flat();
    observe(db, [day('01-31', 1), day('02-01', 2), day('02-02', 3)]);
    await exported(file, { ...options, since: '2026-02-01T23:59:59.999Z' });
    expect(await seen()).toEqual([2n, 3n]);
    observe(db, [day('02-03', 4)]);
    await exported(file, options);
    await exported(file, { ...options, since: '2026-06-01T00:00:00.000Z' });
    expect(await seen()).toEqual([2n, 3n, 4n]);
    await expect(exported(file, { ...options, since: '2026-01-01T00:00:00.000Z' })).rejects.toThrow(
      /begins at 2026-02-01/,
    );
    db.close();
  });
});
