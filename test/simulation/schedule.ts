/** The simulation's time, and what waits in it: nothing happens by itself, so that one seed gives one order of events. */
import type { Clock } from '../../src/effects.ts';

/** A request on its way, an answer on its way back, or a timer. */
export interface Waiting {
  readonly kind: 'request' | 'reply' | 'timer';
  readonly label: string;
  /** When it may happen at the earliest, in true time. */
  readonly due: number;
  readonly fire: () => void;
}

/**
 * Resolves after everything that could go on has gone on, and all that is under way waits for the schedule. Several
 * rounds of the event loop: the engine gathers answers that lie ready over one of them.
 */
export async function turn(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

export class Schedule {
  /** True time, in milliseconds since 1970: it only moves forward. */
  now = Date.UTC(2016, 5, 10, 12);
  /** What this computer's clock is wrong by. */
  clockError = 0;
  #waiting: Waiting[] = [];

  readonly clock: Clock = {
    now: () => this.now + this.clockError,
    sleep: (ms, signal) => this.#sleep(ms, signal),
  };

  park(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** Takes something out that will not happen any more. */
  withdraw(waiting: Waiting): boolean {
    const index = this.#waiting.indexOf(waiting);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** What could happen now; where there is nothing, time moves on to the next thing. */
  ready(): readonly Waiting[] {
    const due = this.#waiting.filter((each) => each.due <= this.now);
    if (due.length > 0 || this.#waiting.length === 0) return due;
    this.now = Math.min(...this.#waiting.map((each) => each.due));
    return this.#waiting.filter((each) => each.due <= this.now);
  }

  /** Lets it happen. */
  fire(waiting: Waiting): void {
    this.withdraw(waiting);
    waiting.fire();
  }

  /** Forgets everything that waits, as a process does that dies, and tells what it was. */
  forget(): readonly Waiting[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer: Waiting = {
        kind: 'timer',
        label: `${Math.round(ms)} ms`,
        due: this.now + Math.max(0, ms),
        fire: resolve,
      };
      signal?.addEventListener('abort', () => this.withdraw(timer) && reject(signal.reason), { once: true });
      return this.park(timer);
    });
  }
}
