/** What carries one request to the API and its whole answer back: the seam where tests and simulations cut in. */

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface WireRequest {
  readonly method: Method;
  /** Below the base, without a leading slash, query included. */
  readonly path: string;
  /** The JSON text to send; undefined for none. */
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one request once, and resolves with its whole answer, whatever its status. Rejects with `ConnectionError` where
 * no whole answer came, or with the signal's reason when it aborts.
 */
export interface Transport {
  send(request: WireRequest): Promise<WireResponse>;
  close(): Promise<void>;
}
