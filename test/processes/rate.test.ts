/** One pace for all programs on a mirror: together they keep to the rate, and a 429 seen by one is honoured by all. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { RateBudget } from '../../src/api/throttle.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { sharedBudget } from '../../src/db/rate.ts';
import { FakeClock, turn } from '../api/support.ts';
import { afterwards, createWorld, plainly, pulledWorld, startHelper, type World } from './support.ts';

describe('two programs at one pace, on a clock that nobody waits for', () => {
  let clock: FakeClock;
  let world: World;

  beforeAll(async () => {
    world = await createWorld({ projects: 1 });
    openMirrorFile(world.db, { create: true }).close();
  });

  /** Each on a connection of its own, as two processes are. */
  function budgets(rate: number): [RateBudget, RateBudget] {
    clock = new FakeClock();
    const one = () => {
      const db = openMirrorFile(world.db);
      afterwards(() => void db.close());
      return sharedBudget(db, rate, clock);
    };
    return [one(), one()];
  }

  test('start as far apart as the rate says, whoever asks', async () => {
    const [first, second] = budgets(10);
    const starts: number[] = [];
    const takes = Array.from({ length: 30 }, async (_, index) => {
      await (index % 3 === 0 ? first : second).take();
      starts.push(clock.now());
    });
    await clock.until(Promise.all(takes));
    const gaps = starts
      .toSorted((a, b) => a - b)
      .slice(1)
      .map((at, index) => at - (starts.toSorted((a, b) => a - b)[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(gaps).toHaveLength(29);
  });

  test('each keep to their own rate where they differ, and both to what the other took', async () => {
    const [slow] = budgets(1);
    const db = openMirrorFile(world.db);
    afterwards(() => void db.close());
    const fast = sharedBudget(db, 100, clock);
    await clock.until(slow.take());
    const began = clock.now();
    await clock.until(fast.take());
    expect(clock.now() - began).toBeGreaterThanOrEqual(10);
  });

  test.each([0, 10])('wait when one is told to, at a rate of %i', async (rate) => {
    const [told, other] = budgets(rate);
    const until = clock.now() + 60_000;
    told.pauseUntil(until);
    expect(other.pausedUntil()).toBe(until);
    const late = { done: false };
    const take = other.take().then(() => {
      late.done = true;
    });
    await turn();
    expect(late.done).toBe(false);
    await clock.until(take);
    expect(clock.now()).toBeGreaterThanOrEqual(until);
  });

  test('do not shorten what the other was told', () => {
    const [told, other] = budgets(10);
    const until = clock.now() + 60_000;
    told.pauseUntil(until);
    other.pauseUntil(until - 30_000);
    expect(told.pausedUntil()).toBe(until);
  });

  test('wait no longer than an hour for a pause from the future', async () => {
    const [told, other] = budgets(10);
    told.pauseUntil(clock.now() + 1e15);
    const began = clock.now();
    await clock.until(other.take());
    expect(clock.now() - began).toBeLessThanOrEqual(3_600_000);
  });
});

describe('two processes', () => {
  test('take turns at one pace', async () => {
    const world = await createWorld({ projects: 1 });
    openMirrorFile(world.db, { create: true }).close();
    const began = Date.now();
    const take = () => startHelper(new URL('./take.ts', import.meta.url), [world.db, '100', '40']).ended;
    const results = await Promise.all([take(), take()]);
    for (const { status, stderr } of results) expect(status, stderr).toBe(0);
    const starts = results.flatMap(({ stdout }) => stdout.trim().split('\n').map(Number));
    expect(starts).toHaveLength(80);
    expect(Math.max(...starts) - began).toBeGreaterThanOrEqual(79 * 10);
    const [[pace] = []] = await plainly(world.db, "SELECT value FROM mirror_meta WHERE key = 'pace'");
    expect(Number(String(pace).split(' ')[0]) - began).toBeGreaterThanOrEqual(80 * 10);
  });

  test('that pull and verify keep to --rate together', async () => {
    const world = await pulledWorld({ projects: 1 });
    world.sandbox.requests.length = 0;
    const began = Date.now();
    const results = await Promise.all([
      world.run('pull', '--full', '--rate', '25'),
      world.run('verify', '--rate', '25'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([0, 0]);
    const { requests } = world.sandbox;
    expect(requests.length).toBeGreaterThan(30);
    const last = Math.max(...requests.map(({ at }) => at));
    expect(last - began).toBeGreaterThanOrEqual((requests.length - 1) * 40);
  });

  test('say when a throttled pull will end, also where nobody watches a bar', async () => {
    const world = await createWorld({ projects: 3, experimentsPerProject: 12 });
    const pulling = world.start('pull', '--rate', '5');
    await pulling.says(' left');
    const { stderr } = await pulling.kill();
    // How long it takes in the end is up to the machine as well.
    expect(stderr).toMatch(/^\d+ of (about )?\d+ lists done, about \d+ (s|min) left$/m);
  });

  const refusedGoals = (retryAfter: number) =>
    ({
      kind: 'rateLimit',
      retryAfter,
      match: ({ path }: { path: string }) => path.endsWith('/goals'),
    }) as const;
  // One request at a time: none is on the way while another one is refused.
  const fullPull = ['pull', '--full', '--concurrency', '1', '--verbose'];

  test('are told of a 429 that only one of them saw, and ask for nothing', async () => {
    const world = await pulledWorld({ projects: 1 });
    const { requests, faults } = world.sandbox;
    requests.length = 0;
    // Longer than any machine takes to start a program.
    faults.next(refusedGoals(3600));
    const pulling = world.start(...fullPull);
    await pulling.says('! everything waits');
    const verifying = world.start('verify', '--verbose');
    await verifying.says('The API asks to wait');
    await Promise.all([pulling.kill(), verifying.kill()]);
    expect(requests.at(-1)?.status).toBe(429);
  });

  test('honour a 429 that only one of them saw, and go on when its time is over', async () => {
    const world = await pulledWorld({ projects: 1 });
    const { requests, faults } = world.sandbox;
    requests.length = 0;
    faults.next(refusedGoals(3));
    const pulling = world.start(...fullPull);
    await pulling.says('! everything waits');
    const verifying = world.start('verify');
    const ended = await Promise.all([pulling.ended, verifying.ended]);
    expect(ended.map(({ status }) => status)).toEqual([0, 0]);
    const refused = requests.findIndex(({ status }) => status === 429);
    const [limit, ...later] = requests.slice(refused);
    expect(later.length).toBeGreaterThan(10);
    for (const { at } of later) expect(at - (limit?.at ?? 0)).toBeGreaterThanOrEqual(3000);
  });

  test('find a pause that a dead one left, and wait for its end', async () => {
    const world = await pulledWorld({ projects: 1 });
    const { requests, faults } = world.sandbox;
    faults.next({ kind: 'rateLimit', retryAfter: 2 });
    const pulling = world.start('pull', '--verbose');
    await pulling.says('! everything waits');
    await pulling.kill();
    const limit = requests.findLast(({ status }) => status === 429);
    expect((await world.run('pull')).status).toBe(0);
    const next = requests[requests.findLastIndex(({ status }) => status === 429) + 1];
    expect((next?.at ?? 0) - (limit?.at ?? 0)).toBeGreaterThanOrEqual(2000);
  });
});
