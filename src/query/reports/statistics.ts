/** What the mirror computes itself where the API says nothing: intervals, visitors still needed, rates. (pure) */

/** What one arm of a test has measured of a goal that counts conversions. */
export interface Arm {
  readonly visitors: number;
  readonly conversions: number;
}

/**
 * Standard errors from which on a difference counts as real, at a significance of 90 % on both sides: the level that
 * Optimizely decides at unless told otherwise. Source: the 0.95 quantile of the normal distribution.
 */
export const z90 = 1.644854;

/** The variance of one visitor's value: of a trial that converts or not. Source: Bernoulli distribution, p(1 - p). */
function variance({ visitors, conversions }: Arm): number {
  const rate = conversions / visitors;
  return rate * (1 - rate);
}

/**
 * The interval of the improvement of an arm over its baseline: ((p1 - p0) ± z √(p0(1-p0)/n0 + p1(1-p1)/n1)) / p0. Null
 * where an arm has no visitors or the baseline no conversions. Source: the normal approximation of the difference of two
 * proportions (NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3), over p0 since the API's improvement is so too.
 */
export function improvementInterval(baseline: Arm, arm: Arm, z = z90): [low: number, high: number] | null {
  if (baseline.visitors <= 0 || arm.visitors <= 0 || baseline.conversions <= 0) return null;
  const p0 = baseline.conversions / baseline.visitors;
  const difference = arm.conversions / arm.visitors - p0;
  const error = Math.sqrt(variance(baseline) / baseline.visitors + variance(arm) / arm.visitors);
  return [(difference - z * error) / p0, (difference + z * error) / p0];
}

/**
 * Visitors that each arm still needs until the difference, if it stays what it is, is z standard errors away from zero:
 * z² (p0(1-p0) + p1(1-p1)) / (p1 - p0)² of each, less the visitors of the smaller arm. 0 where it has them, null where
 * there is no difference. Source: the interval above, solved for n with n0 = n1.
 */
export function visitorsNeeded(baseline: Arm, arm: Arm, z = z90): number | null {
  if (baseline.visitors <= 0 || arm.visitors <= 0) return null;
  const difference = arm.conversions / arm.visitors - baseline.conversions / baseline.visitors;
  if (difference === 0) return null;
  const needed = Math.ceil((z ** 2 * (variance(baseline) + variance(arm))) / difference ** 2);
  return Math.max(0, needed - Math.min(baseline.visitors, arm.visitors));
}

/** From here on nobody counts the visitors still needed, and 100000 is what the vendor's own answers say in its place. */
const countedBelow = 1_000_000;
const vendorsLimit = 100_000;

/**
 * The limit that a number of visitors still needed stands for: "more than this, nobody knows how many". Null for one that
 * was counted. No document names a limit. Source: answers of the vendor's that were made public, and the sandbox.
 */
export function limitOfNeeded(needed: number): number | null {
  if (needed >= countedBelow) return countedBelow;
  return needed === vendorsLimit ? vendorsLimit : null;
}

/** Visitors a day between two counts, days apart; null where no time passed. Source: (v2 - v1) / days. */
export function visitorsPerDay(from: number, to: number, days: number): number | null {
  return days > 0 && to >= from ? (to - from) / days : null;
}

/** Days until so many more visitors have come; null where none come. Source: needed / visitors a day. */
export function daysUntil(needed: number, perDay: number | null): number | null {
  if (needed <= 0) return 0;
  return perDay !== null && perDay > 0 ? needed / perDay : null;
}
