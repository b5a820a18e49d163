/** Exports that don't come to their end: no half file, nothing lost, nothing twice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import files from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lockOrNull } from '../../src/db/lock.ts';
import { InterruptedError } from '../../src/errors.ts';
import { program } from '../cli/support.ts';
import {
  ask,
  dataFiles,
  emptyMirror,
  exported,
  observe,
  sourceOf,
  tablesNamed,
  temporaryFolder,
} from './support.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const tables = tablesNamed('goals', 'stats_history');
const days = 8;

/** Rows on so many days, each with a number of its own in `visitors`. */
function rowsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    observed_at: new Date(Date.UTC(2026, 0, 1 + ((first + index) % days))).toISOString(),
    experiment_id: 1,
    variation_id: '1',
    goal_id: 1,
    visitors: first + index,
  }));
}

/** Each row of the history stands in exactly one file. */
async function expectWhole(out: string, rows: number): Promise<void> {
  const source = sourceOf(out, 'stats_history', 'parquet');
  expect(await ask(`SELECT count(*), count(DISTINCT id), sum(visitors)::BIGINT FROM ${source}`)).toEqual([
    [BigInt(rows), BigInt(rows), BigInt((rows * (rows - 1)) / 2)],
  ]);
}

const leftovers = (out: string) => fs.readdirSync(out).filter((name) => name.startsWith('.tmp'));

describe('a crash', () => {
  test('at any step of putting files in place loses nothing and doubles nothing', async () => {
    const { file, db } = emptyMirror();
    const [first, second] = [30, 25];
    observe(db, rowsFrom(0, first));
    const before = temporaryFolder();
    await exported(file, { out: before, tables });
    observe(db, rowsFrom(first, second));
    db.close();
    const rename = files.rename;
    for (let step = 1; ; step++) {
      const out = temporaryFolder();
      fs.cpSync(before, out, { recursive: true });
      let renames = 0;
      const spy = vi.spyOn(files, 'rename').mockImplementation(async (from, to) => {
        if (++renames === step) throw new Error('power cut');
        await rename(from, to);
      });
      const failure = await exported(file, { out, tables }).then(
        () => null,
        (error: Error) => error.message,
      );
      spy.mockRestore();
      await exported(file, { out, tables });
      await expectWhole(out, first + second);
      if (failure === null) {
        // The claim, a file for each day, the goals, the manifest.
        expect(step).toBeGreaterThan(days);
        return;
      }
      expect(failure).toBe('power cut');
    }
  });

  test('of the whole process leaves no half file under a final name', async () => {
    const { file, db } = emptyMirror();
    const rows = 60_000;
    observe(db, rowsFrom(0, rows));
    db.close();
    for (const moment of [1, 3, 8]) {
      const out = temporaryFolder();
      await killedWhen(file, out, moment);
      expect(dataFiles(out)).toEqual([]);
      expect(leftovers(out)).toEqual(['.tmp-export']);
      await exported(file, { out, tables });
      expect(leftovers(out)).toEqual([]);
      await expectWhole(out, rows);
    }
  });
});

/** Runs an export that is killed as soon as it has opened the file of that number, before a byte stands in it. */
async function killedWhen(file: string, out: string, begun: number): Promise<void> {
  const args = ['--db', file, 'export', '--format', 'parquet', '--out', out];
  const named = tables.flatMap(({ name }) => ['--table', name]);
  const staged = path.join(fs.realpathSync(out), '.tmp-export', String(begun));
  const deadly = ['--import', dyingAt(staged)];
  // The settings of whoever runs the tests stay outside.
  const env = { PATH: process.env.PATH };
  const child = spawn(process.execPath, [...deadly, program, ...args, ...named], { stdio: 'ignore', env });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

/** Loaded before the program: it dies by its own hand, since nobody from outside could be sure to be in time. */
function dyingAt(opened: string): string {
  const code = `
    import fs from 'node:fs/promises';
    const { open } = fs;
    fs.open = async (file, ...rest) => {
      const handle = await open(file, ...rest);
      if (file === ${JSON.stringify(opened)}) process.kill(process.pid, 'SIGKILL');
      return handle;
    };`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

describe('an export', () => {
  test('that is interrupted leaves the folder as it was', async () => {
    const { file, db } = emptyMirror();
    observe(db, rowsFrom(0, 50));
    const out = temporaryFolder();
    await exported(file, { out, tables });
    const before = dataFiles(out);
    observe(db, rowsFrom(50, 50));
    db.close();
    const stop = new AbortController();
    const interrupted = exported(file, { out, tables, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(interrupted).rejects.toThrow(InterruptedError);
    expect(dataFiles(out)).toEqual(before);
    expect(leftovers(out)).toEqual([]);
    await exported(file, { out, tables });
    await expectWhole(out, 100);
  });

  test('is of one moment, whatever is written meanwhile', async () => {
    const { file, db } = emptyMirror();
    observe(db, rowsFrom(0, 40));
    const out = temporaryFolder();
    let written = 0;
    const report = await exported(file, {
      out,
      tables,
      onProgress: () => {
        if (written++ === 0) observe(db, rowsFrom(40, 40));
      },
    });
    expect(report.rows).toBe(40);
    await expectWhole(out, 40);
    expect((await exported(file, { out, tables })).rows).toBe(40);
    await expectWhole(out, 80);
    db.close();
  });

  test('waits for nobody: where another one writes it ends with 6', async () => {
    const { file, db } = emptyMirror();
    db.close();
    const out = temporaryFolder();
    const lock = lockOrNull(path.join(out, '.optimirror-export.lock'));
    await expect(exported(file, { out })).rejects.toMatchObject({ exit: 6 });
    lock?.release();
    await exported(file, { out });
  });

  test('refuses to write over what no export wrote, and leaves it as it was', async () => {
    const { file, db } = emptyMirror();
    db.close();
    const out = temporaryFolder();
    fs.writeFileSync(path.join(out, 'goals.parquet'), 'mine');
    await expect(exported(file, { out })).rejects.toMatchObject({
      exit: 2,
      message: /goals\.parquet is there already/,
    });
    expect(dataFiles(out)).toEqual(['goals.parquet']);
    expect(fs.readFileSync(path.join(out, 'goals.parquet'), 'utf8')).toBe('mine');
    await exported(file, { out, format: 'csv' });
  });

  test('refuses a folder of another mirror, and one whose manifest it can not read', async () => {
    const [one, other] = [emptyMirror(), emptyMirror()];
    const out = temporaryFolder();
    other.db.exec("INSERT INTO sync_guard (holder) VALUES ('sync')");
    other.db.exec("UPDATE sync_runs SET started_at = '2026-02-02T00:00:00.000Z'; DELETE FROM sync_guard");
    one.db.close();
    other.db.close();
    await exported(one.file, { out, tables });
    await expect(exported(other.file, { out, tables })).rejects.toThrow(/export of another mirror/);
    fs.writeFileSync(path.join(out, '.optimirror-export.json'), '{"optimirror_export": 9}');
    await expect(exported(one.file, { out, tables })).rejects.toThrow(/newer optimirror, or damaged/);
  });

  test('says what the file system refuses', async () => {
    const { file, db } = emptyMirror();
    db.close();
    const out = path.join(temporaryFolder(), 'file');
    fs.writeFileSync(out, '');
    const refused = exported(file, { out });
    await expect(refused).rejects.toMatchObject({ exit: 2 });
    await expect(refused).rejects.toThrow(/can't be written to: a file stands where/);
  });
});
