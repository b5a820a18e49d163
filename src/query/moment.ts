/** A moment of the past as people type it: a date, a time, or how long ago. */
import ms from 'ms';
import { UsageError } from '../errors.ts';

/** Groups: date, hours and minutes, seconds, zone. */
const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Milliseconds since 1970 of `2016-06-01`, `2016-06-01T10:30`, `2016-06-01T10:30:00Z` or `3d`, that long before `now`. A
 * date is its first moment, and a time without a zone is UTC, as are all times of the mirror. Throws a UsageError that
 * names `what` it was given for, where it is no time or one to come.
 */
export function readMoment(what: string, given: string, now: number): number {
  const moment = momentOf(given.trim(), now);
  if (!Number.isFinite(moment)) {
    throw new UsageError(
      `${what} is a time such as 2016-06-01, 2016-06-01T10:30Z or 3d (that long ago), not ${JSON.stringify(given.slice(0, 90))}`,
    );
  }
  if (moment > now) throw new UsageError(`${what} has to lie in the past: ${momentText(moment)} is to come`);
  return moment;
}

function momentOf(given: string, now: number): number {
  const parts = iso.exec(given);
  if (parts === null)
    return /^\d+(\.\d+)?\s*[a-z]+$/i.test(given) ? now - ms(given as ms.StringValue) : Number.NaN;
  const [, date = '', minutes = '00:00', seconds = ':00', zone = 'Z'] = parts;
  // JavaScript would take the 31st of February for the 2nd of March.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (!Number.isFinite(day) || new Date(day).toISOString().slice(0, 10) !== date) return Number.NaN;
  return Date.parse(`${date}T${minutes}${seconds}${zone.toUpperCase()}`);
}

/** The moment as the mirror writes it. */
export function momentText(moment: number): string {
  return new Date(moment).toISOString();
}
