/** What a connection tells while it works, for `--verbose`. Never a token, a header or a body. */
import type { Clock } from '../effects.ts';
import type { Method, WireRequest } from './transport.ts';

export type ConnectionEvent = {
  readonly method: Method;
  readonly path: string;
  /** 1 for the first time this request is sent. */
  readonly attempt: number;
} & (
  | { readonly kind: 'request' }
  /** `ms` is how long it took. Where no whole answer came, `status` is null and `message` says what happened. */
  | {
      readonly kind: 'response';
      readonly status: number | null;
      readonly ms: number;
      readonly message?: string;
    }
  /** The API asked for patience: no request starts for `ms` milliseconds. */
  | { readonly kind: 'wait'; readonly ms: number }
  /** This request is sent again after `ms` milliseconds. */
  | ({ readonly kind: 'retry'; readonly ms: number } & Again)
);

/** Why a request is sent again. */
export interface Again {
  /** What came of the attempt, in words that are the same for all requests of the same fate. */
  readonly reason: string;
  /** Which repetition it will be; null after a 429, which nobody counts. */
  readonly repetition: number | null;
}

export type Listener = (event: ConnectionEvent) => void;

/** Tells about one attempt of one request; costs nothing where nobody listens. */
export interface Teller {
  answered(status: number | null, message?: string): void;
  waits(ms: number): void;
  retries(ms: number, again: Again): void;
}

const silent: Teller = { answered() {}, waits() {}, retries() {} };

/** Tells that an attempt begins, and returns what tells how it goes on. */
export function tell(
  listener: Listener | undefined,
  { method, path }: WireRequest,
  attempt: number,
  clock: Clock,
): Teller {
  if (!listener) return silent;
  const about = { method, path, attempt };
  const began = clock.now();
  listener({ ...about, kind: 'request' });
  return {
    answered: (status, message) =>
      listener({
        ...about,
        kind: 'response',
        status,
        ms: clock.now() - began,
        ...(message === undefined ? {} : { message }),
      }),
    waits: (ms) => listener({ ...about, kind: 'wait', ms }),
    retries: (ms, again) => listener({ ...about, kind: 'retry', ms, ...again }),
  };
}
