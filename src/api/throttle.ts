/** How fast requests may start and how many may be in flight: the one throttle that everything goes through. */
import PQueue from 'p-queue';
import type { Clock } from '../effects.ts';
import { UsageError } from '../errors.ts';
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

const usualConcurrency = 4;

/**
 * How many requests may be in flight at once: 4 unless told.
 * @throws UsageError for what is no whole number from 1 on
 */
export function concurrencyOf(told: number = usualConcurrency): number {
  if (Number.isInteger(told) && told >= 1) return told;
  throw new UsageError(`concurrency has to be a whole number from 1 on, not ${told}`);
}

/** What a pace has to remember, in milliseconds since 1970: when the next request may start, and until when none may. */
export interface Pace {
  readonly nextStart: number;
  readonly paused: number;
}

/** Where a pace is kept: in this process, or where several processes share it. Both calls are atomic. */
export interface PaceStore {
  read(): Pace;
  /** Replaces the pace by what `change` makes of it; null leaves it as it is. */
  update(change: (pace: Pace) => Pace | null): void;
}

/**
 * By how many milliseconds one request may be longer under way than another: the API counts them where they arrive, and
 * the first ones have to make their connections yet.
 */
const delayMs = 20;

/**
 * Starts are a little more than 1/`rate` seconds apart, so that no second, wherever it begins, sees more than `rate` of
 * them, here or at the API. `rate` is in requests a second; 0 is no limit, pauses apart.
 */
export function paceBudget(rate: number, clock: Clock, store: PaceStore): RateBudget {
  const interval = rate > 0 ? (1000 + delayMs) / rate : 0;

  /** Where the clock was set back, nobody waits for it to catch up. */
  const clamp = ({ nextStart, paused }: Pace, now: number): Pace => ({
    nextStart: Math.min(nextStart, now + interval),
    paused: Math.min(paused, now + longestWaitMs),
  });
  const waitOf = ({ nextStart, paused }: Pace, now: number): number =>
    Math.max(interval > 0 ? nextStart : 0, paused) - now;

  /** Takes the next slot where it is free; else tells how long that will be. */
  const attempt = (now: number): number => {
    // Without a rate there is no slot to take, and nothing to write unless somebody paused.
    if (interval === 0 && waitOf(store.read(), now) <= 0) return 0;
    let wait = 0;
    store.update((pace) => {
      const clamped = clamp(pace, now);
      wait = waitOf(clamped, now);
      return wait > 0 ? clamped : { ...clamped, nextStart: now + interval };
    });
    return wait;
  };

  return {
    // Everyone who waits looks again after waking: another may have taken the slot, or the pause may have grown.
    async take(signal) {
      for (;;) {
        signal?.throwIfAborted();
        const wait = attempt(clock.now());
        if (wait <= 0) return;
        await clock.sleep(wait, signal);
      }
    },
    pauseUntil(ms) {
      store.update((pace) => (ms > pace.paused ? { ...pace, paused: ms } : null));
    },
    pausedUntil: () => store.read().paused,
  };
}

/** A pace kept in this process. */
export function memoryBudget(rate: number, clock: Clock): RateBudget {
  let pace: Pace = { nextStart: 0, paused: 0 };
  return paceBudget(rate, clock, {
    read: () => pace,
    update: (change) => {
      pace = change(pace) ?? pace;
    },
  });
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** The higher, the sooner among those that wait. 0 unless told. */
  readonly priority?: number;
}

/** Runs requests: at most `concurrency` at once, each after the budget let it start. */
export class Throttle {
  readonly #concurrency: number;
  /** Those that wait. What starts at once goes past it, since a queue costs a fifth of what a request does. */
  readonly #queue: PQueue;
  readonly #budget: RateBudget;
  /** How many are under way that went past the queue. */
  #past = 0;

  /** @param concurrency a whole number from 1 on */
  constructor({ concurrency, budget }: { concurrency: number; budget: RateBudget }) {
    this.#concurrency = concurrency;
    this.#queue = new PQueue({ concurrency });
    this.#budget = budget;
  }

  /**
   * Runs `fn` when its turn comes. Rejects with the signal's reason as soon as it aborts while this waits; a running
   * `fn` has to watch the signal itself, and to reject.
   */
  run<T>(fn: () => Promise<T>, { signal, priority }: RunOptions = {}): Promise<T> {
    const start = async (): Promise<T> => {
      await this.#budget.take(signal);
      return fn();
    };
    if (this.#queue.size === 0 && this.#queue.pending + this.#past < this.#concurrency)
      return this.#runPast(start);
    this.#makeRoom();
    return this.#queue.add(start, { signal, priority });
  }

  async #runPast<T>(start: () => Promise<T>): Promise<T> {
    this.#past++;
    try {
      return await start();
    } finally {
      this.#past--;
      if (this.#queue.size > 0) this.#makeRoom();
    }
  }

  /** The queue may run as many as do not go past it. */
  #makeRoom(): void {
    const room = this.#concurrency - this.#past;
    if (room === 0) {
      this.#queue.pause();
      return;
    }
    this.#queue.concurrency = room;
    this.#queue.start();
  }

  /** Lets nothing start before this moment (milliseconds since 1970). Call it inside `run`, before the slot is free. */
  pauseUntil(ms: number): void {
    this.#budget.pauseUntil(ms);
  }

  pausedUntil(): number {
    return this.#budget.pausedUntil();
  }
}
