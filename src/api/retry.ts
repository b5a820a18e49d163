/** What to do after one attempt of a request: return, try again after a pause, or give up. Pure. Source: CONTRACT.md, "How a pull decides". */
import type { Method } from './transport.ts';

/** Attempts beyond the first, for failures that are not a rate limit. */
export const maxRetries = 5;
/** Waits on 429 that one request goes through before it gives up. */
export const maxWaits = 10;
/** What the vendor recommends where a 429 does not say how long. Milliseconds. Source: the seeds, Exceptions. */
export const defaultWaitMs = 60_000;
/** An absurd Retry-After is cut to this. Milliseconds. */
export const longestWaitMs = 3_600_000;
const firstPauseMs = 500;

/** What came of one attempt: an answer, no whole answer, or a success whose body is no JSON. */
export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter?: string | undefined }
  | { readonly kind: 'broken' }
  | { readonly kind: 'malformed' };

export interface Attempt {
  /** 1 for the first; waits on 429 don't count. */
  readonly attempt: number;
  /** How often this request has waited on a 429 before. */
  readonly waits: number;
  readonly method: Method;
  readonly outcome: Outcome;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 up to, but not including, 1. */
  readonly random: number;
}

/**
 * `afterMs` is how long to wait before the next attempt. Where `pauseAll` is set, every request waits that long,
 * whether or not this one is tried again.
 */
export type Decision =
  | { readonly do: 'return' }
  | { readonly do: 'retry' | 'fail'; readonly afterMs: number; readonly pauseAll: boolean };

/** Decides on one attempt's outcome. Only reads are ever repeated: a write may have been carried out. */
export function decide({ attempt, waits, method, outcome, now, random }: Attempt): Decision {
  const status = outcome.kind === 'answer' ? outcome.status : null;
  if (status !== null && status >= 200 && status < 300) return { do: 'return' };
  const asked = outcome.kind === 'answer' ? parseRetryAfter(outcome.retryAfter, now) : null;
  const limited = status === 429;
  const again = limited ? waits < maxWaits : isTransient(outcome) && attempt <= maxRetries;
  return {
    do: again && method === 'GET' ? 'retry' : 'fail',
    afterMs: limited ? (asked ?? defaultWaitMs) : Math.max(asked ?? 0, pauseAfter(attempt, random)),
    pauseAll: limited || (status === 503 && asked !== null),
  };
}

/** Whether the same request may succeed a little later. A 501 says that it never will. */
function isTransient(outcome: Outcome): boolean {
  if (outcome.kind !== 'answer') return true;
  return outcome.status === 408 || (outcome.status >= 500 && outcome.status !== 501);
}

/** 0.5, 1, 2, 4, 8 s and up to half as much again: jitter goes upward only, so that each pause exceeds the one before. */
function pauseAfter(attempt: number, random: number): number {
  return firstPauseMs * 2 ** (attempt - 1) * (1 + random / 2);
}

const httpDate = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i;
const zone = /(gmt|utc|z|[+-]\d{4})$/i;

/**
 * The milliseconds that a Retry-After header asks to wait: whole seconds, or an HTTP date (0 if it has passed). Null
 * where it says nothing that can be read; at most an hour. Source: RFC 9110, 10.2.3 and 5.6.7.
 */
export function parseRetryAfter(text: string | undefined, now: number): number | null {
  const value = text?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, longestWaitMs);
  if (!httpDate.test(value)) return null;
  // The asctime form names no zone, and the parser would take it for local time.
  const date = Date.parse(zone.test(value) ? value : `${value} GMT`);
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - now), longestWaitMs);
}
