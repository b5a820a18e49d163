/** Reads many things side by side, and hands on together what came at about the same time. */

export interface WalkOptions<Step, Came> {
  readonly first: readonly Step[];
  /** How many are read at once; twice as many may have come and not been taken. */
  readonly concurrency: number;
  /** Ends the walk; its reason is what the walk rejects with. */
  readonly signal?: AbortSignal | undefined;
  /** The steps that a step stands for, in their order; null where it is one to read. */
  expand(step: Step): readonly Step[] | null;
  read(step: Step, signal: AbortSignal): Promise<Came>;
  /**
   * Takes what came since the last time, and returns the steps that follow. Must not wait for anything. `others` is how
   * many steps wait or are under way beside these.
   */
  take(came: readonly Came[], others: number): readonly Step[];
  /** Resolves after the short while that an answer may wait for others, to be taken along with them. */
  pause(): Promise<void>;
}

/**
 * Walks from the first steps to all that follow from them. What follows goes before what was there already, so that few
 * steps wait at a time. Where anything throws, the rest is called off; rejects with that when all has come to an end.
 * What came is taken in every case.
 */
export function walk<Step, Came>(options: WalkOptions<Step, Came>): Promise<void> {
  return new Promise((resolve, reject) => new Walk(options, resolve, reject).goOn());
}

class Walk<Step, Came> {
  readonly #options: WalkOptions<Step, Came>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #callOff = new AbortController();
  /** Not `AbortSignal.any`, whose signals cost more with each listener, and every request listens. */
  readonly #signal: AbortSignal;
  /** The next one last. */
  readonly #waiting: Step[];
  #came: Came[] = [];
  #underWay = 0;
  #failed = false;
  #failure: unknown;

  constructor(options: WalkOptions<Step, Came>, resolve: () => void, reject: (error: unknown) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = this.#callOff.signal;
    const { signal } = options;
    if (signal?.aborted) this.#callOff.abort(signal.reason);
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#waiting = options.first.toReversed();
  }

  readonly #onAbort = (): void => this.#callOff.abort(this.#options.signal?.reason);

  goOn(): void {
    this.#begin();
    while (this.#underWay === 0 && this.#came.length > 0) {
      this.#take();
      this.#begin();
    }
    if (this.#underWay > 0) return;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    if (this.#failed) this.#reject(this.#failure);
    else this.#resolve();
  }

  /** Begins as many reads as may be under way; none after the signal. */
  #begin(): void {
    if (this.#signal.aborted) this.#fail(this.#signal.reason);
    while (this.#underWay < this.#options.concurrency) {
      const step = this.#next();
      if (step === undefined) return;
      this.#underWay++;
      this.#options.read(step, this.#signal).then(this.#arrived, this.#broke);
    }
  }

  #next(): Step | undefined {
    for (;;) {
      const step = this.#waiting.pop();
      const expanded = step === undefined ? null : this.#options.expand(step);
      if (expanded === null) return step;
      this.#waiting.push(...expanded.toReversed());
    }
  }

  readonly #arrived = (came: Came): void => {
    this.#underWay--;
    this.#came.push(came);
    // What is taken takes a while, in which the other side need not be idle.
    this.#begin();
    if (this.#came.length >= 2 * this.#options.concurrency) this.#take();
    else if (this.#came.length === 1) this.#takeSoon(this.#came);
    this.goOn();
  };

  /** A slow API's answers are taken one by one, a fast one's together. */
  #takeSoon(came: readonly Came[]): void {
    const go = () => {
      if (this.#came !== came) return;
      this.#take();
      this.goOn();
    };
    this.#options.pause().then(go, go);
  }

  #take(): void {
    const came = this.#came;
    this.#came = [];
    try {
      const next = this.#options.take(came, this.#waiting.length + this.#underWay);
      if (!this.#failed) this.#waiting.push(...next.toReversed());
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #broke = (error: unknown): void => {
    this.#underWay--;
    this.#fail(error);
    this.goOn();
  };

  #fail(error: unknown): void {
    this.#waiting.length = 0;
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    this.#callOff.abort(error);
  }
}
