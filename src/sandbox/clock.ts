/** The sandbox's own time: it follows a given clock, can be moved forward, and never gives the same moment twice. */

/** Milliseconds since 1970, UTC. */
export type Now = () => number;

export class SandboxClock {
  readonly #source: Now;
  #ahead = 0;
  #lastMicros: number;

  constructor(source: Now) {
    this.#source = source;
    this.#lastMicros = this.now() * 1000;
  }

  now(): number {
    return Math.floor(this.#source()) + this.#ahead;
  }

  /** Moves the sandbox's time forward, beside what the clock behind it does. */
  advance(ms: number): void {
    this.#ahead += ms;
  }

  /** The moment as the API writes it: later than every earlier one, even where the clock stands still. */
  stamp(): string {
    this.#lastMicros = Math.max(microseconds(this.now()), this.#lastMicros + 1);
    return stampText(this.#lastMicros);
  }
}

/** Real stamps seldom end in three zeros; these depend on the millisecond alone. */
export function microseconds(ms: number): number {
  return ms * 1000 + ((ms * 7919) % 1000);
}

/** `2014-06-10T22:12:21.707170Z`: UTC, microseconds. */
export function stampText(micros: number): string {
  const millis = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, '0')}Z`;
}

/** `2015-01-01T08:00:00Z`: UTC, seconds. */
export function secondText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
