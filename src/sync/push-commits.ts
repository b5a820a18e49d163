/** Commits that several operations share: each commit waits for the disk, and so they wait together. */
import type { Database } from 'better-sqlite3';
import { guarded } from '../db/transaction.ts';

/** So many milliseconds something waits for others to be committed with it, and so many wait at most. */
const withinMs = 8;
const most = 64;

interface Act {
  readonly act: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export class Commits {
  readonly #db: Database;
  readonly #sleep: (ms: number) => Promise<void>;
  #waiting: Act[] = [];

  constructor(db: Database, sleep: (ms: number) => Promise<void>) {
    this.#db = db;
    this.#sleep = sleep;
  }

  /**
   * Carries out `act` in a guarded transaction, maybe together with others, and resolves when that is committed. It may
   * be begun twice, and only what the second one did is kept.
   */
  do<T>(act: () => T extends PromiseLike<unknown> ? never : T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ act, resolve, reject });
      if (this.#waiting.length >= most) this.#commit();
      else if (this.#waiting.length === 1) void this.#sleep(withinMs).then(() => this.#commit());
    });
  }

  #commit(): void {
    const acts = this.#waiting;
    this.#waiting = [];
    if (acts.length > 1 && this.#together(acts)) return;
    for (const { act, resolve, reject } of acts) {
      try {
        resolve(guarded<unknown>(this.#db, act as () => never) as never);
      } catch (error) {
        reject(error);
      }
    }
  }

  /** False, and nothing is done, where one of them can't be: what ails one must not hold up the others. */
  #together(acts: readonly Act[]): boolean {
    try {
      const results = guarded<readonly unknown[]>(this.#db, () => acts.map(({ act }) => act()));
      for (const [index, { resolve }] of acts.entries()) resolve(results[index] as never);
      return true;
    } catch {
      return false;
    }
  }
}
