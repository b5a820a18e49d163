/** How one attempt's outcome becomes a return, a retry or a failure. */

import { describe, expect, it, test } from 'vitest';
import { type Attempt, type Decision, decide, parseRetryAfter } from '../../src/api/retry.ts';
import fc from '../draws.ts';

const now = Date.UTC(2014, 5, 10, 22, 12, 21);

function decided(changes: Partial<Attempt>): Decision {
  return decide({
    attempt: 1,
    waits: 0,
    method: 'GET',
    outcome: { kind: 'answer', status: 200 },
    now,
    random: 0,
    ...changes,
  });
}
const answer = (status: number, retryAfter?: string) => ({ kind: 'answer', status, retryAfter }) as const;

describe('a read', () => {
  test.each([200, 201, 202, 204])('is done on %i', (status) => {
    expect(decided({ outcome: answer(status) })).toEqual({ do: 'return' });
  });

  test.each([301, 400, 401, 403, 404, 405, 409, 410, 418, 422, 501])('is not tried again on %i', (status) => {
    expect(decided({ outcome: answer(status) }).do).toBe('fail');
  });

  test.each([408, 500, 502, 503, 504, 599])('is tried again up to five times on %i', (status) => {
    const outcome = answer(status);
    const kinds = [1, 2, 3, 4, 5, 6].map((attempt) => decided({ attempt, outcome }).do);
    expect(kinds).toEqual(['retry', 'retry', 'retry', 'retry', 'retry', 'fail']);
  });

  test.each(['broken', 'malformed'] as const)('is tried again up to five times where it is %s', (kind) => {
    expect(decided({ attempt: 5, outcome: { kind } }).do).toBe('retry');
    expect(decided({ attempt: 6, outcome: { kind } }).do).toBe('fail');
  });

  it('pauses 0.5, 1, 2, 4 and 8 seconds without jitter', () => {
    const pauses = [1, 2, 3, 4, 5].map((attempt) => decided({ attempt, outcome: answer(500) }));
    expect(pauses).toEqual(
      [500, 1000, 2000, 4000, 8000].map((afterMs) => ({ do: 'retry', afterMs, pauseAll: false })),
    );
  });

  it('pauses longer each time, whatever the jitter, and by at most half as much again', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.array(random, { minLength: 5, maxLength: 5 }), (jitters) => {
        let before = 0;
        jitters.forEach((jitter, index) => {
          const decision = decided({ attempt: index + 1, outcome: { kind: 'broken' }, random: jitter });
          const pause = decision.do === 'retry' ? decision.afterMs : 0;
          expect(pause).toBeGreaterThan(before);
          expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index);
          expect(pause).toBeLessThanOrEqual(750 * 2 ** index);
          before = pause;
        });
      }),
    );
  });

  it('pauses as long as Retry-After asks on a 500, for itself alone', () => {
    expect(decided({ outcome: answer(500, '7') })).toEqual({ do: 'retry', afterMs: 7000, pauseAll: false });
  });

  it('never pauses less than its own pause where Retry-After asks for less', () => {
    expect(decided({ attempt: 3, outcome: answer(500, '1') })).toMatchObject({ afterMs: 2000 });
  });

  it('makes everything wait on a 503 that says how long', () => {
    expect(decided({ outcome: answer(503, '30') })).toEqual({ do: 'retry', afterMs: 30_000, pauseAll: true });
    expect(decided({ outcome: answer(503) })).toEqual({ do: 'retry', afterMs: 500, pauseAll: false });
  });
});

describe('a rate limit', () => {
  it('makes everything wait as long as it says, or a minute where it says nothing', () => {
    expect(decided({ outcome: answer(429, '3') })).toEqual({ do: 'retry', afterMs: 3000, pauseAll: true });
    expect(decided({ outcome: answer(429) })).toEqual({ do: 'retry', afterMs: 60_000, pauseAll: true });
    expect(decided({ outcome: answer(429, 'soon') })).toMatchObject({ afterMs: 60_000 });
    expect(decided({ outcome: answer(429, '0') })).toMatchObject({ afterMs: 0 });
  });

  it('ends a request after ten waits, and still makes the others wait', () => {
    expect(decided({ waits: 9, outcome: answer(429) }).do).toBe('retry');
    expect(decided({ waits: 10, outcome: answer(429) })).toEqual({
      do: 'fail',
      afterMs: 60_000,
      pauseAll: true,
    });
  });

  it('does not count against the other retries', () => {
    expect(decided({ attempt: 6, waits: 3, outcome: answer(429) }).do).toBe('retry');
    expect(decided({ attempt: 5, waits: 10, outcome: answer(500) }).do).toBe('retry');
  });
});

describe('a write', () => {
  test.each(['POST', 'PUT', 'DELETE'] as const)('is never repeated: %s', (method) => {
    for (const status of [408, 429, 500, 502, 503, 504]) {
      expect(decided({ method, outcome: answer(status, '1') }).do).toBe('fail');
    }
    expect(decided({ method, outcome: { kind: 'broken' } }).do).toBe('fail');
    expect(decided({ method, outcome: { kind: 'malformed' } }).do).toBe('fail');
  });

  it('makes everything wait on a 429 all the same', () => {
    expect(decided({ method: 'PUT', outcome: answer(429, '5') })).toEqual({
      do: 'fail',
      afterMs: 5000,
      pauseAll: true,
    });
  });
});

describe('Retry-After', () => {
  test.each([
    ['whole seconds', '120', 120_000],
    ['blanks around', ' 5 ', 5000],
    ['zero', '0', 0],
    ['an absurd number, cut to an hour', '99999999999999999999999', 3_600_000],
    ['a date', 'Tue, 10 Jun 2014 22:12:51 GMT', 30_000],
    ['a date of the old form', 'Tuesday, 10-Jun-14 22:12:51 GMT', 30_000],
    ['a date as asctime writes it', 'Tue Jun 10 22:12:51 2014', 30_000],
    ['a date in the past', 'Mon, 09 Jun 2014 22:12:51 GMT', 0],
    ['a date far away, cut to an hour', 'Tue, 10 Jun 2064 22:12:51 GMT', 3_600_000],
    ['nothing', undefined, null],
    ['an empty text', '', null],
    ['a negative number', '-5', null],
    ['a fraction', '1.5', null],
    ['words', 'soon', null],
    ['a day alone', 'Monday', null],
    ['a weekday with rubbish', 'Mon -5', null],
    ['a date of another kind', '2014-06-10T22:12:51Z', null],
  ])('reads %s', (_name, text, ms) => {
    expect(parseRetryAfter(text, now)).toBe(ms);
  });

  it('is never negative, never above an hour, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseRetryAfter(text, now);
        expect(ms === null || (ms >= 0 && ms <= 3_600_000)).toBe(true);
      }),
    );
  });
});
