/** What a command needs from outside, for a test that talks to it directly: caught streams, a clock that nobody waits for. */
import { Writable } from 'node:stream';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { Deps } from '../../src/cli/command.ts';
import { sayRetries } from '../../src/cli/retries.ts';
import { createOutput, type Output } from '../../src/cli/streams.ts';
import { readSettings } from '../../src/config.ts';
import type { Clock, Effects } from '../../src/effects.ts';
import { InterruptedError } from '../../src/errors.ts';

export interface Caught {
  readonly output: Output;
  text(): string;
}

/** An output that is caught; a terminal where it is given a width. */
export function catchOutput(width?: number): Caught {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  Object.assign(stream, width === undefined ? {} : { isTTY: true, columns: width });
  return { output: createOutput(stream, { color: false }), text: () => text };
}

/** Time that passes only while somebody sleeps, and then at once. `onSleep` hears of it before. */
export class QuickClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  onSleep: (ms: number) => void | Promise<void> = () => {};

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await this.onSleep(ms);
    this.#now += ms;
    signal?.throwIfAborted();
  }
}

/** An API where nobody listens, nor will: the system gives out no port below 1024, to no other test and no client. */
export const nowhere = { url: 'http://127.0.0.1:1/experiment/v1/', host: '127.0.0.1:1', token: 'a:1' };

export interface Outside {
  readonly deps: Deps;
  readonly stdout: Caught;
  readonly stderr: Caught;
  interrupt(): void;
}

export interface OutsideOptions {
  readonly db: string;
  /** Where the API is, and the token for it: asked whenever a client is made. */
  readonly api: { readonly url: string; readonly token: string };
  readonly clock: Clock;
  readonly json?: boolean;
}

export function outside({ db, api, clock, json }: OutsideOptions): Outside {
  const [stdout, stderr] = [catchOutput(), catchOutput()];
  const stop = new AbortController();
  const effects: Effects = { clock, random: () => 0.5 };
  const deps: Deps = {
    settings: readSettings({ db, apiBase: api.url, rate: '0' }, { OPTIMIZELY_TOKEN: api.token }),
    json: json ?? false,
    verbose: false,
    stdin: { isTerminal: false, text: async () => '', ask: async () => '' },
    stdout: stdout.output,
    stderr: stderr.output,
    effects,
    signal: stop.signal,
    connect: async (budget) => {
      const onEvent = sayRetries(stderr.output, clock);
      return new OptimizelyClient({ token: api.token, base: api.url, effects, budget, onEvent });
    },
  };
  return { deps, stdout, stderr, interrupt: () => stop.abort(new InterruptedError()) };
}
