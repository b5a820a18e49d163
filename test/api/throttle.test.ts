/** The throttle: how many at once, how many a second, and what a pause stops. */

import { describe, expect, it } from 'vitest';
import { memoryBudget, Throttle } from '../../src/api/throttle.ts';
import fc from '../draws.ts';
import { FakeClock, turn } from './support.ts';

describe('the budget', () => {
  it('never lets more than its rate start in any second, however they arrive', async () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 60 });
    const pauses = fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 2000 })), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), arrivals, pauses, async (rate, offsets, stops) => {
        const clock = new FakeClock();
        const budget = memoryBudget(rate, clock);
        const starts: number[] = [];
        const begin = clock.now();
        const late: boolean[] = [];
        const all = offsets.map(async (offset) => {
          await clock.sleep(offset);
          await budget.take();
          starts.push(clock.now());
          late.push(clock.now() < budget.pausedUntil());
        });
        const paused = stops.map(async ([at, length]) => {
          await clock.sleep(at);
          budget.pauseUntil(begin + at + length);
        });
        await clock.until(Promise.all([...all, ...paused]));
        expect(starts).toHaveLength(offsets.length);
        for (const start of starts) {
          const within = starts.filter((other) => other >= start && other < start + 1000);
          expect(within.length).toBeLessThanOrEqual(rate);
        }
        expect(late).not.toContain(true);
      }),
      { numRuns: 60 },
    );
  });

  it('lets everything start at once where the rate is 0', async () => {
    const clock = new FakeClock();
    const budget = memoryBudget(0, clock);
    for (let count = 0; count < 100; count++) await budget.take();
    expect(clock.slept).toEqual([]);
  });

  it('spaces starts evenly', async () => {
    const clock = new FakeClock();
    const budget = memoryBudget(10, clock);
    const starts: number[] = [];
    const take = async () => {
      await budget.take();
      starts.push(clock.now());
    };
    await clock.until(Promise.all([take(), take(), take(), take()]));
    const [first = 0] = starts;
    expect(starts.map((start) => start - first)).toEqual([0, 102, 204, 306]);
  });

  it('never lets more than its rate arrive in any second, though one is longer under way than another', async () => {
    const delays = fc.array(fc.double({ min: 0, max: 19, noNaN: true }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), delays, async (rate, under) => {
        const clock = new FakeClock();
        const budget = memoryBudget(rate, clock);
        const arrivals: number[] = [];
        const all = under.map(async (delay) => {
          await budget.take();
          arrivals.push(clock.now() + delay);
        });
        await clock.until(Promise.all(all));
        for (const arrival of arrivals) {
          const within = arrivals.filter((other) => other >= arrival && other < arrival + 1000);
          expect(within.length).toBeLessThanOrEqual(rate);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds back takes that are already waiting, and a pause that grows meanwhile', async () => {
    const clock = new FakeClock();
    const budget = memoryBudget(0, clock);
    const begin = clock.now();
    budget.pauseUntil(begin + 1000);
    const taken = budget.take().then(() => clock.now());
    await turn();
    budget.pauseUntil(begin + 5000);
    expect(await clock.until(taken)).toBe(begin + 5000);
  });

  it('never shortens a pause', () => {
    const clock = new FakeClock();
    const budget = memoryBudget(0, clock);
    budget.pauseUntil(5000);
    budget.pauseUntil(2000);
    expect(budget.pausedUntil()).toBe(5000);
  });

  it('lets a waiting take go at once when its signal aborts, and gives its turn to the next', async () => {
    const clock = new FakeClock();
    const budget = memoryBudget(1, clock);
    const stop = new AbortController();
    await budget.take();
    const given = budget.take(stop.signal);
    const other = budget.take();
    stop.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    const begin = clock.now();
    await clock.until(other);
    expect(clock.now() - begin).toBe(1020);
  });

  it('waits no longer than one interval after the clock was set back', async () => {
    const clock = new FakeClock();
    const budget = memoryBudget(2, clock);
    await budget.take();
    clock.set(clock.now() - 3_600_000);
    await clock.until(budget.take());
    expect(clock.slept).toEqual([510]);
  });
});

describe('the throttle', () => {
  it('runs no more than its concurrency at once', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle({ concurrency: 3, budget: memoryBudget(0, clock) });
    let running = 0;
    let most = 0;
    const task = async () => {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running -= 1;
    };
    await clock.until(Promise.all(Array.from({ length: 20 }, () => throttle.run(task))));
    expect(most).toBe(3);
  });

  it('runs all, and never more than its concurrency at once, however they arrive and last', async () => {
    const task = fc.record({
      at: fc.integer({ min: 0, max: 100 }),
      lasts: fc.integer({ min: 0, max: 40 }),
      fails: fc.boolean(),
      priority: fc.constantFrom(0, 1),
    });
    const tasks = fc.array(task, { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), tasks, async (concurrency, all) => {
        const clock = new FakeClock();
        const throttle = new Throttle({ concurrency, budget: memoryBudget(0, clock) });
        let running = 0;
        let most = 0;
        let least = concurrency;
        let waiting = 0;
        const ends = all.map(async ({ at, lasts, fails, priority }) => {
          await clock.sleep(at);
          waiting++;
          const work = async () => {
            waiting--;
            most = Math.max(most, ++running);
            await clock.sleep(lasts);
            // Where others wait, no slot is left free.
            if (waiting > 0) least = Math.min(least, running);
            running--;
            if (fails) throw new Error('refused');
            return at;
          };
          return throttle.run(work, { priority });
        });
        const outcomes = await clock.until(Promise.allSettled(ends));
        const expected = all.map(({ at, fails }) => (fails ? 'refused' : at));
        const got = outcomes.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message));
        expect(got).toEqual(expected);
        expect(most).toBeLessThanOrEqual(concurrency);
        expect(least).toBe(concurrency);
      }),
      { numRuns: 200 },
    );
  });

  it('starts what has priority first', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle({ concurrency: 1, budget: memoryBudget(0, clock) });
    const order: string[] = [];
    const task = (name: string) => async () => {
      order.push(name);
      await clock.sleep(1);
    };
    const all = [
      throttle.run(task('first')),
      throttle.run(task('second')),
      throttle.run(task('retry'), { priority: 1 }),
    ];
    await clock.until(Promise.all(all));
    expect(order).toEqual(['first', 'retry', 'second']);
  });

  it('rejects at once on abort: running, paced, paused and queued', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle({ concurrency: 2, budget: memoryBudget(1, clock) });
    const stop = new AbortController();
    const { signal } = stop;
    let ran = 0;
    const endless = () => {
      ran += 1;
      return new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const all = [1, 2, 3].map(() => throttle.run(endless, { signal }));
    const outcomes = Promise.allSettled(all);
    await turn();
    throttle.pauseUntil(clock.now() + 60_000);
    const reason = new Error('Ctrl-C');
    stop.abort(reason);
    expect(await outcomes).toEqual([1, 2, 3].map(() => ({ status: 'rejected', reason })));
    expect(ran).toBe(1);
  });
});
