/** The program as a whole: help, versions, unusable arguments and settings, exit statuses. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { run, temporaryFolder } from './support.ts';

const commands = [
  ...['sandbox', 'pull', 'push', 'status', 'sql', 'list', 'get', 'edit', 'create', 'delete'],
  ...['outbox', 'conflicts', 'resolve'],
];

describe('help', () => {
  test('names every command', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
  });

  test.each(commands)('of %s gives examples and the global options', async (command) => {
    const { status, stdout } = await run([command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('--db <file>');
    expect(stdout).toContain(`$ optimirror ${command}`);
  });

  test('is also asked for by the command help', async () => {
    expect(await run(['help', 'pull'])).toEqual(await run(['pull', '--help']));
  });

  test('stands on stderr, with 2, where no command is given', async () => {
    const { status, stdout, stderr } = await run([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Usage: optimirror');
  });
});

test('--version prints the version', async () => {
  expect(await run(['--version'])).toEqual({ status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});

test('an old Node is told so in one line, before anything is loaded', async () => {
  const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.11.1"})';
  const { status, stdout, stderr } = await run(['status'], { node: ['--import', old] });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^optimirror needs Node 22\.\d+ or later; this is Node 20\.11\.1\.\n$/);
});

interface Unusable {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly status: number;
  readonly says: RegExp;
}

const unusable: readonly Unusable[] = [
  { name: 'an unknown command', args: ['pul'], status: 2, says: /unknown command 'pul'.*pull/ },
  { name: 'an unknown option', args: ['pull', '--ful'], status: 2, says: /unknown option '--ful'.*--full/ },
  { name: 'too many arguments', args: ['status', 'now'], status: 2, says: /too many arguments/ },
  { name: 'a missing argument', args: ['get', 'goals'], status: 2, says: /missing required argument/ },
  { name: 'an unknown resource', args: ['list', 'experiment'], status: 2, says: /did you mean experiments/ },
  { name: 'a resource without ids', args: ['get', 'stats', '5'], status: 2, says: /have no ids/ },
  { name: 'an id that is none', args: ['get', 'goals', 'x'], status: 2, says: /whole number/ },
  {
    name: 'no concurrency',
    args: ['--concurrency', '0', 'status'],
    status: 2,
    says: /--concurrency .* not "0"/,
  },
  { name: 'a rate below zero', args: ['status', '--rate', '-1'], status: 2, says: /--rate .* not "-1"/ },
  { name: 'a rate that is no number', args: ['status', '--rate', 'NaN'], status: 2, says: /not "NaN"/ },
  {
    name: 'an unknown header',
    args: ['--auth', 'basic', 'status'],
    status: 2,
    says: /token or bearer, not "basic"/,
  },
  { name: 'plain http', args: ['--api-base', 'http://example.com/', 'status'], status: 2, says: /https/ },
  { name: 'no file name', args: ['--db', '', 'status'], status: 2, says: /--db has to name a file/ },
  {
    name: 'a bad variable',
    args: ['status'],
    env: { OPTIMIRROR_CONCURRENCY: '1.5' },
    status: 2,
    says: /OPTIMIRROR_CONCURRENCY .* not "1.5"/,
  },
  { name: 'no token', args: ['pull'], status: 5, says: /OPTIMIZELY_TOKEN.*--token-file/ },
  {
    name: 'an empty token file',
    args: ['pull', '--token-file', '/dev/null'],
    status: 5,
    says: /\/dev\/null is empty/,
  },
  { name: 'an unreadable token file', args: ['pull', '--token-file', 'nope'], status: 5, says: /nope/ },
  { name: 'an age without a unit', args: ['pull', '--max-age', '24'], status: 2, says: /24h/ },
  { name: 'a project that is no id', args: ['pull', '--project', '0'], status: 2, says: /--project/ },
  { name: 'an unknown format', args: ['sql', 'SELECT 1', '--format', 'cvs'], status: 2, says: /csv/ },
  { name: 'an unknown action', args: ['outbox', 'dif'], status: 2, says: /did you mean diff/ },
  { name: 'a drop of nothing', args: ['outbox', 'drop'], status: 2, says: /which/ },
];

test.each(unusable)('$name ends with $status and one line', async ({ args, env, status, says }) => {
  const db = path.join(temporaryFolder(), 'none.db');
  const result = await run([...args], { env: { OPTIMIRROR_DB: db, ...env } });
  expect(result).toMatchObject({ status, stdout: '' });
  expect(result.stderr).toMatch(says);
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(fs.existsSync(db)).toBe(false);
});

test('a flag beats the environment', async () => {
  const folder = temporaryFolder();
  const result = await run(['--db', path.join(folder, 'flag.db'), 'status', '--json', '--rate', '5'], {
    env: { OPTIMIRROR_DB: 'elsewhere.db', OPTIMIRROR_RATE: 'nonsense' },
  });
  expect(result.status).toBe(0);
  expect(JSON.parse(result.stdout)).toMatchObject({ db: path.join(folder, 'flag.db') });
});

test('a file that is no mirror gets one line, ends with 1, and is left as it was', async () => {
  const file = path.join(temporaryFolder(), 'notes.txt');
  fs.writeFileSync(file, 'my notes');
  for (const args of [['status'], ['sql', 'SELECT 1'], ['edit', 'goals', '1', 'title=x']]) {
    const { status, stderr } = await run(args, { env: { OPTIMIRROR_DB: file } });
    expect(status).toBe(1);
    expect(stderr).toContain('is no mirror');
  }
  expect(fs.readFileSync(file, 'utf8')).toBe('my notes');
});
