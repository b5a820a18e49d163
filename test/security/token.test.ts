/** The token is in no file, no log, no error, no crash report and no list of processes. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { redactor } from '../../src/api/redact.ts';
import {
  createWorld,
  hasProcesses,
  plainly,
  type Result,
  run,
  start,
  startPlain,
  temporaryFolder,
  type World,
} from '../processes/support.ts';
import { inFrontOf, json, type Listening, listen, type Meddler } from './servers.ts';

const secret = 'wqzkxjvbtoken';
const token = `${secret}:424242`;

/** The token in every spelling in which a server may repeat it. */
const spellings: readonly [name: string, spelled: string][] = [
  ['as it is', token],
  ['its secret part', `<b>${secret}</b> of 424242`],
  ['in capitals', token.toUpperCase()],
  ['as in a URL', encodeURIComponent(token)],
  ['twice', token + token],
];

const inJson = (spelled: string) => JSON.stringify({ status: 403, message: `no right for ${spelled}` });
const inEscapes = JSON.stringify({ detail: { token } }).replaceAll('w', '\\u0077');

/** What a server may answer instead, by what is asked; each repeats the token. */
const echoes: readonly (readonly [asked: RegExp, status: number, body: string])[] = [
  [/^GET .*\/dimensions\/?$/, 403, inJson(token)],
  [/^GET .*\/audiences\/?$/, 400, `<html><h1>Bad</h1><p>token=${encodeURIComponent(token)}`],
  [/^PUT .*\/goals\//, 400, inEscapes],
  [/^PUT .*\/experiments\//, 400, `${' '.repeat(19_990)}${token}`],
  [/^PUT .*\/variations\//, 403, `<html><body>${'<br>'.repeat(4997)}${token}</body>`],
];

const echo: Meddler = (request, response) => {
  const asked = `${request.method} ${request.url}`;
  const found = echoes.find(([pattern]) => pattern.test(asked));
  return found !== undefined && json(response, found[1], found[2]);
};

/** Whether the token, or the part of it that is secret, stands anywhere in there. */
function expectNone(text: string | Buffer, where: string): void {
  const found = text.toString('latin1').toLowerCase().includes(secret);
  expect(found, `the token stands in ${where}`).toBe(false);
}

function expectQuiet({ stdout, stderr }: Result): void {
  expectNone(stdout, `stdout: ${stdout}`);
  expectNone(stderr, `stderr: ${stderr}`);
}

describe('a server that repeats the token in its errors', () => {
  let world: World;
  let between: Listening;
  const results: Result[] = [];
  const optimirror = async (...args: string[]) => {
    const env = { ...world.env, OPTIMIZELY_API_BASE: between.base, OPTIMIZELY_TOKEN: token };
    const result = await run([...args, '--verbose'], { env });
    results.push(result);
    return result;
  };

  beforeAll(async () => {
    world = await createWorld({ token, projects: 1 });
    between = await inFrontOf(world.sandbox.url, echo);
    expect((await optimirror('pull')).status).toBe(4);
    // Held open, so that the write-ahead log stays where it is.
    const held = startPlain(world.db, 'hold', 'SELECT count(*) FROM goals');
    await held.says('held');
    await plainly(
      world.db,
      `UPDATE goals SET title = 'x' WHERE id = (SELECT min(id) FROM goals);
       UPDATE experiments SET description = 'x' WHERE status <> 'Archived';
       UPDATE variations SET weight = 1 WHERE id = (SELECT min(id) FROM variations)`.replaceAll(';', ';\n'),
    );
    expect((await optimirror('push')).status).toBe(4);
    expect((await optimirror('pull', '--full', '--json')).status).toBe(4);
    await optimirror('outbox', 'diff');
    await optimirror('outbox', '--json');
  });

  test('finds it in nothing that the program says', () => {
    for (const result of results) expectQuiet(result);
    expect(results.map(({ stdout }) => stdout).join()).toContain('[token]');
  });

  test('finds it in none of the bytes of the mirror, its log, its index and its lock', () => {
    const files = fs.readdirSync(world.folder);
    expect(files.toSorted()).toEqual(['mirror.db', 'mirror.db-shm', 'mirror.db-wal', 'mirror.db.lock']);
    for (const file of files) expectNone(fs.readFileSync(path.join(world.folder, file)), file);
  });

  test('is still quoted otherwise, in the outbox and in the history of runs', async () => {
    const errors = await plainly(
      world.db,
      'SELECT error FROM outbox UNION ALL SELECT error FROM sync_runs WHERE error IS NOT NULL',
    );
    const said = errors.flat().join('\n');
    expect(said).toContain('[token]');
    expect(said).toContain('no right for');
    expectNone(said, 'the mirror');
  });
});

test.each(spellings)('an error repeats the token in no spelling: %s', (_name, spelled) => {
  expectNone(redactor(token)(`before ${spelled} after`), 'the text');
});

test('a refused token is not shown', async () => {
  const world = await createWorld();
  const { base } = await listen((_request, response) => json(response, 401, inJson(token)));
  const env = { ...world.env, OPTIMIZELY_API_BASE: base, OPTIMIZELY_TOKEN: token };
  for (const flags of [[], ['--json'], ['--verbose'], ['--auth', 'bearer']]) {
    const result = await run(['pull', ...flags], { env });
    expect(result.status).toBe(5);
    expectQuiet(result);
  }
  expectNone(fs.readFileSync(world.db), 'the mirror');
});

describe('a token that can not be used', () => {
  test.each([`${token}\nx: y`, ` ${token}`, `${token} ${token}`, `${token}é`, '\t'])(
    'is not shown: %j',
    async (given) => {
      const result = await run(['pull', '--verbose'], { env: { OPTIMIZELY_TOKEN: given } });
      expect(result.status).toBe(5);
      expectQuiet(result);
    },
  );

  test('is not shown where it stands in a file, or in place of its file', async () => {
    const file = path.join(temporaryFolder(), 'token');
    fs.writeFileSync(file, `${token}\n${token}\n`);
    for (const given of [file, token, `2:${secret}${secret}`]) {
      for (const args of [['--token-file', given], [`--token-file=${given}`]]) {
        const result = await run(['pull', '--verbose', ...args]);
        expect(result.status).toBe(5);
        expectQuiet(result);
      }
    }
  });

  test.each([
    [['--token', token, 'pull']],
    [['pull', '--token', token]],
    [[`--token=${token}`, 'pull']],
    [['pull', `--token=${token}`]],
    [['pull', `-t${token}`]],
    [['pull', '-t', token]],
    [['pull', `--auth-token=${token}`]],
    [['pull', token]],
  ])('is refused as an argument, and not repeated: %#', async (args) => {
    const result = await run(args, { env: { OPTIMIZELY_TOKEN: '' } });
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expectQuiet(result);
  });
});

test('a base URL with credentials, a query or a fragment does not repeat them', async () => {
  for (const given of [
    `https://x:${token}@h/`,
    `https:${token}@h/`,
    `https://h/?t=${token}`,
    `https://h/#${token}`,
  ]) {
    const result = await run(['pull', '--api-base', given], { env: { OPTIMIZELY_TOKEN: 'x' } });
    expect(result.status).toBe(2);
    expectQuiet(result);
  }
});

/** Loaded before the program: something that nobody catches, when the test says so. */
const onSignal = (code: string) =>
  `data:text/javascript,process.once('SIGUSR2',()=>{${encodeURIComponent(code)}})`;

describe('a crash', () => {
  test.each([
    ['an error', "throw new Error('boom')"],
    ['a promise', "Promise.reject(new Error('boom'))"],
  ])('by %s that nobody caught ends with 1, one line, and no token', async (_name, code) => {
    const { base, seen } = await listen(() => {});
    const env = { OPTIMIZELY_TOKEN: token, OPTIMIZELY_API_BASE: base };
    const options = { env, cwd: temporaryFolder(), node: ['--import', onSignal(code)] };
    const crashed = async (...args: string[]) => {
      seen.length = 0;
      const running = start(args, options);
      await expect.poll(() => seen.length, { timeout: 120_000 }).toBe(1);
      running.child.kill('SIGUSR2');
      return running.ended;
    };
    expect(await crashed('pull')).toMatchObject({
      status: 1,
      stderr: 'optimirror: unexpected error: boom\n',
    });
    expectQuiet(await crashed('pull', '--verbose'));
  });

  test('of the disk that stdout is on ends with 1 and one line', async () => {
    const world = await createWorld({ projects: 1 });
    await world.run('pull');
    const code = "process.stdout.destroy(Object.assign(new Error('no space'), { code: 'ENOSPC' }))";
    const query = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n';
    const options = { env: world.env, node: ['--import', onSignal(code)] };
    const running = start(['sql', query, '--format', 'csv'], options);
    await running.says('i\n1\n');
    running.child.kill('SIGUSR2');
    expect(await running.ended).toMatchObject({
      status: 1,
      stderr: 'optimirror: unexpected error: no space\n',
    });
  });

  test('report that Node writes holds no token', async () => {
    const { base, seen } = await listen(() => {});
    const folder = temporaryFolder();
    const env = { OPTIMIZELY_TOKEN: token, OPTIMIZELY_API_BASE: base };
    const node = ['--report-on-signal', '--report-filename=report.json', `--report-directory=${folder}`];
    const running = start(['pull'], { env, cwd: folder, node });
    await expect.poll(() => seen.length, { timeout: 120_000 }).toBe(1);
    running.child.kill('SIGUSR2');
    await running.says('Node.js report completed');
    await running.kill();
    expectNone(fs.readFileSync(path.join(folder, 'report.json')), 'the report');
  });
});

/** What the system tells everybody, and its owner, about a process and those that it started. */
function processes(pid: number): { readonly commands: string; readonly childrenSettings: string } {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const read = (id: number | string, name: string) => fs.readFileSync(`/proc/${id}/${name}`, 'utf8');
  const own = children.filter((child) => child !== '');
  return {
    commands: [pid, ...own].map((id) => read(id, 'cmdline')).join('\n'),
    childrenSettings: own.map((id) => read(id, 'environ')).join('\n'),
  };
}

test.runIf(hasProcesses)(
  'the list of processes shows no token, and no process that the program starts is given it',
  async () => {
    const world = await createWorld({ token, projects: 1 });
    await world.run('pull');
    const query = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT * FROM n';
    const running = world.start('sql', query, '--format', 'csv');
    await running.says('i');
    const { commands, childrenSettings } = processes(running.child.pid ?? 0);
    await running.kill();
    expect(commands).toContain('sql-process');
    expectNone(commands, 'a command');
    expect(childrenSettings).toContain('OPTIMIRROR_DB');
    expectNone(childrenSettings, "a child's settings");
  },
);
