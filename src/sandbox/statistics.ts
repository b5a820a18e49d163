/** The statistics behind a row of results: two means compared by their normal approximation. */

/** What one arm of a test has measured of one goal. */
export interface Arm {
  readonly visitors: number;
  /** Conversions, or money, per visitor. */
  readonly mean: number;
  /** How much single visitors differ: the variance of one visitor's value. */
  readonly variance: number;
}

export interface Comparison {
  readonly difference: number;
  /** Relative to the baseline; 0 where that has nothing. */
  readonly improvement: number;
  readonly low: number;
  readonly high: number;
  /** The chance that the arm beats the baseline. */
  readonly chanceToBeat: number;
  /** The chance that the two differ at all, as far as the data says. */
  readonly significance: number;
  /** Visitors that each arm still needs, if the difference stays what it is. */
  readonly visitorsNeeded: number;
}

/** Beyond that many, the API has nothing to say but "many". */
const manyVisitors = 1_000_000;

export function conversionArm(visitors: number, conversions: number): Arm {
  const mean = visitors === 0 ? 0 : conversions / visitors;
  return { visitors, mean, variance: mean * (1 - mean) };
}

/** `orderSpread` is the standard deviation of an order's value, relative to that value. */
export function revenueArm(visitors: number, orders: number, orderValue: number, orderSpread: number): Arm {
  const rate = visitors === 0 ? 0 : orders / visitors;
  const mean = rate * orderValue;
  return { visitors, mean, variance: Math.max(0, mean * orderValue * (1 + orderSpread ** 2) - mean ** 2) };
}

/** `z` is the distance, in standard errors, from which on a difference counts as real: the interval's half width. */
export function compare(baseline: Arm, arm: Arm, z: number): Comparison {
  const difference = arm.mean - baseline.mean;
  const variance = share(baseline) + share(arm);
  const error = Math.sqrt(variance);
  const score = error === 0 ? 0 : difference / error;
  return {
    difference,
    improvement: baseline.mean === 0 ? 0 : difference / baseline.mean,
    low: difference - z * error,
    high: difference + z * error,
    chanceToBeat: normalBelow(score),
    significance: 2 * normalBelow(Math.abs(score)) - 1,
    visitorsNeeded: Math.abs(score) >= z ? 0 : visitorsNeeded(baseline, arm, z),
  };
}

function share(arm: Arm): number {
  return arm.visitors === 0 ? 0 : arm.variance / arm.visitors;
}

function visitorsNeeded(baseline: Arm, arm: Arm, z: number): number {
  const difference = arm.mean - baseline.mean;
  if (difference === 0) return manyVisitors;
  const needed = Math.ceil((z ** 2 * (baseline.variance + arm.variance)) / difference ** 2);
  return Math.min(manyVisitors, Math.max(1, needed - Math.min(baseline.visitors, arm.visitors)));
}

/** The chance that a normal variable is below `x`, to seven digits (Abramowitz and Stegun, 26.2.17). */
export function normalBelow(x: number): number {
  if (x < 0) return 1 - normalBelow(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
