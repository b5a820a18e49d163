/** How the values of reports look to people. */
import type { Cell } from '../../db/columns.ts';
import type { Look, ReportRow, Shown } from '../../query/reports/report.ts';
import { limitOfNeeded } from '../../query/reports/statistics.ts';
import { printable } from './printable.ts';
import { textOf } from './values.ts';
import { count } from './words.ts';

/** What stands where a report has no value. */
export const nothing = '-';

const percent = (fraction: number, digits: number) => `${(100 * fraction).toFixed(digits)} %`;
const signed = (fraction: number) => `${fraction > 0 ? '+' : ''}${percent(fraction, 1)}`;

function decimals(value: number): string {
  const [whole = '', rest = ''] = Math.abs(value)
    .toFixed(value < 100 ? 2 : 1)
    .split('.');
  return `${value < 0 ? '-' : ''}${count(Number(whole))}.${rest}`;
}

const whole = (value: number) => count(Math.round(value));

function needed(value: number): string {
  const limit = limitOfNeeded(value);
  return limit === null ? whole(value) : `> ${count(limit)}`;
}

const numbers: Readonly<Partial<Record<Look, (value: number) => string>>> = {
  count: whole,
  needed,
  number: decimals,
  share: (value) => percent(value, 2),
  change: signed,
  cents: (value) => `${value / 100} %`,
  days: (value) => (Math.abs(value) < 10 ? value.toFixed(1) : whole(value)),
  flag: (value) => (value === 0 ? 'no' : 'yes'),
};

const texts: Readonly<Partial<Record<Look, (value: string) => string>>> = {
  date: (value) => value.slice(0, 10),
  time: (value) => value.slice(0, 16).replace('T', ' '),
  code: readable,
};

/** A JSON text as people read it: a text without its quotes, anything else as it is. */
export function readable(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : json;
  } catch {
    return json;
  }
}

/** One value, printable. */
export function lookOf(look: Look, value: Cell | undefined): string {
  if (value === null || value === undefined) return nothing;
  if (typeof value === 'number') return numbers[look]?.(value) ?? String(value);
  const text = textOf(value);
  return printable(texts[look]?.(text) ?? text);
}

/** A column's cell; an interval as `-0.9 … +9.2 %`. */
export function cellOf({ of, look, to, orElse }: Shown, row: ReportRow): string {
  const text = lookOf(look, row[of] ?? (orElse && row[orElse]));
  if (to === undefined || text === nothing) return text;
  return `${text.replace(/ %$/, '')} … ${lookOf(look, row[to])}`;
}

/** Numbers stand below each other by their last digit. */
export function isRight(look: Look): boolean {
  return numbers[look] !== undefined && look !== 'flag';
}
