/** What the tests of the API client share: a clock that nobody waits for, and transports that answer from a script. */
import { inspect } from 'node:util';
import { expect } from 'vitest';
import { Connection, type ConnectionOptions } from '../../src/api/connection.ts';
import { memoryBudget, Throttle } from '../../src/api/throttle.ts';
import type { Transport, WireRequest, WireResponse } from '../../src/api/transport.ts';
import type { Clock, Effects } from '../../src/effects.ts';

/** A clock that jumps to the next sleeper as soon as nothing else is left to do. */
export class FakeClock implements Clock {
  #now = 1_400_000_000_000;
  readonly #sleepers: { at: number; wake: () => void }[] = [];
  readonly slept: number[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      this.slept.push(ms);
      // Whole milliseconds, as the system's clock has them.
      const sleeper = { at: this.#now + Math.ceil(ms), wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal.reason);
      });
    });
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  set(ms: number): void {
    this.#now = ms;
  }

  /** Wakes the earliest sleeper, at its time. */
  wakeNext(): void {
    this.#sleepers.sort((a, b) => a.at - b.at);
    const next = this.#sleepers.shift();
    if (!next) throw new Error('nobody sleeps');
    this.#now = Math.max(this.#now, next.at);
    next.wake();
  }

  /** Lets time pass until the promise settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false };
    const settle = () => {
      state.settled = true;
    };
    promise.then(settle, settle);
    for (let turns = 0; !state.settled; turns++) {
      if (turns > 1_000_000) throw new Error('it never settles');
      await turn();
      if (!state.settled && this.sleeping > 0) this.wakeNext();
    }
    return promise;
  }
}

/** Long enough for everything that needs no time to happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function fakeEffects(clock: Clock, random = 0.5): Effects {
  return { clock, random: () => random };
}

export function reply(
  status: number,
  body: unknown = '',
  headers: Record<string, string> = {},
): WireResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

export type Script = (request: WireRequest, count: number) => WireResponse | Error | Promise<WireResponse>;

/** A transport that answers by a function, or by a list in its order, and remembers what it was asked. */
export class FakeTransport implements Transport {
  readonly requests: WireRequest[] = [];
  readonly #script: Script;

  constructor(script: Script | (WireResponse | Error)[]) {
    this.#script = Array.isArray(script)
      ? (_request, count) => script[count] ?? reply(418, 'script is over')
      : script;
  }

  async send(request: WireRequest): Promise<WireResponse> {
    this.requests.push(request);
    const answer = await this.#script(request, this.requests.length - 1);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async close(): Promise<void> {}
}

export interface Rig {
  readonly clock: FakeClock;
  readonly transport: FakeTransport;
  readonly connection: Connection;
}

/** A connection over a script, on a clock that nobody waits for. */
export function rig(
  script: Script | (WireResponse | Error)[],
  options: Partial<ConnectionOptions> & { concurrency?: number; rate?: number } = {},
): Rig {
  const clock = new FakeClock();
  const transport = new FakeTransport(script);
  const { concurrency = 4, rate = 0, ...rest } = options;
  const throttle = new Throttle({ concurrency, budget: memoryBudget(rate, clock) });
  return {
    clock,
    transport,
    connection: new Connection({ transport, throttle, effects: fakeEffects(clock), ...rest }),
  };
}

/** What a promise rejects with, after making sure that the secret stands nowhere in it. */
export async function failureWithout(secret: string, promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason as Error,
  );
  expect(inspect(error, { depth: 5, showHidden: true }) + error.stack).not.toContain(secret);
  return error;
}
