/** `optimirror export` from the command line. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportTables } from '../../src/exports/tables.ts';
import { ask, dataFiles, sourceOf } from '../exports/support.ts';
import { first, pulledWorld, temporaryFolder, type World } from './support.ts';

interface Report {
  readonly files: readonly { path: string; table: string; rows: number; bytes: number }[];
  readonly rows: number;
}

let world: World;
beforeAll(async () => {
  world = await pulledWorld();
});

describe('export', () => {
  test('reports every file it wrote, as JSON of the promised shape', async () => {
    const out = path.join(temporaryFolder(), 'new', 'lake');
    const report = await world.json<Report>(0, 'export', '--format', 'parquet', '--out', out);
    expect(Object.keys(report)).toEqual(['files', 'rows']);
    for (const file of report.files) {
      expect(file).toEqual({
        path: file.path,
        table: file.table,
        rows: file.rows,
        bytes: fs.statSync(file.path).size,
      });
      const [[rows] = []] = await ask(`SELECT count(*) FROM '${file.path}'`);
      expect(rows).toBe(BigInt(file.rows));
    }
    expect(new Set(report.files.map(({ table }) => table))).toEqual(
      new Set(exportTables.map(({ name }) => name).filter((name) => name !== 'changes')),
    );
    const { n } = await first<{ n: number }>(world, 'SELECT count(*) AS n FROM experiments');
    expect(report.files.find(({ table }) => table === 'experiments')?.rows).toBe(n);
  });

  test('holds what was edited offline, as every reading command does', async () => {
    const { id } = await first<{ id: number }>(world, 'SELECT id FROM goals WHERE is_editable IS NOT 0');
    await world.json(0, 'edit', 'goals', String(id), 'title=Offline');
    const out = temporaryFolder();
    await world.json(0, 'export', '--format', 'jsonl', '--out', out, '--table', 'goals');
    expect(await ask(`SELECT title FROM ${sourceOf(out, 'goals', 'jsonl')} WHERE id = ${id}`)).toEqual([
      ['Offline'],
    ]);
    expect(dataFiles(out)).toEqual(['goals.jsonl']);
  });

  test('tells people what it wrote, and a second time what was new', async () => {
    const out = temporaryFolder();
    const args = ['export', '--format', 'csv', '--out', out, '--table', 'goals', '--table', 'stats_history'];
    const { status, stdout } = await world.optimirror(...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^table +rows +files +size\ngoals +[\d,]+ +1 .*\nstats_history +[\d,]+ +1 /);
    expect(stdout).toMatch(/\d+ rows in 2 files written to /);
    expect((await world.optimirror(...args)).stdout).toContain('Nothing new in stats_history.');
  });

  const refused: readonly [string, string[], RegExp][] = [
    ['no format', ['--out', 'x'], /--format with csv, jsonl or parquet/],
    ['an unknown format', ['--format', 'parket', '--out', 'x'], /did you mean parquet/],
    ['no folder', ['--format', 'csv'], /--out/],
    ['an unknown table', ['--format', 'csv', '--out', 'x', '--table', 'result'], /did you mean results/],
    ['a time that is none', ['--format', 'csv', '--out', 'x', '--since', 'soon'], /--since is a time/],
    ['safe CSV of another format', ['--format', 'jsonl', '--out', 'x', '--safe-csv'], /--safe-csv is for/],
  ];
  test.each(refused)('refuses %s with 2, and writes nothing', async (_, args, says) => {
    const folder = temporaryFolder();
    const placed = args.map((arg) => (arg === 'x' ? path.join(folder, 'x') : arg));
    const result = await world.optimirror('export', ...placed);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(says);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('ends with 1 where there is no mirror', async () => {
    const folder = temporaryFolder();
    const args = [
      '--db',
      path.join(folder, 'none.db'),
      'export',
      '--format',
      'csv',
      '--out',
      path.join(folder, 'x'),
    ];
    expect(await world.optimirror(...args)).toMatchObject({ status: 1, stdout: '' });
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
