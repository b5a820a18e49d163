/** How unkind one seed is: every rate is drawn from it, so that some seeds have storms and others almost nothing. */
import { pick, type Random } from '../../src/sandbox/random.ts';

export interface Rates {
  /** Between any two requests: a colleague's hand on the server. */
  readonly colleague: number;
  /** Between any two requests: the user's hand on the mirror. */
  readonly user: number;
  /** Between any two requests: another process that tries to sync. */
  readonly rival: number;
  readonly interrupt: number;
  readonly crash: number;
  readonly clockJump: number;
  readonly permission: number;
  /** Of each request: what happens to it or to its answer. */
  readonly lost: number;
  readonly unsent: number;
  readonly delayed: number;
  readonly duplicated: number;
  readonly truncated: number;
  readonly garbled: number;
  /** A list in which one member is not what the API documents. */
  readonly spoiled: number;
  readonly failedThoughDone: number;
  readonly unavailable: number;
  readonly limited: number;
  /** The chance that a 429 or 503 becomes a storm. */
  readonly storm: number;
  readonly revoked: number;
}

/** Most faults are absent from most seeds: a seed with all of them at once gets nowhere, and so finds nothing. */
function rate(random: Random, highest: number): number {
  return pick(random, [0, 0, 0.1, 0.4, 1]) * highest;
}

export function drawRates(random: Random): Rates {
  return {
    colleague: rate(random, 0.3),
    user: rate(random, 0.3),
    rival: rate(random, 0.03),
    interrupt: rate(random, 0.02),
    crash: rate(random, 0.08),
    clockJump: rate(random, 0.03),
    permission: rate(random, 0.03),
    lost: rate(random, 0.15),
    unsent: rate(random, 0.1),
    delayed: rate(random, 0.3),
    duplicated: rate(random, 0.1),
    truncated: rate(random, 0.1),
    garbled: rate(random, 0.1),
    spoiled: rate(random, 0.05),
    failedThoughDone: rate(random, 0.15),
    unavailable: rate(random, 0.1),
    limited: rate(random, 0.1),
    storm: rate(random, 0.5),
    revoked: rate(random, 0.01),
  };
}

/** When the faults stop. */
export const calm: Rates = Object.fromEntries(
  Object.keys(drawRates(() => 0)).map((name) => [name, 0]),
) as Record<keyof Rates, number>;
