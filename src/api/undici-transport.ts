/** The transport over undici: one pool of kept-alive connections to one origin, beyond which the token never goes. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { type Dispatcher, Pool } from 'undici';
import { ConnectionError, MalformedResponseError, type RequestFacts, UsageError } from '../errors.ts';
import { type Auth, authHeader, checkBase } from './base.ts';
import { sayBroken } from './breakdown.ts';
import { ExchangeError, exchange, type RawAnswer } from './exchange.ts';
import { redactor } from './redact.ts';
import type { Transport, WireRequest, WireResponse } from './transport.ts';

export interface TransportOptions {
  readonly base: URL | string;
  readonly token: string | undefined;
  /** Which header carries the token; `token` unless told. */
  readonly auth?: Auth;
  readonly userAgent?: string;
  /** Milliseconds without a connection, an answer or a byte of it until it counts as broken. 30 s unless told. */
  readonly timeoutMs?: number;
  /** Milliseconds for a whole exchange: a server that drips must not hold a connection for ever. 10 min unless told. */
  readonly deadlineMs?: number;
  /** Connections at most: as many as requests in flight. 4 unless told. */
  readonly connections?: number;
  /** Bytes of one body at most, compressed or not. 256 MiB unless told. */
  readonly maxBodyBytes?: number;
}

const maxRedirects = 3;
/** Below this many bytes, unpacking at once is faster than a trip through the thread pool. */
const smallBody = 64 * 1024;

/**
 * A transport to one base URL.
 * @throws UsageError for a base that can't be used, TokenError for a token that can't
 */
export function createTransport(options: TransportOptions): Transport {
  return new UndiciTransport(options);
}

class UndiciTransport implements Transport {
  readonly #base: URL;
  readonly #pool: Pool;
  readonly #headers: string[];
  readonly #redact: (text: string) => string;
  readonly #timeoutMs: number;
  readonly #deadlineMs: number;
  readonly #limit: number;
  #closed: Promise<void> | null = null;

  constructor({ base, token, auth = 'token', userAgent = 'optimirror', ...rest }: TransportOptions) {
    this.#base = checkBase(base);
    this.#headers = [
      ...authHeader(token, auth),
      ...['accept', 'application/json', 'accept-encoding', 'gzip', 'user-agent', userAgent],
    ];
    this.#redact = redactor(token);
    this.#timeoutMs = rest.timeoutMs ?? 30_000;
    this.#deadlineMs = rest.deadlineMs ?? 600_000;
    this.#limit = rest.maxBodyBytes ?? 256 * 1024 * 1024;
    this.#pool = new Pool(this.#base.origin, {
      connections: rest.connections ?? 4,
      connectTimeout: this.#timeoutMs,
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
      // One request a connection: where it breaks, it breaks alone.
      allowH2: false,
    });
  }

  async send(request: WireRequest): Promise<WireResponse> {
    let path = this.#base.pathname + request.path;
    for (let hops = 0; ; hops++) {
      const answer = await this.#exchange(request, path);
      if (!isRedirect(answer.status)) return this.#decode(request, answer);
      path = this.#follow(request, path, answer, hops);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.close();
    return this.#closed;
  }

  async #exchange({ method, path: asked, body, signal }: WireRequest, path: string): Promise<RawAnswer> {
    const headers =
      body === undefined ? this.#headers : [...this.#headers, 'content-type', 'application/json'];
    const request: Dispatcher.DispatchOptions = { method, path, headers, body: body ?? null };
    try {
      return await exchange(this.#pool, request, {
        limit: this.#limit,
        deadlineMs: this.#deadlineMs,
        signal,
      });
    } catch (error) {
      throw error instanceof ExchangeError ? this.#explain(error, method, asked) : error;
    }
  }

  #explain(error: ExchangeError, method: string, path: string): Error {
    if (error.code === 'tooLarge') return this.#tooLarge({ method, path });
    if (error.code === 'UND_ERR_CLOSED' || error.code === 'UND_ERR_DESTROYED') {
      return new UsageError('the client was closed: make a new one');
    }
    const apiMessage = sayBroken(error, { host: this.#base.host, timeoutMs: this.#timeoutMs });
    return new ConnectionError(
      { method, path, status: null, apiMessage },
      { sent: error.phase !== 'waiting' },
    );
  }

  /** The path to ask next. The token goes nowhere but to the base's origin, and a write is never sent on. */
  #follow({ method, path: asked }: WireRequest, path: string, answer: RawAnswer, hops: number): string {
    const target = URL.parse(answer.headers.location ?? '', this.#base.origin + path);
    const refuse = (apiMessage: string): MalformedResponseError =>
      new MalformedResponseError({ method, path: asked, status: answer.status, apiMessage });
    if (target === null || answer.headers.location === undefined) throw refuse('a redirect to nowhere');
    const origin = this.#redact(target.origin === 'null' ? target.protocol : target.origin);
    if (target.origin !== this.#base.origin) {
      throw refuse(
        `a redirect to ${origin}, another origin: it was not followed, since the token would go along`,
      );
    }
    if (method !== 'GET') throw refuse(`a redirect of a ${method} within ${origin}: only reads are sent on`);
    if (hops >= maxRedirects) throw refuse(`more than ${maxRedirects} redirects within ${origin}`);
    return target.pathname + target.search;
  }

  async #decode(request: WireRequest, { status, headers, body }: RawAnswer): Promise<WireResponse> {
    const bytes = await this.#unpack(request, headers['content-encoding'], body);
    // An error's page in an old encoding still has a status to tell; data that is no UTF-8 would be stored broken.
    if (status < 300 && !isUtf8(bytes)) throw broken(request, 'the body is damaged: it is no UTF-8');
    return { status, headers, body: withoutMark(bytes.toString('utf8')) };
  }

  async #unpack(request: WireRequest, encoding: string | undefined, body: Buffer): Promise<Buffer> {
    const name = encoding?.trim().toLowerCase() ?? '';
    if (name === '' || name === 'identity' || body.length === 0) return body;
    if (name !== 'gzip' && name !== 'x-gzip')
      throw broken(request, 'the body has an encoding nobody asked for');
    const options = { maxOutputLength: this.#limit };
    try {
      return body.length < smallBody ? gunzipSync(body, options) : await promisify(gunzip)(body, options);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ERR_BUFFER_TOO_LARGE') throw this.#tooLarge(request);
      throw broken(
        request,
        code === 'Z_BUF_ERROR' ? 'the answer was cut short' : 'the body is damaged: it is no gzip',
      );
    }
  }

  #tooLarge({ method, path }: Pick<RequestFacts, 'method' | 'path'>): MalformedResponseError {
    const apiMessage = `the answer is larger than ${this.#limit} bytes: it was not read to its end`;
    return new MalformedResponseError({ method, path, status: null, apiMessage });
  }
}

/** A mark of the byte order may stand before a text, and is no part of it. */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function broken({ method, path }: WireRequest, apiMessage: string): ConnectionError {
  return new ConnectionError({ method, path, status: null, apiMessage });
}
