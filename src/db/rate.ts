/** The pace of requests, kept in the mirror, so that all programs on it keep to one rate and honour each other's pauses. */
import type { Database } from 'better-sqlite3';
import { type Pace, paceBudget, type RateBudget } from '../api/throttle.ts';
import type { Clock } from '../effects.ts';
import { getMeta, putMeta } from './meta.ts';
import { guarded } from './transaction.ts';

const key = 'pace';
/** Where there is no rate to keep, another program's pause is noticed within this many milliseconds. */
const looksEvery = 20;

function readPace(db: Database): Pace {
  const [nextStart = 0, paused = 0] = (getMeta(db, key) ?? '').split(' ').map(Number);
  return { nextStart, paused };
}

/**
 * A pace shared by every program that works on this mirror. `rate` is in requests a second, 0 for no limit; a pause that
 * a 429 asked for counts for all of them either way.
 */
export function sharedBudget(db: Database, rate: number, clock: Clock): RateBudget {
  let seen: { readonly pace: Pace; readonly at: number } | null = null;
  return paceBudget(rate, clock, {
    read() {
      const at = clock.now();
      if (!seen || Math.abs(at - seen.at) >= looksEvery) seen = { pace: readPace(db), at };
      return seen.pace;
    },
    update(change) {
      seen = null;
      guarded<void>(db, () => {
        const next = change(readPace(db));
        if (next) putMeta(db, key, `${next.nextStart} ${next.paused}`);
      });
    },
  });
}
