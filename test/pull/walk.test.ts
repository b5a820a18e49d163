/** The walk: how many at once, in which order, and how it ends. */

import { describe, expect, it } from 'vitest';
import { type WalkOptions, walk } from '../../src/sync/walk.ts';
import fc from '../draws.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A tree of texts: `a` is followed by `a0`, `a1` and so on. */
function options(
  followers: (step: string) => number,
  more: Partial<WalkOptions<string, string>> = {},
): WalkOptions<string, string> & { seen: string[]; batches: number[]; most: number } {
  const record = { seen: [] as string[], batches: [] as number[], most: 0 };
  let underWay = 0;
  return Object.assign(record, {
    first: ['a', 'b'],
    concurrency: 3,
    expand: () => null,
    read: async (step: string) => {
      record.most = Math.max(record.most, ++underWay);
      await turn();
      underWay--;
      return step;
    },
    take: (came: readonly string[]) => {
      record.seen.push(...came);
      record.batches.push(came.length);
      return came.flatMap((step) => Array.from({ length: followers(step) }, (_, i) => `${step}${i}`));
    },
    pause: turn,
    ...more,
  });
}

describe('a walk', () => {
  it('reads everything once, never more at a time than it may', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(4),
        fc.nat(3),
        async (concurrency, wide, deep) => {
          const given = options((step) => (step.length <= deep ? wide : 0), { concurrency });
          await walk(given);
          const expected = (length: number): number => (length > deep ? 1 : 1 + wide * expected(length + 1));
          expect(given.seen).toHaveLength(2 * expected(1));
          expect(new Set(given.seen).size).toBe(given.seen.length);
          expect(given.most).toBeLessThanOrEqual(concurrency);
          expect(Math.max(...given.batches)).toBeLessThanOrEqual(2 * concurrency);
        },
      ),
    );
  });

  it('puts what follows before what waits, so that few wait at a time', async () => {
    const first = ['a', 'b', 'c', 'd'];
    const given = options((step) => (step.length < 3 ? 2 : 0), { concurrency: 1, first });
    await walk(given);
    const place = (step: string) => given.seen.indexOf(step);
    // One read may be under way while an answer waits to be taken along with it, and one while both are taken.
    expect(Math.max(place('a0'), place('a1'))).toBeLessThan(place('d'));
    expect(Math.max(place('b0'), place('b1'))).toBeLessThan(place('d'));
    expect(Math.max(place('a00'), place('a11'))).toBeLessThan(place('d'));
    expect(Math.max(place('d0'), place('d1'))).toBeGreaterThan(place('a11'));
    expect(given.seen).toHaveLength(28);
  });

  it('names what a step stands for only when its turn comes', async () => {
    const expanded: string[] = [];
    const given = options(() => 0, {
      concurrency: 1,
      first: ['many', 'z'],
      expand: (step) => {
        if (step === 'z') expanded.push(`z after ${given.seen.length}`);
        return step === 'many' ? ['m1', 'm2', 'm3'] : null;
      },
    });
    await walk(given);
    expect(given.seen).toEqual(['m1', 'm2', 'm3', 'z']);
    // The third was on its way by then, and all three before it was asked what z stands for.
    expect(expanded).toEqual(['z after 2']);
  });

  it('has as many reads under way as it may while it takes what came', async () => {
    let underWay = 0;
    const during: number[] = [];
    const given = options(() => 0, {
      first: Array.from({ length: 24 }, (_, index) => String(index)),
      read: async (step) => {
        underWay++;
        await turn();
        underWay--;
        return step;
      },
      take: () => {
        during.push(underWay);
        return [];
      },
      pause: () => new Promise(() => {}),
    });
    await walk(given);
    expect(during.slice(0, -1)).toEqual([3, 3, 3]);
  });

  it('of nothing is over at once', async () => {
    await walk(options(() => 0, { first: [] }));
  });

  it('takes what came, even where nobody wakes it from its pause', async () => {
    const given = options((step) => (step.length < 4 ? 3 : 0), { pause: () => new Promise(() => {}) });
    await walk(given);
    expect(given.seen).toHaveLength(2 * (1 + 3 + 9 + 27));
  });

  it.each(['read', 'take'] as const)(
    'ends with the first thing that %s throws, when all has come to its end',
    async (where) => {
      let left = 0;
      const given = options(() => 2, {
        read: async (step, signal) => {
          left++;
          await turn();
          left--;
          if (where === 'read' && step === 'a0') throw new Error('at a0');
          if (where === 'read' && signal.aborted) throw new Error('called off');
          return step;
        },
      });
      if (where === 'take') {
        const { take } = given;
        Object.assign(given, {
          take: (came: readonly string[]) => {
            if (came.includes('a0')) throw new Error('at a0');
            return take(came, 0);
          },
        });
      }
      await expect(walk(given)).rejects.toThrow('at a0');
      expect(left).toBe(0);
    },
  );

  it('ends with the reason of its signal, and takes what had come', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const given = options(() => 3, {
      signal: stop.signal,
      read: async (step, signal) => {
        await turn();
        if (step === 'a1') stop.abort(reason);
        signal.throwIfAborted();
        return step;
      },
    });
    await expect(walk(given)).rejects.toBe(reason);
    expect(given.seen).toContain('a0');
  });
});
