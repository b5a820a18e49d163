/** The client's side of the wire in tests: a clock that nobody waits for, and a transport that is watched. */
import type { Transport, WireRequest } from '../../src/api/transport.ts';
import type { Effects } from '../../src/effects.ts';

export const noon = Date.UTC(2016, 5, 10, 12);

/** A clock that is where it is asked to be: who sleeps wakes at once, and the time has passed. */
export function restlessEffects(): Effects & { readonly slept: number[] } {
  let now = noon;
  const slept: number[] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    slept.push(ms);
    now += Math.max(0, Math.ceil(ms));
  };
  return { clock: { now: () => now, sleep }, random: () => 0.5, slept };
}

/** Watches the requests of a client: what is under way at once, and a hook before each leaves and after each answer. */
export interface Wire {
  most: number;
  /** The request leaves when that is over. */
  before: (request: WireRequest) => void | Promise<void>;
  after: (request: WireRequest) => void;
  /** Changes the body of an answer, as a strange server would. */
  alter?: ((request: WireRequest, body: string) => string) | undefined;
  /** Answers a success with another one. */
  success?: number | undefined;
}

export function watched(transport: Transport, wire: Wire): Transport {
  let underWay = 0;
  return {
    async send(request) {
      const held = wire.before(request);
      if (held) await held;
      underWay++;
      wire.most = Math.max(wire.most, underWay);
      try {
        const came = await transport.send(request);
        wire.after(request);
        const answer = wire.success && came.status < 300 ? { ...came, status: wire.success } : came;
        return wire.alter ? { ...answer, body: wire.alter(request, answer.body) } : answer;
      } finally {
        underWay--;
      }
    },
    close: () => transport.close(),
  };
}
