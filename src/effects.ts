/** The effects that come in from outside: clock, timers, randomness. The engine names no others. */

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Effects {
  readonly clock: Clock;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The moment as the text that the mirror stores: UTC, milliseconds. */
export function timestamp(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
