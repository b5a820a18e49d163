/** A pull through a bad network: complete and equal, or partial and honest. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { FaultKind, StandingFault } from '../../src/sandbox/index.ts';
import { Faults, startSandbox } from '../../src/sandbox/index.ts';
import { pull } from '../../src/sync/pull.ts';
import fc from '../draws.ts';
import { dump, expectEqual } from './equal.ts';
import { everyList, noon, Rig } from './support.ts';

/** Every fault that a client without a socket can meet. */
function everyFault(rate: number): StandingFault[] {
  return [
    { kind: 'rateLimit', rate },
    { kind: 'rateLimit', rate, retryAfter: 7 },
    { kind: 'rateLimit', rate, retryAfter: { dateIn: 40 } },
    { kind: 'unavailable', rate },
    { kind: 'unavailable', rate, retryAfter: 3 },
    { kind: 'unavailable', rate, status: 500 },
    { kind: 'unavailable', rate, status: 408 },
    { kind: 'reset', rate },
    { kind: 'truncate', rate },
    { kind: 'garbage', rate },
    { kind: 'lostReply', rate },
  ];
}

/** What an honest pull leaves: the errors name lists, nothing was deleted, and what was not named is there. */
async function expectHonest(rig: Rig, report: Awaited<ReturnType<Rig['pull']>>): Promise<void> {
  expect(report.status).toBe(report.errors.length === 0 ? 'complete' : 'partial');
  for (const { message } of report.errors) expect(message).toMatch(/^GET /);
  for (const { deleted } of Object.values(report.resources)) expect(deleted).toBe(0);
  if (report.status === 'complete') expectEqual(rig.db, rig.account);
}

describe('with every kind of fault at once', () => {
  it('a few of each: a pull ends complete and equal, each list answered once', async () => {
    const faults = new Faults({ seed: 3, standing: everyFault(0.02), latency: [0, 300] });
    const rig = new Rig({ account: { projects: 3, experimentsPerProject: 25 }, faults });
    const report = await rig.pull();
    expect(report).toMatchObject({ status: 'complete', errors: [] });
    expect(report.retries).toBeGreaterThan(10);
    expect(report.requests).toBe(everyList(rig).length + report.retries);
    expectEqual(rig.db, rig.account);
    const before = dump(rig.db);
    expect((await rig.pull({ full: true })).retries).toBeGreaterThan(10);
    expect(dump(rig.db)).toBe(before);
  });

  it('however many: it is complete and equal, or says what is missing, and the next one gets it', async () => {
    const settings = fc.record({
      seed: fc.nat(1000),
      rate: fc.double({ min: 0.01, max: 0.09, noNaN: true }),
      isFirst: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ seed, rate, isFirst }) => {
        const rig = new Rig({
          account: { projects: 2, experimentsPerProject: 6, seed },
          faults: new Faults({ seed }),
        });
        if (!isFirst) await rig.pull();
        const before = isFirst ? null : dump(rig.db);
        for (const fault of everyFault(rate)) rig.faults.add(fault);
        const report = await rig.pull({ full: true });
        await expectHonest(rig, report);
        if (before) expect(dump(rig.db)).toBe(before);
        rig.faults.clear();
        expect(await rig.pull()).toMatchObject({ status: 'complete', errors: [] });
        expectEqual(rig.db, rig.account);
      }),
      { numRuns: 25 },
    );
  });

  it('when nothing but faults comes, it fails, and has done nothing', async () => {
    const rig = new Rig();
    await rig.pull();
    const before = dump(rig.db);
    rig.faults.add({ kind: 'unavailable', rate: 1 });
    const report = await rig.pull({ acceptDeletions: true });
    expect(report).toMatchObject({ status: 'partial', requests: 6, retries: 5, errors: [{ status: 503 }] });
    expect(dump(rig.db)).toBe(before);
  });
});

describe('a 429', () => {
  it.each([
    ['without a time: a minute', null, 60_000],
    ['with seconds', 7, 7000],
    ['with a date', { dateIn: 30 }, 30_000],
  ])('makes everything wait, %s', async (_, retryAfter, wait) => {
    let now = () => noon;
    const rig = new Rig({ account: { now: () => now() } });
    now = () => rig.clock.now();
    rig.faults.next({ kind: 'rateLimit', retryAfter, match: ({ path }) => path.endsWith('/goals') });
    const began = rig.clock.now();
    const report = await rig.pull();
    expect(report).toMatchObject({ status: 'complete', retries: 1 });
    // A date has whole seconds.
    expect(rig.clock.now() - began).toBeGreaterThanOrEqual(wait - 1000);
    expect(rig.clock.now() - began).toBeLessThan(wait + 2000);
  });
});

afterEach(() => void vi.useRealTimers());

it.each(['stall', 'reset', 'truncate', 'garbage', 'lostReply'] satisfies FaultKind[])(
  'over a real socket too: %s',
  async (kind) => {
    const sandbox = await startSandbox({
      projects: 2,
      experimentsPerProject: 6,
      now: () => noon,
    });
    const rig = new Rig();
    // One request at a time, and a time that passes when one has stalled: no other one is ever too slow.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const [timeoutMs, muchTime, concurrency] = [300, 2000, 1];
    const client = new OptimizelyClient({
      ...{ token: sandbox.token, base: sandbox.url, effects: rig.effects },
      ...{ rate: 0, concurrency, timeoutMs },
    });
    try {
      const match = ({ path }: { path: string }) => {
        if (!path.endsWith('variations')) return false;
        if (kind === 'stall') setImmediate(() => vi.advanceTimersByTime(muchTime));
        return true;
      };
      sandbox.faults.next({ kind, times: 3, match });
      const report = await pull({ db: rig.db, api: client.api, effects: rig.effects });
      expect(report).toMatchObject({ status: 'complete', retries: 3 });
      expectEqual(rig.db, sandbox.account);
    } finally {
      await client.close();
      await sandbox.close();
    }
  },
);
