/** Reads the values of options and arguments, or says what is wrong with them. */
import ms from 'ms';
import { UsageError } from '../errors.ts';

/** A whole number between the limits, zero and up unless told. */
export function wholeNumber(
  what: string,
  given: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
): number {
  const value = /^[+-]?\d+$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const limits = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
  throw new UsageError(`${what} is a whole number ${limits}, not ${JSON.stringify(given.slice(0, 200))}`);
}

/** The flag and its help, the same wherever rows come; `usual` is how many a table shows where nobody says. */
export const limitOption = (usual?: number) =>
  [
    '--limit <n>',
    `so many rows at most; 0 for all (default ${usual === undefined ? 'all' : `${usual} in a table, else all`})`,
  ] as const;

/** How many rows at most, Infinity for all; undefined where nobody said. */
export function readLimit(given: string | undefined): number | undefined {
  return given === undefined ? undefined : wholeNumber('--limit', given) || Number.POSITIVE_INFINITY;
}

/** Collects the values of an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** A stretch of time such as `24h`, in milliseconds. A number needs its unit, except for 0. */
export function milliseconds(what: string, given: string): number {
  const value = given.trim() === '0' ? 0 : /[a-z]/i.test(given) ? ms(given as ms.StringValue) : Number.NaN;
  if (Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(
    `${what} is a time such as 90s, 30m, 24h or 7d, not ${JSON.stringify(given.slice(0, 90))}`,
  );
}
