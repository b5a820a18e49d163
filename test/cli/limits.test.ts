/** `--limit` means the same wherever rows come, and what it holds back is said. */
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, test } from 'vitest';
import { systemEffects } from '../../src/system.ts';
import { runHere } from './in-process.ts';
import { first, pulledWorld, type World } from './support.ts';

let world: World;
let total: number;
beforeAll(async () => {
  world = await pulledWorld({ projects: 2, experimentsPerProject: 60 });
  ({ total } = await first<{ total: number }>(world, 'SELECT count(*) AS total FROM experiments'));
});

const run = (...args: string[]) => runHere(world.db, systemEffects, args);
const lines = (text: string) => text.trimEnd().split('\n').length;

const commands: readonly (readonly string[])[] = [
  ['list', 'experiments'],
  ['report', 'overview'],
  ['sql', 'SELECT id FROM experiments'],
];

describe.each(commands)('%s %s', (...command) => {
  test('shows so many rows, and says that there are more', async () => {
    const { stdout, stderr } = await run(...command, '--limit', '3');
    expect(lines(stdout)).toBe(4);
    expect(stderr).toMatch(/--limit 0 shows all/);
  });

  test('says so to programs as well, and leaves their output alone', async () => {
    for (const format of ['json', 'csv']) {
      const { stdout, stderr } = await run(...command, '--limit', '3', '--format', format);
      expect(stdout).not.toContain('--limit');
      if (format === 'json') expect(() => JSON.parse(stdout)).not.toThrow();
      else expect(parse(stdout)).toHaveLength(4);
      expect(stderr).toMatch(/--limit 0 shows all/);
    }
  });

  test('shows all of them with 0', async () => {
    const { stdout, stderr } = await run(...command, '--limit', '0');
    expect(lines(stdout)).toBe(total + 1);
    expect(stderr).not.toContain('--limit');
  });

  test('says nothing where the limit holds nothing back', async () => {
    const { stdout, stderr } = await run(...command, '--limit', String(total));
    expect(lines(stdout)).toBe(total + 1);
    expect(stderr).not.toContain('--limit');
  });
});

test('list and report say how many there are', async () => {
  for (const [args, where] of [
    [['list', 'experiments', '--where', "status = 'Paused'"], "status = 'Paused'"],
    [['report', 'overview', '--status', 'Paused'], "status = 'Paused'"],
    [['report', 'overview'], '1'],
  ] as const) {
    const { many } = await first<{ many: number }>(
      world,
      `SELECT count(*) AS many FROM experiments WHERE ${where}`,
    );
    expect((await run(...args, '--limit', '2')).stderr).toMatch(new RegExp(`2 of ${many} \\w+ shown`));
  }
});

test('a report shows a hundred rows to people and all to programs, unless told', async () => {
  const { stdout, stderr } = await run('report', 'overview');
  expect(lines(stdout)).toBe(101);
  expect(stderr).toContain(`100 of ${total} rows shown; --limit 0 shows all`);
  const csv = await run('report', 'overview', '--format', 'csv');
  expect(lines(csv.stdout)).toBe(total + 1);
  expect(csv.stderr).toBe('');
});
