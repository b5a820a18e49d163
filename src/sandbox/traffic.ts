/** How many visitors came and converted: a function of seed, entity and time run, so that it only ever grows. */
import { bellCurve, hashOf, seededRandom } from './random.ts';

/** A segment of the visitors: its share, and the words that make it what it is. */
export interface Segment {
  readonly name: string;
  readonly share: number;
}

export const everyone: Segment = { name: '', share: 1 };

/** Between 2 % and 32 % of the visitors, the same for the same words. */
export function segmentOf(seed: number, name: string): Segment {
  return { name, share: 0.02 + 0.3 * chance(seed, 'segment', name) };
}

/** Visitors a minute of the page an experiment runs on: few sites have many. */
function visitorsPerMinute(seed: number, experimentId: number): number {
  return 0.02 + 4 * chance(seed, 'traffic', experimentId) ** 3;
}

/** Visitors of an arm that gets `share` of the traffic for `minutes`. */
export function visitorsOf(seed: number, experimentId: number, share: number, minutes: number): number {
  return Math.floor(visitorsPerMinute(seed, experimentId) * share * minutes);
}

export interface Appeal {
  /** The share of all visitors that would convert in the end. */
  readonly rate: number;
  /** How lucky the sample is, in standard deviations. */
  readonly luck: number;
}

/** What an arm does with a goal. The baseline has the goal's own rate; others move it by up to 20 % or so. */
export function appealOf(
  seed: number,
  goal: { readonly id: number; readonly typicalRate: number },
  arm: { readonly id: string; readonly isBaseline: boolean },
  segment: Segment,
): Appeal {
  const own = goal.typicalRate * (0.5 + chance(seed, 'goal', goal.id));
  const lift = arm.isBaseline ? 0 : 0.07 * bell(seed, 'lift', arm.id, goal.id, segment.name);
  return {
    rate: Math.min(0.95, own * Math.max(0.3, 1 + lift)),
    luck: 0.6 * bell(seed, 'luck', arm.id, goal.id, segment.name),
  };
}

/** Never falls while the visitors grow: what luck takes away shrinks against them. */
export function conversionsOf(visitors: number, { rate, luck }: Appeal): number {
  const expected = visitors * rate + luck * Math.sqrt(visitors * rate * (1 - rate));
  return Math.min(visitors, Math.max(0, Math.floor(expected)));
}

/** An order's usual value in money, with cents. */
export function orderValueOf(seed: number, goalId: number): number {
  return Math.round(1500 + 12_000 * chance(seed, 'order', goalId)) / 100;
}

function chance(...parts: (string | number)[]): number {
  return hashOf(...parts) / 2 ** 32;
}
function bell(...parts: (string | number)[]): number {
  return bellCurve(seededRandom(hashOf(...parts)));
}
