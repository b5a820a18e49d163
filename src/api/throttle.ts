/** How fast requests may start and how many may be in flight: the one throttle that everything goes through. */
import PQueue from 'p-queue';
import type { Clock } from '../effects.ts';
import { longestWaitMs } from './retry.ts';

/** The pace of one token's requests. An implementation may share it between processes. */
export interface RateBudget {
  /** Resolves when one request may start; rejects with the signal's reason when it aborts first. */
  take(signal?: AbortSignal): Promise<void>;
  /** No request starts before this moment, takes that are waiting already included. An earlier moment changes nothing. */
  pauseUntil(ms: number): void;
  /** Milliseconds since 1970; 0 where nothing was ever paused. */
  pausedUntil(): number;
}

/**
 * A pace kept in this process: starts are at least 1/`rate` seconds apart, so that no second, wherever it begins, sees
 * more than `rate` of them. `rate` is in requests a second; 0 is no limit, pauses apart.
 */
export function memoryBudget(rate: number, clock: Clock): RateBudget {
  const interval = rate > 0 ? 1000 / rate : 0;
  let nextStart = 0;
  let paused = 0;

  /** Milliseconds until a request may start. */
  const left = (now: number): number => {
    // Where the clock was set back, nobody waits for it to catch up.
    nextStart = Math.min(nextStart, now + interval);
    paused = Math.min(paused, now + longestWaitMs);
    return Math.max(nextStart, paused) - now;
  };

  return {
    // Everyone who waits looks again after waking: another may have taken the slot, or the pause may have grown.
    async take(signal) {
      for (;;) {
        signal?.throwIfAborted();
        const now = clock.now();
        const wait = left(now);
        if (wait <= 0) {
          nextStart = now + interval;
          return;
        }
        await clock.sleep(wait, signal);
      }
    },
    pauseUntil(ms) {
      paused = Math.max(paused, ms);
    },
    pausedUntil: () => paused,
  };
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** The higher, the sooner among those that wait. 0 unless told. */
  readonly priority?: number;
}

/** Runs requests: at most `concurrency` at once, each after the budget let it start. */
export class Throttle {
  readonly #queue: PQueue;
  readonly #budget: RateBudget;

  /** @param concurrency a whole number from 1 on */
  constructor({ concurrency, budget }: { concurrency: number; budget: RateBudget }) {
    this.#queue = new PQueue({ concurrency });
    this.#budget = budget;
  }

  /**
   * Runs `fn` when its turn comes. Rejects with the signal's reason as soon as it aborts, waiting or running; a running
   * `fn` has to watch the signal itself in order to stop.
   */
  run<T>(fn: () => Promise<T>, { signal, priority }: RunOptions = {}): Promise<T> {
    const start = async (): Promise<T> => {
      await this.#budget.take(signal);
      return fn();
    };
    return this.#queue.add(start, { signal, priority });
  }

  /** Lets nothing start before this moment (milliseconds since 1970). Call it inside `run`, before the slot is free. */
  pauseUntil(ms: number): void {
    this.#budget.pauseUntil(ms);
  }

  pausedUntil(): number {
    return this.#budget.pausedUntil();
  }
}
