/** Reads the values of options and arguments, or says what is wrong with them. */
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

/** Collects the values of an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}
