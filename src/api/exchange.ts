/** One HTTP exchange over undici: bytes out, bytes in, with a limit on the answer's size and an abort that is instant. */
import type { Dispatcher } from 'undici';

/** How far an exchange got: not begun to be sent, sent at least in part, the answer's headers here. */
export type Phase = 'waiting' | 'sent' | 'answering';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came, perhaps compressed. */
  readonly body: Buffer;
}

/**
 * An exchange that brought no whole answer. `code` is undici's or the system's; `tooLarge` where the limit was hit,
 * `tooSlow` where the deadline was.
 */
export class ExchangeError extends Error {
  readonly code: string;
  readonly phase: Phase;
  constructor(code: string, phase: Phase) {
    super(code);
    this.code = code;
    this.phase = phase;
  }
}

export interface ExchangeOptions {
  /** Bytes of the body at most, as they come over the wire. */
  readonly limit: number;
  /** Milliseconds for the whole of it, however steadily it goes on. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends one request; rejects with an ExchangeError, or with the signal's reason. */
export function exchange(
  pool: Dispatcher,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const handler = new Handler(options, resolve, reject);
    try {
      pool.dispatch(request, handler);
    } catch (error) {
      handler.fail(codeOf(error));
    }
  });
}

const acts = new WeakMap<AbortSignal, Set<() => void>>();

/** What is to be done when a signal aborts. One listener for all of it: to add and remove one costs more. */
function actsOn(signal: AbortSignal): Set<() => void> {
  const known = acts.get(signal);
  if (known) return known;
  const made = new Set<() => void>();
  acts.set(signal, made);
  signal.addEventListener('abort', () => [...made].map((act) => act()), { once: true });
  return made;
}

/**
 * Collects an answer. It speaks undici's dispatch protocol itself, which spares a stream for each answer. The promise
 * settles once; what undici reports after that is ignored.
 */
class Handler implements Dispatcher.DispatchHandler {
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #deadline: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #phase: Phase = 'waiting';
  #status = 0;
  #headers: Record<string, string> = {};
  #controller: Dispatcher.DispatchController | null = null;

  constructor(
    { limit, deadlineMs, signal }: ExchangeOptions,
    resolve: (answer: RawAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#limit = limit;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#deadline = setTimeout(() => this.#refuse('tooSlow'), deadlineMs);
    if (signal) actsOn(signal).add(this.#onAbort);
  }

  /** The caller hears of it at once, even while undici still looks for a connection and can't be told. */
  readonly #onAbort = (): void => {
    const reason: unknown = this.#signal?.reason;
    this.#reject(reason);
    this.#leave();
    this.#controller?.abort(asError(reason));
  };

  #leave(): void {
    clearTimeout(this.#deadline);
    if (this.#signal) actsOn(this.#signal).delete(this.#onAbort);
  }

  fail(code: string): void {
    this.#leave();
    this.#reject(new ExchangeError(code, this.#phase));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted) controller.abort(asError(this.#signal.reason));
    else this.#phase = 'sent';
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#phase = 'answering';
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name] = typeof value === 'string' ? value : value.join(', ');
    }
    if (Number(this.#headers['content-length']) > this.#limit) this.#refuse('tooLarge');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) this.#refuse('tooLarge');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#leave();
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#size);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(codeOf(error));
  }

  #refuse(code: 'tooLarge' | 'tooSlow'): void {
    this.fail(code);
    this.#chunks.length = 0;
    this.#controller?.abort(new Error(code));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
