/** Repeatable chance: the same seed gives the same numbers on every machine. */

/** Gives a number from 0 up to, but not including, 1. */
export type Random = () => number;

/** A stream of numbers that depends on the seed alone. */
export function seededRandom(seed: number): Random {
  let step = 0;
  return () => {
    step = (step + 1) | 0;
    return scatter(seed ^ Math.imul(step, 0x9e3779b9)) / 2 ** 32;
  };
}

/** A whole number below 2^32 that depends on the parts alone. */
export function hashOf(...parts: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join(' ')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return scatter(hash);
}

/** Spreads every bit of a number over all 32. */
function scatter(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A number around 0 with spread 1: a sum of even chances, so that no platform's logarithm matters. */
export function bellCurve(random: Random): number {
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += random();
  return sum - 6;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
