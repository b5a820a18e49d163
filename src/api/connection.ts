/** Requests that reach the API: throttled, repeated where that is safe, counted, told to whoever listens. */
import type { Effects } from '../effects.ts';
import { ConnectionError, MalformedResponseError } from '../errors.ts';
import { type Again, type Listener, type Teller, tell } from './events.ts';
import { failure } from './failure.ts';
import { JsonError, parseJson } from './json.ts';
import { type Decision, decide, type Outcome } from './retry.ts';
import type { Throttle } from './throttle.ts';
import type { Method, Transport, WireRequest, WireResponse } from './transport.ts';

export interface ConnectionOptions {
  readonly transport: Transport;
  readonly throttle: Throttle;
  readonly effects: Effects;
  readonly onEvent?: Listener | undefined;
  /** Takes secrets out of what the server said, before it becomes an error's message. */
  readonly redact?: (text: string) => string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends RequestOptions {
  /** Is told the status of the answer, where that is a success. */
  readonly onStatus?: ((status: number) => void) | undefined;
}

export interface ReadOptions extends RequestOptions {
  /** Whether a successful answer is known already, so that nobody has to look into it. */
  readonly isKnown?: ((body: string) => boolean) | undefined;
}

/** What `read` resolves with where the answer is known. */
export class KnownBody {
  readonly body: string;
  constructor(body: string) {
    this.body = body;
  }
}

export interface Counters {
  /** Requests sent, every attempt counted. */
  requests: number;
  /** How many of them were repetitions. */
  retries: number;
}

/** What becomes of a successful answer. */
type Uses = Pick<ReadOptions, 'isKnown'> & Pick<WriteOptions, 'onStatus'>;
type Result = { readonly value: unknown } | { readonly error: Error };
interface Judged {
  readonly outcome: Outcome;
  readonly result: Result;
}
interface Step {
  readonly decision: Decision;
  readonly result: Result;
}
/** How often a request was sent, and how often of these a 429 made it wait. */
interface Tally {
  sent: number;
  waits: number;
}

/** Retries go before what has not begun, so that what was begun comes to an end. */
const retryPriority = 1;

export class Connection {
  readonly counters: Counters = { requests: 0, retries: 0 };
  readonly #transport: Transport;
  readonly #throttle: Throttle;
  readonly #effects: Effects;
  readonly #onEvent: Listener | undefined;
  readonly #redact: (text: string) => string;

  constructor({ transport, throttle, effects, onEvent, redact = (text) => text }: ConnectionOptions) {
    this.#transport = transport;
    this.#throttle = throttle;
    this.#effects = effects;
    this.#onEvent = onEvent;
    this.#redact = redact;
  }

  /**
   * GETs a path below the base and resolves with the JSON that came, unchecked, or with a `KnownBody`. Repeated as
   * `retry.ts` decides.
   * @throws OptimizelyError of the class that belongs to the status, ConnectionError, MalformedResponseError for a body
   * that is no JSON, or the signal's reason
   */
  read(path: string, { signal, isKnown }: ReadOptions = {}): Promise<unknown> {
    return this.#run({ method: 'GET', path, ...(signal && { signal }) }, { isKnown });
  }

  /**
   * Sends a write, once, and resolves with the JSON that came, unchecked; of a DELETE, with undefined.
   * @throws as `read` does. After a ConnectionError that was `sent`, a MalformedResponseError or a 5xx, nobody knows
   * whether it was carried out
   */
  write(
    method: Exclude<Method, 'GET'>,
    path: string,
    body?: unknown,
    { signal, onStatus }: WriteOptions = {},
  ): Promise<unknown> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.#run({ method, path, ...text, ...(signal && { signal }) }, { onStatus });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #run(request: WireRequest, uses: Uses): Promise<unknown> {
    const { signal } = request;
    const tally: Tally = { sent: 0, waits: 0 };
    for (let priority = 0; ; priority = retryPriority) {
      const { decision, result } = await this.#throttle.run(() => this.#attempt(request, tally, uses), {
        signal,
        priority,
      });
      if (decision.do !== 'retry') return settle(result);
      this.counters.retries += 1;
      if (!decision.pauseAll) await this.#effects.clock.sleep(decision.afterMs, signal);
    }
  }

  /** A pause for all is set in here, while the slot is still taken, so that nothing slips out before it. */
  async #attempt(request: WireRequest, tally: Tally, uses: Uses): Promise<Step> {
    const { clock } = this.#effects;
    tally.sent += 1;
    this.counters.requests += 1;
    const teller = tell(this.#onEvent, request, tally.sent, clock);
    const judged = await this.#send(request, teller, uses);
    const { outcome, result } = judged;
    if ('value' in result) return { decision: { do: 'return' }, result };
    const { sent, waits } = tally;
    const now = clock.now();
    const { method } = request;
    const decision = decide({
      attempt: sent - waits,
      waits,
      method,
      outcome,
      now,
      random: this.#effects.random(),
    });
    if (isLimit(outcome)) tally.waits += 1;
    if (decision.do !== 'return' && decision.pauseAll) {
      this.#throttle.pauseUntil(now + decision.afterMs);
      teller.waits(decision.afterMs);
    }
    if (decision.do === 'retry') teller.retries(decision.afterMs, againAfter(judged, sent - waits));
    return { decision, result };
  }

  async #send(request: WireRequest, teller: Teller, uses: Uses): Promise<Judged> {
    try {
      const response = await this.#transport.send(request);
      teller.answered(response.status);
      return this.#judge(request, response, uses);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      teller.answered(null, error.apiMessage);
      return { outcome: { kind: 'broken' }, result: { error } };
    }
  }

  #judge({ method, path }: WireRequest, response: WireResponse, { isKnown, onStatus }: Uses): Judged {
    const { status, headers, body } = response;
    const outcome: Outcome = { kind: 'answer', status, retryAfter: headers['retry-after'] };
    if (status < 200 || status >= 300) {
      const context = { redact: this.#redact, now: this.#effects.clock.now() };
      return { outcome, result: { error: failure(method, path, response, context) } };
    }
    onStatus?.(status);
    if (method === 'DELETE') return { outcome, result: { value: undefined } };
    if (isKnown?.(body)) return { outcome, result: { value: new KnownBody(body) } };
    try {
      return { outcome, result: { value: parseJson(body) } };
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const facts = { method, path, status, apiMessage: error.message };
      return { outcome: { kind: 'malformed' }, result: { error: new MalformedResponseError(facts) } };
    }
  }
}

function settle(result: Result): unknown {
  if ('error' in result) throw result.error;
  return result.value;
}

function againAfter({ outcome, result }: Judged, attempt: number): Again {
  return { reason: reasonOf(outcome, result), repetition: isLimit(outcome) ? null : attempt };
}

function reasonOf(outcome: Outcome, result: Result): string {
  if (outcome.kind === 'answer') return `the API answered ${outcome.status}`;
  if (outcome.kind === 'malformed') return "the API's answer is no JSON";
  return 'error' in result && result.error instanceof ConnectionError ? result.error.apiMessage : 'no answer';
}

function isLimit(outcome: Outcome): boolean {
  return outcome.kind === 'answer' && outcome.status === 429;
}
