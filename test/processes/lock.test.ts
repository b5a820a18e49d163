/** One pull or push at a time, told at once, and nothing stale: the system's own locks, whatever ends a process. */
import fs from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isLocked } from '../../src/db/lock.ts';
import {
  createWorld,
  plainly,
  pulledWorld,
  type Result,
  startHelper,
  startPlain,
  type World,
} from './support.ts';

/** A pull in the middle of its work: the API does not answer it any more. */
async function stalledPull(world: World) {
  world.sandbox.faults.next({ kind: 'stall', match: ({ path }) => path.endsWith('/goals') });
  const pulling = world.start('pull', '--full', '--verbose');
  await pulling.says('/goals');
  return pulling;
}

/** Rejects after so many seconds, counted one by one: a machine that stalls for all of them makes it no second too early. */
async function tooLate(seconds: number): Promise<never> {
  for (let passed = 0; passed < seconds; passed++) await setTimeout(1000, undefined, { ref: false });
  throw new Error('they wait');
}

const busy: readonly (readonly string[])[] = [
  ['pull'],
  ['pull', '--full'],
  ['push'],
  ['push', '--dry-run'],
  ['verify', '--repair'],
];

describe('while a pull is at work', () => {
  test('another pull, a push and a repair end with 6 at once', async () => {
    const world = await pulledWorld({ projects: 1 });
    const pulling = await stalledPull(world);
    // The wait for SQLite's own locks is 30 s: who waited for them would be far later than this.
    const results = await Promise.race([
      Promise.all(busy.map((args) => world.run(...args, '--json'))),
      tooLate(20),
    ]);
    for (const { status, stdout, stderr } of results) {
      expect({ status, stdout }).toEqual({ status: 6, stdout: '' });
      expect(stderr).toContain('another pull or push is at work');
    }
    expect(pulling.child.exitCode).toBeNull();
    await pulling.kill();
  });

  test('every other command works', async () => {
    const world = await pulledWorld({ projects: 1 });
    const ids = 'SELECT (SELECT min(id) FROM variations), (SELECT min(id) FROM projects)';
    const [[variation, project] = []] = await plainly(world.db, ids);
    const pulling = await stalledPull(world);
    const commands: readonly (readonly [status: number, ...args: string[]])[] = [
      [0, 'status'],
      [0, 'list', 'goals'],
      [0, 'get', 'variations', String(variation)],
      [0, 'sql', 'SELECT count(*) FROM variations'],
      [0, 'edit', 'variations', String(variation), 'description=meanwhile'],
      [0, 'create', 'dimensions', `project_id=${project}`, 'name=meanwhile'],
      [0, 'outbox'],
      [0, 'outbox', 'diff'],
      [0, 'conflicts'],
      [2, 'resolve', '1', '--ours'],
      [0, 'delete', 'dimensions', '-1'],
      [0, 'report', 'overview'],
      [0, 'export', '--format', 'jsonl', '--out', `${world.folder}/out`],
      [0, 'verify'],
      [0, 'outbox', 'drop', '1'],
    ];
    for (const [wanted, ...args] of commands) {
      const { status, stderr } = await world.run(...args);
      expect({ args, status, stderr: status === wanted ? '' : stderr }).toEqual({
        args,
        status: wanted,
        stderr: '',
      });
    }
    expect(pulling.child.exitCode).toBeNull();
    await pulling.kill();
  });

  test('an edit by any SQLite client is captured, and the pull ends well over it', async () => {
    const world = await pulledWorld({ projects: 1 });
    world.sandbox.faults.latency = 20;
    const pulling = world.start('pull', '--full', '--verbose');
    await pulling.says('/goals');
    await plainly(world.db, "UPDATE variations SET description = 'plain'");
    expect((await pulling.ended).status).toBe(0);
    const [[left, waiting] = []] = await plainly(
      world.db,
      "SELECT (SELECT count(*) FROM variations WHERE description = 'plain'), (SELECT count(*) FROM outbox)",
    );
    expect(left).toBe(waiting);
    expect(left).toBeGreaterThan(0);
  });
});

describe('kill -9', () => {
  test.each([
    ['pull', ['pull', '--full']],
    ['push', ['push']],
    ['repair', ['verify', '--repair']],
  ])('of a %s leaves nothing locked: the next one begins at once', async (_name, args) => {
    const world = await pulledWorld({ projects: 1 });
    await plainly(world.db, "UPDATE variations SET description = 'x'");
    world.sandbox.faults.next({ kind: 'stall' });
    const running = world.start(...args, '--verbose');
    await running.says('> ');
    expect((await world.run('pull')).status).toBe(6);
    expect((await running.kill()).signal).toBe('SIGKILL');
    const next = await world.run(...args, '--json');
    expect(next, next.stderr).toMatchObject({ status: 0 });
    const runs = await plainly(world.db, "SELECT status FROM sync_runs WHERE status = 'running'");
    expect(runs).toEqual([]);
  });

  test('of a writer in the middle of a transaction takes all of it back, and lets others write', async () => {
    const world = await pulledWorld({ projects: 1 });
    const writer = startPlain(world.db, 'hold', "UPDATE variations SET description = 'half'");
    await writer.says('held');
    const editing = world.start('edit', 'projects', '--where', '1', 'project_name=whole');
    await setTimeout(300);
    // It waits rather than fails.
    expect(editing.child.exitCode).toBeNull();
    await writer.kill();
    expect(await editing.ended).toMatchObject({ status: 0 });
    expect(await plainly(world.db, "SELECT count(*) FROM variations WHERE description = 'half'")).toEqual([
      [0],
    ]);
    expect(await plainly(world.db, 'SELECT project_name FROM projects')).toEqual([['whole']]);
  });
});

test('of several that make the same mirror at the same moment one pulls, and the others end with 6', async () => {
  const world = await createWorld({ projects: 1 });
  world.sandbox.faults.latency = 30;
  const pulls = Array.from({ length: 4 }, () => world.run('pull'));
  const looks = Array.from({ length: 4 }, () => world.run('status', '--json'));
  const statuses = (results: Result[]) =>
    results.map(({ status, stderr }) => `${status} ${status === 1 ? stderr : ''}`.trim());
  expect(statuses(await Promise.all(looks))).toEqual(['0', '0', '0', '0']);
  const ended = statuses(await Promise.all(pulls)).toSorted();
  expect(ended.filter((status) => status !== '6').every((status) => status === '0')).toBe(true);
  expect(ended[0]).toBe('0');
  expect((await world.run('verify')).status).toBe(0);
});

describe('a process that holds the lock, and looks at its files again', () => {
  const exposed = { node: ['--expose-gc'] };

  test('keeps it: nobody else can take it', async () => {
    const world = await pulledWorld({ projects: 1 });
    const holder = startHelper(new URL('./hold-lock.ts', import.meta.url), [world.db], exposed);
    await holder.says('held');
    expect((await world.run('pull')).status).toBe(6);
    await holder.kill();
    expect((await world.run('pull')).status).toBe(0);
  });

  test('keeps its log: who closes the mirror meanwhile takes nothing away', async () => {
    const world = await pulledWorld({ projects: 1 });
    const holder = startHelper(new URL('./hold-lock.ts', import.meta.url), [world.db], exposed);
    await holder.says('held');
    const log = () => fs.statSync(`${world.db}-wal`).ino;
    const before = log();
    await plainly(world.db, 'SELECT count(*) FROM goals');
    await world.run('status');
    expect(log()).toBe(before);
    await holder.kill();
  });
});

test("the log of others is never touched: it is the same file after all that a program does, and a reader's view stands", async () => {
  const world = await pulledWorld({ projects: 1 });
  const reader = startPlain(world.db, 'hold', 'SELECT count(*) FROM outbox');
  await reader.says('held');
  const before = fs.statSync(`${world.db}-wal`).ino;
  await plainly(world.db, "UPDATE projects SET project_name = 'x'");
  for (const args of [
    ['pull', '--full'],
    ['push'],
    ['status'],
    ['sql', 'SELECT 1'],
    ['verify', '--repair'],
  ]) {
    const { status, stdout } = await world.run(...args);
    expect({ args, status, stdout: status === 0 ? '' : stdout }).toEqual({ args, status: 0, stdout: '' });
  }
  world.sandbox.faults.next({ kind: 'stall' });
  const pulling = world.start('pull', '--full', '--verbose');
  await pulling.says('> ');
  await pulling.kill();
  expect(fs.statSync(`${world.db}-wal`).ino).toBe(before);
  expect(reader.child.exitCode).toBeNull();
  await reader.kill();
  expect(await plainly(world.db, 'PRAGMA integrity_check')).toEqual([['ok']]);
});

describe('a program that only asks whether anybody is at work', () => {
  test('is taken for nobody at work, wherever the machine stalls it: a pull waits for it and goes on', async () => {
    const world = await pulledWorld({ projects: 1 });
    // What an asker does with the lock's file, and it stands still there.
    const asker = startPlain(`${world.db}.lock`, 'hold', 'SELECT count(*) FROM sqlite_schema');
    await asker.says('held');
    const pulling = world.start('pull');
    await setTimeout(1000);
    expect(pulling.child.exitCode).toBeNull();
    await asker.kill();
    expect(await pulling.ended).toMatchObject({ status: 0 });
  });

  test('sees nobody where others ask as well', async () => {
    const world = await pulledWorld({ projects: 1 });
    const asker = startPlain(`${world.db}.lock`, 'hold', 'SELECT count(*) FROM sqlite_schema');
    await asker.says('held');
    expect(isLocked(world.db)).toBe(false);
    await asker.kill();
  });
});
