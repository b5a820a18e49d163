/** The SQL that users type reads one mirror, and ends: it can't write, attach, load, reach a file, or run for ever. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openReadOnly } from '../../src/db/open.ts';
import { UsageError } from '../../src/errors.ts';
import { prepareReading, runSql } from '../../src/query/sql.ts';
import { isRisky } from '../../src/query/sql-risk.ts';
import {
  hasProcesses,
  pulledWorld,
  run,
  startHelper,
  temporaryFolder,
  type World,
} from '../processes/support.ts';

let world: World;
beforeAll(async () => {
  world = await pulledWorld();
});

/** Every file of a folder, and what stands in it. */
function contents(folder: string): Record<string, string> {
  const hash = (file: string) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  // Whoever reads needs an index of the log, and a log, be it empty.
  const names = fs.readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, hash(path.join(folder, name))]));
}

const harmful: readonly (readonly [name: string, sql: string])[] = [
  ['a write', "UPDATE goals SET title = 'x'"],
  ['a write that gives rows', 'DELETE FROM goals RETURNING id'],
  ['a write after WITH', 'WITH a AS (SELECT 1) DELETE FROM goals'],
  ['a write behind a comment', '/* SELECT */ DELETE FROM goals'],
  ['a write behind a line comment', '-- SELECT\nDELETE FROM goals'],
  ['a second statement', 'SELECT 1; DELETE FROM goals'],
  ['a second statement behind a comment', 'SELECT 1; /* ; */ DELETE FROM goals; --'],
  ['a second reading statement', 'SELECT 1; SELECT 2'],
  ['an insert that gives rows', "INSERT INTO goals (title) VALUES ('x') RETURNING 1"],
  ['a table', 'CREATE TABLE x (y)'],
  ['a temporary table', 'CREATE TEMP TABLE x AS SELECT 1'],
  ['a drop', 'DROP TABLE goals'],
  ['a trigger', 'CREATE TEMP TRIGGER t AFTER INSERT ON goals BEGIN SELECT 1; END'],
  ['another file', "ATTACH 'FOLDER/other.db' AS other"],
  ['another file by URI', "ATTACH 'file:FOLDER/other.db?mode=rwc' AS other"],
  ['a detached file', 'DETACH main'],
  ['a copy', "VACUUM INTO 'FOLDER/copy.db'"],
  ['a vacuum', 'VACUUM'],
  ['a new index', 'REINDEX'],
  ['statistics', 'ANALYZE'],
  ['a transaction', 'BEGIN EXCLUSIVE'],
  ['a savepoint', 'SAVEPOINT x'],
  ['a virtual table', 'CREATE VIRTUAL TABLE temp.x USING fts5 (y)'],
  ['an extension', "SELECT load_extension('FOLDER/evil.so')"],
  ['an extension by name', "SELECT load_extension('FOLDER/evil.so', 'init')"],
  ['a file to write', "SELECT writefile('FOLDER/out', 'x')"],
  ['a file to read', "SELECT readfile('/etc/passwd')"],
  ['a folder to read', "SELECT * FROM fsdir('/')"],
  ['an editor', "SELECT edit('x', 'sh -c id')"],
  ['a tokenizer', "SELECT fts3_tokenizer('simple', x'4141414141414141')"],
  ['PRAGMA journal_mode', 'PRAGMA journal_mode = DELETE'],
  ['PRAGMA journal_mode in parentheses', 'PRAGMA journal_mode(DELETE)'],
  ['PRAGMA journal_mode behind a comment', '/**/PRAGMA/**/main.journal_mode/**/=/**/DELETE'],
  ['PRAGMA journal_mode that only asks', 'PRAGMA journal_mode'],
  ['PRAGMA query_only', 'PRAGMA query_only = 0'],
  ['PRAGMA query_only, explained', 'EXPLAIN /**/ PRAGMA query_only = 0'],
  ['PRAGMA query_only, its plan explained', 'EXPLAIN QUERY PLAN PRAGMA query_only(0)'],
  ['PRAGMA locking_mode', ' ;\n--x\nPRAGMA locking_mode = EXCLUSIVE'],
  ['PRAGMA writable_schema', 'PRAGMA writable_schema = 1'],
  ['PRAGMA user_version', 'PRAGMA user_version = 99'],
  ['PRAGMA application_id', 'PRAGMA application_id(1)'],
  ['PRAGMA wal_checkpoint', 'PRAGMA wal_checkpoint(TRUNCATE)'],
  ['PRAGMA temp_store_directory', "PRAGMA temp_store_directory = 'FOLDER'"],
  ['PRAGMA hard_heap_limit', 'PRAGMA hard_heap_limit = 1'],
  ['PRAGMA mmap_size', 'PRAGMA mmap_size(0)'],
  ['nothing', ''],
  ['blanks and comments', ' ; -- nothing\n /* at all'],
];

describe('sql', () => {
  test.each(harmful)('refuses %s, and changes nothing', (_name, sql) => {
    const before = contents(world.folder);
    const db = openReadOnly(world.db);
    const text = sql.replaceAll('FOLDER', world.folder);
    expect(() => [...(runSql(db, text).batches as Iterable<unknown>)]).toThrow(UsageError);
    // Some PRAGMAs act while they are prepared, whether or not they are run.
    expect(db.pragma('query_only', { simple: true })).toBe(1);
    db.close();
    expect(contents(world.folder)).toEqual(before);
    expect(fs.statSync(`${world.db}-wal`).size).toBe(0);
  });

  test.each([
    'PRAGMA table_info(goals)',
    "pragma main.table_xinfo('goals')",
    'PRAGMA foreign_key_check',
    'PRAGMA quick_check',
    'EXPLAIN SELECT * FROM goals',
    'EXPLAIN QUERY PLAN SELECT * FROM goals',
    'SELECT name FROM pragma_table_info(?1)',
    "SELECT 'PRAGMA query_only = 0'",
    'SELECT 1; -- and no more',
    'VALUES (1), (2)',
    'SELECT 1\u0000; DELETE FROM goals',
  ])('takes %s', (sql) => {
    const db = openReadOnly(world.db);
    expect(() => prepareReading(db, sql)).not.toThrow();
    db.close();
  });

  test('goes through a connection that can not write, whatever a statement may be', () => {
    const db = openReadOnly(world.db);
    db.pragma('query_only = 0');
    expect(() => db.exec('DELETE FROM goals')).toThrow(/readonly/);
    expect(() => db.exec('PRAGMA user_version = 99')).toThrow(/readonly/);
    expect(() => db.loadExtension('/nonexistent')).toThrow();
    db.close();
  });

  test('refuses in one line, with 2, and leaves no file behind', async () => {
    const folder = temporaryFolder();
    const env = { ...world.env };
    for (const sql of [
      "ATTACH 'x.db' AS x",
      "VACUUM INTO 'x.db'",
      'SELECT ?',
      'SELECT :x',
      "SELECT 1 WHERE 'a' = @b",
    ]) {
      const { status, stdout, stderr } = await run(['sql', sql, '--format', 'csv'], { env, cwd: folder });
      expect({ sql, status, lines: stderr.trimEnd().split('\n').length }).toEqual({
        sql,
        status: 2,
        lines: 1,
      });
      expect(stdout.split('\n').length).toBeLessThanOrEqual(2);
    }
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

const list = `json_array(${Array.from({ length: 300 }, () => '1').join()})`;

/** Each of these would work for hours at least. */
const endless: readonly (readonly [name: string, sql: string])[] = [
  ['a recursion', 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n'],
  [
    'a recursion that gives rows',
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n',
  ],
  [
    'a recursion inside a condition',
    'SELECT 1 WHERE 0 IN (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)',
  ],
  [
    'a cross join',
    'SELECT count(*) FROM stats, stats, stats, stats, stats, stats, variations, variations, goals, goals',
  ],
  [
    'a join by an index, again and again',
    `SELECT count(*) FROM variations a JOIN variations b USING (experiment_id) ${Array.from({ length: 50 }, (_, i) => `JOIN variations c${i} USING (experiment_id)`).join(' ')}`,
  ],
  [
    'lists in lists',
    `SELECT count(*) FROM json_each(${list}) a, json_each(${list}) b, json_each(${list}) c, json_each(${list}) d`,
  ],
  [
    'a subquery for each row',
    'SELECT (SELECT count(*) FROM stats a, stats b, stats c, stats d WHERE a.visitors > s.visitors) FROM stats s, stats t, stats u',
  ],
  ['one row of much text', "SELECT instr(zeroblob(400000000), zeroblob(200000000) || x'01')"],
  ['a sort of everything', 'SELECT * FROM stats a, stats b, stats c, stats d, stats e ORDER BY random()'],
];

describe('a query that would run for ever', () => {
  test.each(endless)('is known beforehand: %s', (_name, sql) => {
    const db = openReadOnly(world.db);
    expect(isRisky(db, sql)).toBe(true);
    db.close();
  });

  test.concurrent.each(endless)('is stopped when its time is up: %s', async (_name, sql) => {
    const { status, stderr } = await world.run('sql', sql, '--timeout', '1', '--format', 'csv');
    expect(status).toBe(1);
    expect(stderr).toBe(
      'optimirror: the query worked for longer than 1 s and was stopped; --timeout gives it more time, 0 all of it\n',
    );
  });

  test.runIf(hasProcesses)('ends with the program, even by kill -9', async () => {
    // Many rows that show it at work, and then none any more.
    const sql =
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 100000';
    const running = world.start('sql', sql, '--format', 'csv');
    await running.says('\n1\n');
    const [child = 0] = childrenOf(running.child.pid ?? 0);
    expect(isAlive(child)).toBe(true);
    await running.kill();
    await expect.poll(() => isAlive(child), { timeout: 120_000 }).toBe(false);
  });

  test.runIf(hasProcesses)('ends with a program that dies before it looked who that is', async () => {
    const [, sql = ''] = endless[0] ?? [];
    const dying = startHelper(new URL('./short-parent.ts', import.meta.url), [world.db, sql]);
    const { signal, stdout } = await dying.ended;
    expect(signal).toBe('SIGKILL');
    await expect.poll(() => isAlive(Number(stdout)), { timeout: 120_000 }).toBe(false);
  });

  test('shows a table of so many rows and no more, and says so', async () => {
    const sql = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
    const { status, stdout, stderr } = await world.run('sql', sql);
    expect({ status, lines: stdout.trimEnd().split('\n').length }).toEqual({ status: 0, lines: 1001 });
    expect(stderr).toContain('only the first 1,000 rows are shown');
  });
});

function childrenOf(pid: number): number[] {
  const list = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return list.trim().split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    // A process that has ended and that nobody has asked about yet is called a zombie, Z.
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
