/** `optimirror sql`, `list` and `get`: formats, refusals, and what a terminal is spared. */
import Sqlite from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { fieldsOf } from '../../src/api/resources.ts';
import { first, pulledWorld, type World } from './support.ts';

let world: World;
beforeAll(async () => {
  world = await pulledWorld({ projects: 2, experimentsPerProject: 8 });
});

const counting = 'WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c';

describe('sql', () => {
  test('gives JSON as SQLite gives the values, exact beyond what a JavaScript number holds', async () => {
    const { stdout } = await world.optimirror(
      'sql',
      `SELECT 9007199254740993 AS big, 1.5 AS real, NULL AS missing, 'é' AS text, x'0aff' AS bytes, 1 = 1 AS truth`,
      '--format',
      'json',
    );
    expect(stdout).toBe(
      '[{"big":9007199254740993,"real":1.5,"missing":null,"text":"é","bytes":"0aff","truth":1}]\n',
    );
  });

  test('loses no column of the same name', async () => {
    expect(await world.json(0, 'sql', 'SELECT 1 AS a, 2 AS a')).toEqual([{ a: 1, 'a:1': 2 }]);
  });

  test('gives an empty JSON list, and no JSON lines, for no rows', async () => {
    expect(await world.json(0, 'sql', 'SELECT 1 WHERE 0')).toEqual([]);
    expect((await world.optimirror('sql', 'SELECT 1 WHERE 0', '--format', 'jsonl')).stdout).toBe('');
  });

  test('gives CSV that keeps commas, quotes and line breaks', async () => {
    const { stdout } = await world.optimirror('sql', `SELECT 'a,"b"\n' AS x, 2 AS y`, '--format', 'csv');
    expect(parse(stdout)).toEqual([
      ['x', 'y'],
      ['a,"b"\n', '2'],
    ]);
  });

  test('gives a line of JSON for each row', async () => {
    const { stdout } = await world.optimirror('sql', 'VALUES (1), (2)', '--format', 'jsonl');
    expect(stdout).toBe('{"column1":1}\n{"column1":2}\n');
  });

  test('reads the query from stdin', async () => {
    const { stdout } = await world.with({ input: 'SELECT 7 AS n' }, 'sql', '-', '--json');
    expect(JSON.parse(stdout)).toEqual([{ n: 7 }]);
  });

  const comments = ['-- how many\n', '--how many\n', '--=== how many ===\n', '/* how many */ '];
  test.each(comments.map((comment) => `${comment}SELECT 7 AS n`))(
    'takes a query that begins with a comment: %j',
    async (query) => {
      expect(await world.json(0, 'sql', query)).toEqual([{ n: 7 }]);
      expect(await world.json(0, 'sql', '--limit', '3', query)).toEqual([{ n: 7 }]);
    },
  );

  test('prints an aligned table, numbers to the right', async () => {
    const { stdout } = await world.optimirror(
      'sql',
      "SELECT 'a' AS name, 5 AS n UNION ALL SELECT '日本', 12345",
    );
    expect(stdout).toBe('name      n\na         5\n日本  12345\n');
  });

  test('cuts a table after so many rows, and says so on stderr', async () => {
    const { stdout, stderr } = await world.optimirror('sql', `${counting} LIMIT 1001) SELECT x FROM c`);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1001);
    expect(stderr).toContain('only the first 1,000 rows are shown');
  });

  test('streams any number of rows', async () => {
    const { stdout } = await world.optimirror(
      'sql',
      `${counting} LIMIT 20000) SELECT x FROM c`,
      '--format',
      'csv',
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('20000');
  });

  test('stops a query that works too long, and ends with 1', async () => {
    const result = await world.optimirror('sql', `${counting}) SELECT count(*) FROM c`, '--timeout', '1');
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toContain('longer than 1 s');
  });

  test('ends with 130 when it is interrupted', async () => {
    const result = await world.with(
      { onStart: (child) => child.stdout?.once('data', () => child.kill('SIGINT')) },
      'sql',
      `${counting}) SELECT x FROM c`,
      '--format',
      'jsonl',
    );
    expect(result.status).toBe(130);
  });

  test('ends quietly when its reader has gone', async () => {
    const result = await world.with(
      { onStart: (child) => child.stdout?.once('data', () => child.stdout?.destroy()) },
      'sql',
      `${counting}) SELECT x FROM c`,
      '--format',
      'jsonl',
    );
    expect(result).toMatchObject({ status: 0, stderr: '' });
  });

  const refused: readonly [string, string, RegExp][] = [
    ['a delete', 'DELETE FROM experiments', /reading statement/],
    ['an update with RETURNING', "UPDATE goals SET title = 'x' RETURNING id", /reading statement/],
    ['two statements', 'SELECT 1; SELECT 2', /more than one/],
    ['a hidden second statement', 'SELECT 1; DROP TABLE goals', /more than one/],
    ['nothing', ' ', /no SQL statement/],
    ['a comment alone', '/* nothing */', /no SQL statement/],
    ['ATTACH', "ATTACH 'other.db' AS other", /reading statement/],
    ['a PRAGMA that writes', 'PRAGMA user_version = 7', /reading statement/],
    ['a PRAGMA that loosens', 'PRAGMA query_only = 0', /reading statement/],
    ['BEGIN', 'BEGIN IMMEDIATE', /reading statement/],
    ['a wrong word', 'SELCT 1', /syntax error/],
    ['an unknown table', 'SELECT * FROM experimnts', /did you mean experiments/],
    ['an unknown column', 'SELECT e.desciption FROM experiments e', /did you mean description/],
    ['an unknown function', 'SELECT nope(1)', /no such function/],
    ['an error on the way', "SELECT json_extract('{', '$.a')", /malformed JSON/],
  ];
  test.each(refused)('refuses %s with 2 and one line', async (_, query, says) => {
    const result = await world.optimirror('sql', query, '--json');
    expect(result).toMatchObject({ status: 2 });
    expect(result.stderr).toMatch(says);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('changes nothing of the mirror, whatever is asked', async () => {
    const db = new Sqlite(world.db, { readonly: true });
    expect(db.pragma('user_version', { simple: true })).not.toBe(7);
    expect(db.prepare('SELECT count(*) FROM outbox').pluck().get()).toBe(0);
    db.close();
  });
});

describe('list', () => {
  test('gives entities under the API’s names, booleans and lists as JSON values', async () => {
    const listed = await world.json<Record<string, unknown>[]>(0, 'list', 'experiments');
    expect(listed).toHaveLength(16);
    for (const experiment of listed) {
      const sent = world.sandbox.account.get('experiments', experiment.id as number);
      expect(experiment).toMatchObject({ ...sent });
    }
  });

  test('filters by condition, project, order and limit', async () => {
    const { id } = await first<{ id: number }>(world, 'SELECT max(id) AS id FROM projects');
    const listed = await world.json<{ id: number; project_id: number }[]>(
      0,
      ...['list', 'variations', '--project', String(id), '--where', 'weight >= 5000 -- half'],
      ...['--order', 'id DESC', '--limit', '3', '--columns', 'id,project_id'],
    );
    expect(listed).toHaveLength(3);
    expect(listed).toEqual([...listed].sort((a, b) => b.id - a.id));
    expect(new Set(listed.map((one) => one.project_id))).toEqual(new Set([id]));
  });

  test.each(['projects', 'schedules', 'results', 'stats'])(
    'knows which %s belong to a project',
    async (name) => {
      const { id } = await first<{ id: number }>(world, 'SELECT min(id) AS id FROM projects');
      const all = await world.json<object[]>(0, 'list', name);
      const some = await world.json<object[]>(0, 'list', name, '--project', String(id));
      expect(some.length).toBeLessThan(all.length);
      expect(all).toEqual(expect.arrayContaining(some));
    },
  );

  test('gives CSV with a column for each field', async () => {
    const { stdout } = await world.optimirror('list', 'goals', '--format', 'csv');
    const [head, ...rows] = parse(stdout);
    expect(head).toEqual(fieldsOf('goals').map(([name]) => name));
    expect(rows.length).toBeGreaterThan(0);
  });

  const refused: readonly [string, string[], RegExp][] = [
    ['an unknown field', ['--where', 'statsu = 1'], /did you mean status/],
    ['an unknown column', ['--columns', 'id,statsu'], /did you mean status/],
    ['a second statement', ['--where', '1); DELETE FROM goals; --'], /error|more than one/],
    ['a limit that is none', ['--limit', 'many'], /--limit/],
    ['a contradiction', ['--json', '--format', 'csv'], /contradict/],
  ];
  test.each(refused)('refuses %s with 2', async (_, args, says) => {
    const result = await world.optimirror('list', 'experiments', ...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(says);
  });
});

describe('get', () => {
  test('gives the entity with the fields that nobody listed', async () => {
    const { id } = await first<{ id: number }>(world, 'SELECT id FROM projects');
    expect(await world.json(0, 'get', 'projects', String(id))).toEqual(
      world.sandbox.account.get('projects', id),
    );
  });

  test('ends with 1 where the mirror has none', async () => {
    const result = await world.optimirror('get', 'goals', '5');
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toContain('the mirror has no goal 5');
  });

  test('shows people every field, and what of it waits', async () => {
    const { id } = await first<{ id: number }>(world, 'SELECT id FROM audiences');
    await world.json(0, 'edit', 'audiences', String(id), 'description=other');
    const { stdout } = await world.optimirror('get', 'audiences', String(id));
    expect(stdout).toMatch(/^description +other$/m);
    expect(stdout).toContain('Waits to be pushed: description');
  });
});

test('a name never acts in a terminal', async () => {
  const { id } = await first<{ id: number }>(world, 'SELECT id FROM goals WHERE is_editable IS NOT 0');
  const evil = 'a\u001b]0;owned\u0007\u009b2J\r\n\u202eb';
  await world.json(0, 'edit', 'goals', String(id), `title=${evil}`);
  const outputs = [
    await world.optimirror('list', 'goals'),
    await world.optimirror('get', 'goals', String(id)),
    await world.optimirror('sql', 'SELECT title FROM goals'),
    await world.optimirror('outbox'),
    await world.optimirror('outbox', 'diff'),
    await world.optimirror('edit', 'goals', String(id), `goal_type=${evil}`),
  ];
  for (const { stdout, stderr } of outputs) {
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  const [row] = await world.json<{ title: string }[]>(0, 'sql', `SELECT title FROM goals WHERE id = ${id}`);
  expect(row?.title).toBe(evil);
});
