/** The way to the API and back, with everything that can happen to a request and to its answer. */
import { fieldsOf } from '../../src/api/resources.ts';
import type { Transport, WireRequest, WireResponse } from '../../src/api/transport.ts';
import { ConnectionError } from '../../src/errors.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import { routeOf } from '../../src/sandbox/routes.ts';
import type { Points } from './points.ts';
import type { Rates } from './rates.ts';
import type { Schedule, Waiting } from './schedule.ts';

export interface NetworkOptions {
  readonly random: Random;
  readonly rates: Rates;
  readonly schedule: Schedule;
  readonly points: Points;
  /** Carries a request out; null where its answer is lost. */
  readonly serve: (request: WireRequest) => WireResponse | null;
  /** An answer reaches the program whole, and as the API gave it. */
  readonly delivered: (request: WireRequest, response: WireResponse) => void;
  readonly strike: (fault: string) => void;
}

interface Exchange {
  readonly request: WireRequest;
  readonly resolve: (response: WireResponse) => void;
  readonly reject: (reason: unknown) => void;
}

/** The client's patience, after which a connection counts as broken. */
const patience = 30_000;

/** One process's connection to the API. */
export class Network implements Transport {
  readonly #options: NetworkOptions;
  #storm = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  send(request: WireRequest): Promise<WireResponse> {
    const { schedule, points } = this.#options;
    points.reach(`send ${request.method} ${request.path}`);
    return new Promise((resolve, reject) => {
      const { signal } = request;
      if (signal?.aborted) return reject(signal.reason);
      const exchange: Exchange = { request, resolve, reject };
      const waiting: Waiting = {
        kind: 'request',
        label: `${request.method} ${request.path}`,
        due: schedule.now,
        fire: () => this.#arrive(exchange),
      };
      signal?.addEventListener('abort', () => this.#withdraw(waiting, exchange), { once: true });
      return schedule.park(waiting);
    });
  }

  async close(): Promise<void> {}

  /** Somebody asked to stop: whether the request got there nevertheless is chance. */
  #withdraw(waiting: Waiting, { request, reject }: Exchange): void {
    const { schedule, random, serve } = this.#options;
    if (schedule.withdraw(waiting) && random() < 0.5) serve(request);
    reject(request.signal?.reason);
  }

  /** What comes of a request is told to `exchange`; the value is of no use. */
  #arrive(exchange: Exchange): unknown {
    const { request } = exchange;
    const { random, rates, strike } = this.#options;
    const strikes = (name: keyof Rates) => {
      const hit = rates[name] > 0 && random() < rates[name];
      if (hit) strike(name);
      return hit;
    };
    if (this.#storm > 0) {
      this.#storm--;
      return this.#turnedAway(exchange);
    }
    if (strikes('unsent')) return this.#broken(exchange, random() < 0.5, 0);
    if (strikes('unavailable') || strikes('limited')) {
      if (strikes('storm')) this.#storm = between(random, 1, 12);
      return this.#turnedAway(exchange);
    }
    const again = strikes('duplicated') && request.method !== 'POST';
    if (again) this.#options.serve(request);
    const truth = this.#options.serve(request);
    if (again && truth) return this.#reply(exchange, truth, 0, this.#options.delivered);
    if (truth === null || strikes('lost')) return this.#broken(exchange, true, pick(random, [0, patience]));
    if (strikes('truncated')) return this.#truncated(exchange, truth);
    if (strikes('garbled')) return this.#reply(exchange, garbled(random, request), 0);
    if (strikes('spoiled')) {
      const { told, intact } = spoiled(random, request, truth);
      return this.#reply(exchange, told, 0, () => this.#options.delivered(request, intact));
    }
    if (strikes('failedThoughDone'))
      return this.#reply(exchange, refusal(pick(random, [500, 502, 503, 504, 408, 429, 429])), 0);
    const after = strikes('delayed') ? between(random, 1, patience - 1) : 0;
    return this.#reply(exchange, truth, after, this.#options.delivered);
  }

  /** 429 or 503, with or without a word on how long to wait. */
  #turnedAway(exchange: Exchange): void {
    const { random, schedule } = this.#options;
    const seconds = between(random, 0, 90);
    const date = new Date(schedule.clock.now() + seconds * 1000).toUTCString();
    const header = pick(random, [null, String(seconds), date]);
    const response = refusal(pick(random, [429, 503]));
    const headers = header === null ? {} : { 'retry-after': header };
    this.#reply(exchange, { ...response, headers }, 0);
  }

  /** The answer stops in the middle, noticed by the client or not. */
  #truncated(exchange: Exchange, truth: WireResponse): void {
    const { random } = this.#options;
    const half = truth.body.slice(0, Math.floor(truth.body.length * random()));
    if (random() < 0.5 || isJson(half)) this.#broken(exchange, true, 0);
    else this.#reply(exchange, { ...truth, body: half }, 0);
  }

  #broken({ request, reject }: Exchange, sent: boolean, after: number): void {
    const { method, path } = request;
    const error = new ConnectionError(
      { method, path, status: null, apiMessage: 'the connection broke' },
      { sent },
    );
    this.#deliver(request, after, 'broken', () => reject(error));
  }

  #reply(
    { request, resolve }: Exchange,
    response: WireResponse,
    after: number,
    delivered: NetworkOptions['delivered'] = () => {},
  ): void {
    this.#deliver(request, after, String(response.status), () => {
      delivered(request, response);
      resolve(response);
    });
  }

  #deliver(request: WireRequest, after: number, label: string, deliver: () => void): void {
    const { schedule, points } = this.#options;
    schedule.park({
      kind: 'reply',
      label: `${request.method} ${request.path}: ${label}`,
      due: schedule.now + after,
      fire: () => {
        points.reach(`reply ${request.method} ${request.path}`);
        deliver();
      },
    });
  }
}

function refusal(status: number): WireResponse {
  return { status, headers: {}, body: JSON.stringify({ message: 'try again later', status }) };
}

/** What a proxy shows in the API's place, or something of another shape: never anything that could be the truth. */
function garbled(random: Random, { method, path }: WireRequest): WireResponse {
  const isList = method === 'GET' && routeOf(path)?.kind === 'list';
  const bodies = ['<!DOCTYPE html><title>Please sign in</title>', '', 'null', isList ? '{}' : '[]', '[1]'];
  // To a POST a bare id would be a plausible answer: nobody could tell.
  if (method !== 'POST') bodies.push('{"id": 1}');
  return { status: 200, headers: {}, body: pick(random, bodies) };
}

/** A list with one member that has a field of the wrong kind, and the others; any other answer is left as it is. */
function spoiled(
  random: Random,
  { method, path }: WireRequest,
  truth: WireResponse,
): { told: WireResponse; intact: WireResponse } {
  const asItIs = { told: truth, intact: truth };
  const route = routeOf(path);
  if (method !== 'GET' || route?.kind !== 'list' || truth.status !== 200) return asItIs;
  const list = JSON.parse(truth.body) as Record<string, unknown>[];
  const chosen = list.length === 0 ? undefined : pick(random, list);
  const texts = fieldsOf(route.resource).filter(
    ([name, { kind }]) => kind === 'text' && name in (chosen ?? {}),
  );
  if (chosen === undefined || texts.length === 0) return asItIs;
  const others = list.filter((each) => each !== chosen);
  chosen[pick(random, texts)[0]] = pick<unknown>(random, [17, true, ['a'], { a: 1 }]);
  const as = (body: unknown): WireResponse => ({ ...truth, body: JSON.stringify(body) });
  return { told: as(list), intact: as(others) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
