/** The formulas of docs/statistics.md: worked examples, and what must hold whatever the figures. */

import { describe, expect, it } from 'vitest';
import {
  daysUntil,
  improvementInterval,
  visitorsNeeded,
  visitorsPerDay,
  z90,
} from '../../src/query/reports/statistics.ts';
import { compare, conversionArm } from '../../src/sandbox/statistics.ts';
import fc from '../draws.ts';

const arm = (visitors: number, conversions: number) => ({ visitors, conversions });

describe('the interval of an improvement', () => {
  it('is the one that docs/statistics.md works out', () => {
    // p0 = 0.10, p1 = 0.12: 0.02 ± 1.644854 √(0.09/1000 + 0.1056/1000) = 0.02 ± 0.023004, each over 0.10.
    const [low = 0, high = 0] = improvementInterval(arm(1000, 100), arm(1000, 120)) ?? [];
    expect(low).toBeCloseTo(-0.03004, 4);
    expect(high).toBeCloseTo(0.43004, 4);
  });

  it.each([
    ['the baseline has no visitors', arm(0, 0), arm(10, 1)],
    ['the variation has no visitors', arm(10, 1), arm(0, 0)],
    ['the baseline has no conversions', arm(10, 0), arm(10, 1)],
  ])('is not known where %s', (_, baseline, variation) => {
    expect(improvementInterval(baseline, variation)).toBeNull();
  });
});

const measured = fc
  .tuple(fc.integer({ min: 2, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([visitors, share]) => arm(visitors, Math.max(1, Math.floor(share * visitors))));

describe('whatever the figures', () => {
  it('interval and visitors needed agree with those by which the sandbox judges', () => {
    fc.assert(
      fc.property(measured, measured, (baseline, variation) => {
        const expected = compare(
          conversionArm(baseline.visitors, baseline.conversions),
          conversionArm(variation.visitors, variation.conversions),
          z90,
        );
        const p0 = baseline.conversions / baseline.visitors;
        const [low = 0, high = 0] = improvementInterval(baseline, variation) ?? [];
        expect(low).toBeCloseTo(expected.low / p0, 6);
        expect(high).toBeCloseTo(expected.high / p0, 6);
        if (expected.visitorsNeeded > 1 && expected.visitorsNeeded < 1e6)
          expect(visitorsNeeded(baseline, variation)).toBe(expected.visitorsNeeded);
      }),
    );
  });

  it('as many visitors as are needed, at the same rates, decide', () => {
    fc.assert(
      fc.property(measured, measured, (baseline, variation) => {
        const needed = visitorsNeeded(baseline, variation);
        fc.pre(needed !== null && needed < 1e9);
        const times = (one: typeof baseline) => {
          const visitors = Math.min(baseline.visitors, variation.visitors) + (needed ?? 0);
          return arm(visitors, (one.conversions / one.visitors) * visitors);
        };
        const [low = 0, high = 0] = improvementInterval(times(baseline), times(variation)) ?? [];
        expect(low > -1e-6 || high < 1e-6).toBe(true);
      }),
    );
  });
});

describe('rates and days', () => {
  it('are plain divisions, and unknown where nothing can be said', () => {
    expect(visitorsPerDay(100, 450, 7)).toBe(50);
    expect(visitorsPerDay(100, 450, 0)).toBeNull();
    expect(visitorsPerDay(450, 100, 7)).toBeNull();
    expect(daysUntil(100, 50)).toBe(2);
    expect(daysUntil(0, null)).toBe(0);
    expect(daysUntil(100, 0)).toBeNull();
    expect(daysUntil(100, null)).toBeNull();
  });
});
