/** The statistics behind results, against known values. */
import { describe, expect, test } from 'vitest';
import { compare, conversionArm, normalBelow } from '../../src/sandbox/statistics.ts';

describe('the statistics', () => {
  test.each([
    [0, 0.5],
    [1.644854, 0.95],
    [-1.959964, 0.025],
    [3, 0.99865],
  ])('the normal distribution lies below %f with chance %f', (x, chance) => {
    expect(normalBelow(x)).toBeCloseTo(chance, 5);
  });
  test('a textbook comparison of two rates comes out right', () => {
    const compared = compare(conversionArm(1000, 100), conversionArm(1000, 130), 1.959964);
    // z = 0.03 / sqrt(0.1·0.9/1000 + 0.13·0.87/1000) = 0.03 / 0.0142513 = 2.1051
    expect(compared.chanceToBeat).toBeCloseTo(0.98236, 4);
    expect(compared.low).toBeCloseTo(0.03 - 0.027932, 4);
    expect(compared).toMatchObject({ difference: expect.closeTo(0.03, 9), visitorsNeeded: 0 });
  });
  test('nothing measured is nothing decided', () => {
    expect(compare(conversionArm(0, 0), conversionArm(0, 0), 1.96)).toMatchObject({
      difference: 0,
      improvement: 0,
      chanceToBeat: expect.closeTo(0.5, 6),
    });
  });
});
