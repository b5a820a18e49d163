/** The points at which a process can die: before and after everything it does to the network or the file. */
import Sqlite, { type Database } from 'better-sqlite3';

/** The death of the process. Whatever catches it finds that nothing can be done any more. */
export class Crash extends Error {}

/** Counts the effects of one process as it reaches them, and ends it at the one that was chosen. */
export class Points {
  /** Every effect that was reached, in order. */
  readonly reached: string[] = [];
  readonly #dies: (index: number, point: string) => boolean;
  #dead = false;

  constructor(dies: (index: number, point: string) => boolean) {
    this.#dies = dies;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Throws `Crash` where the process dies here, or is dead. */
  readonly reach = (point: string): void => {
    this.alive();
    this.reached.push(point);
    this.#dead = this.#dies(this.reached.length - 1, point);
    this.alive();
  };

  /** Throws `Crash` where the process is dead. */
  readonly alive = (): void => {
    if (this.#dead) throw new Crash('the process is dead');
  };
}

/**
 * Makes every transaction of this connection reach a point before its commit and one after it, while `points` says that
 * a process is at work. A death before the commit rolls back, as SQLite does when the file is opened again.
 */
export function watchCommits(db: Database, points: () => Points | null): void {
  const plain = db.transaction.bind(db);
  const value = (body: () => unknown) => cut(plain(cutBody(body, points)), points);
  Object.defineProperty(db, 'transaction', { value });
}

function cutBody(body: () => unknown, points: () => Points | null): () => unknown {
  return () => {
    points()?.alive();
    const result = body();
    points()?.reach('commit');
    return result;
  };
}

function cut(whole: { immediate(): unknown }, points: () => Points | null): { immediate(): unknown } {
  return {
    immediate() {
      const result = whole.immediate();
      points()?.reach('committed');
      return result;
    },
  };
}

/** The same for every connection that is opened meanwhile, and for nothing after. */
export function watchEveryCommit(points: Points, act: () => void): void {
  const plain = Sqlite.prototype.transaction;
  const prototype: { transaction: unknown } = Sqlite.prototype;
  prototype.transaction = function watched(this: Database, body: () => unknown) {
    return cut(
      plain.call(
        this,
        cutBody(body, () => points),
      ),
      () => points,
    );
  };
  try {
    act();
  } finally {
    prototype.transaction = plain;
  }
}
