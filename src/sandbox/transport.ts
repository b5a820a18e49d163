/** A transport that drives an account without a socket: for simulations, with the faults that a socket could have. */
import type { Transport, WireRequest, WireResponse } from '../api/transport.ts';
import { ConnectionError } from '../errors.ts';
import type { SandboxAccount } from './account.ts';
import { exchange } from './exchange.ts';
import { Faults } from './faults.ts';
import type { SandboxRequest } from './wire.ts';

export interface SandboxTransportOptions {
  /** The account's own by default. */
  readonly token?: string;
  readonly auth?: 'token' | 'bearer';
  readonly faults?: Faults;
  /** Waits, where the faults have a latency; without it an answer comes at once. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Sees every request as it arrives, and the status of its answer; null where none came. */
  readonly onRequest?: (request: WireRequest, status: number | null) => void;
}

export function sandboxTransport(account: SandboxAccount, options: SandboxTransportOptions = {}): Transport {
  const headers = authHeaders(options.token ?? account.token, options.auth ?? 'token');
  const faults = options.faults ?? new Faults();
  return {
    async send(request: WireRequest): Promise<WireResponse> {
      request.signal?.throwIfAborted();
      const delay = faults.delay();
      if (delay > 0) await options.sleep?.(delay, request.signal);
      const { response, stalled } = exchange(account, faults, withHeaders(request, headers));
      options.onRequest?.(request, response?.status ?? null);
      if (stalled) await aborted(request.signal);
      if (response === null) throw broken(request);
      return response;
    },
    async close() {},
  };
}

/** Only the client's own patience ends a stalled request. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function withHeaders({ method, path, body }: WireRequest, headers: Record<string, string>): SandboxRequest {
  return { method, path, headers, ...(body === undefined ? {} : { body }) };
}

function authHeaders(token: string, auth: 'token' | 'bearer'): Record<string, string> {
  return auth === 'token' ? { token } : { authorization: `Bearer ${token}` };
}

function broken({ method, path }: WireRequest): ConnectionError {
  return new ConnectionError({ method, path, status: null, apiMessage: 'the connection broke' });
}
