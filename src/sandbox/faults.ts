/** What goes wrong on the way, on demand: at random from a seed, or exactly when a test wants it. */
import { type Random, seededRandom } from './random.ts';
import { Refusal } from './refusal.ts';
import { refusalResponse, type SandboxRequest, type SandboxResponse } from './wire.ts';

/**
 * `rateLimit`: 429. `unavailable`: 503. `reset`: the connection breaks before the request is carried out. `lostReply`:
 * it breaks after that. `truncate`: it breaks in the middle of the answer. `garbage`: a 200 that is no JSON. `stall`:
 * the connection stays, and nothing ever comes.
 */
export type FaultKind =
  | 'rateLimit'
  | 'unavailable'
  | 'reset'
  | 'truncate'
  | 'garbage'
  | 'lostReply'
  | 'stall';

/** What `Retry-After` says: nothing, seconds, or so many seconds as a date. */
export type RetryAfter = null | number | { readonly dateIn: number };

export interface Fault {
  readonly kind: FaultKind;
  readonly retryAfter?: RetryAfter;
  /** Another status in place of 429 or 503. */
  readonly status?: number;
  /** Whether the request is carried out nevertheless; by default where an answer was under way. */
  readonly applied?: boolean;
}

/** A fault that a test scripts: it strikes the next `times` requests that match, 1 by default. */
export interface ScriptedFault extends Fault {
  readonly match?: (request: SandboxRequest) => boolean;
  readonly times?: number;
}

/** A fault that strikes again and again. */
export interface StandingFault extends Fault {
  /** Below 1 a probability, from 1 on every so-manieth request. */
  readonly rate: number;
  /** All requests by default. */
  readonly on?: 'all' | 'reads' | 'writes';
}

export interface FaultOptions {
  readonly seed?: number;
  readonly standing?: readonly StandingFault[];
  /** Milliseconds that every answer takes, or the shortest and the longest time. */
  readonly latency?: number | readonly [number, number];
}

/** Where the answer was under way, the request had been carried out. */
const appliedByDefault: Readonly<Record<FaultKind, boolean>> = {
  rateLimit: false,
  unavailable: false,
  reset: false,
  truncate: true,
  garbage: true,
  lostReply: true,
  stall: false,
};

export class Faults {
  /** May be changed at any time. */
  latency: number | readonly [number, number];
  readonly #random: Random;
  readonly #standing: { readonly fault: StandingFault; seen: number }[] = [];
  #script: { readonly fault: ScriptedFault; left: number }[] = [];

  constructor(options: FaultOptions = {}) {
    this.latency = options.latency ?? 0;
    this.#random = seededRandom((options.seed ?? 1) ^ 0x5eed);
    for (const fault of options.standing ?? []) this.add(fault);
  }

  /** Adds a fault that strikes again and again. */
  add(fault: StandingFault): void {
    if (fault.rate > 0) this.#standing.push({ fault, seen: 0 });
  }

  /** Adds a fault at the script's end: each request meets the first one there that matches it. */
  next(fault: ScriptedFault): void {
    this.#script.push({ fault, left: fault.times ?? 1 });
  }

  /** Takes all faults and the latency away. */
  clear(): void {
    this.#standing.length = 0;
    this.#script = [];
    this.latency = 0;
  }

  /** How many scripted faults have not struck yet. */
  get pending(): number {
    return this.#script.reduce((sum, { left }) => sum + left, 0);
  }

  /** What this request meets: at most one fault, a scripted one before a standing one. */
  strike(request: SandboxRequest): Fault | undefined {
    return this.#scripted(request) ?? this.#standing.filter((one) => this.#strikes(one, request))[0]?.fault;
  }

  /** Milliseconds that the next answer takes. */
  delay(): number {
    if (typeof this.latency === 'number') return this.latency;
    const [shortest, longest] = this.latency;
    return shortest + this.#random() * (longest - shortest);
  }

  #scripted(request: SandboxRequest): Fault | undefined {
    const one = this.#script.find(({ fault }) => fault.match?.(request) ?? true);
    if (one === undefined) return undefined;
    one.left--;
    if (one.left <= 0) this.#script = this.#script.filter((other) => other !== one);
    return one.fault;
  }

  #strikes(one: { readonly fault: StandingFault; seen: number }, { method }: SandboxRequest): boolean {
    const { rate, on = 'all' } = one.fault;
    if (on !== 'all' && (method === 'GET') !== (on === 'reads')) return false;
    one.seen++;
    return rate < 1 ? this.#random() < rate : one.seen % Math.round(rate) === 0;
  }
}

export function isApplied(fault: Fault): boolean {
  return fault.applied ?? appliedByDefault[fault.kind];
}

/** Whether the client gets no whole answer. */
export function breaksConnection({ kind }: Fault): boolean {
  return kind === 'reset' || kind === 'lostReply' || kind === 'truncate' || kind === 'stall';
}

/** The answer that a client gets instead of the true one, where it gets a whole one. */
export function faultyResponse(fault: Fault, truth: SandboxResponse | null, now: number): SandboxResponse {
  if (fault.kind === 'garbage') return garbled(truth?.body ?? '');
  const [status, message] =
    fault.kind === 'rateLimit' ? [429, 'Too many requests'] : [503, 'The service is overloaded'];
  return refusalResponse(
    new Refusal(fault.status ?? status, message),
    retryHeader(fault.retryAfter ?? null, now),
  );
}

function retryHeader(retryAfter: RetryAfter, now: number): Record<string, string> {
  if (retryAfter === null) return {};
  if (typeof retryAfter === 'number') return { 'retry-after': String(retryAfter) };
  return { 'retry-after': new Date(now + retryAfter.dateIn * 1000).toUTCString() };
}

/** What a proxy shows in the API's place, or half of what the API said; which of them follows from the body. */
function garbled(body: string): SandboxResponse {
  if (body.length % 2 === 1)
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: body.slice(0, Math.ceil(body.length / 2)),
    };
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html><head><title>Please sign in</title></head><body>You are offline.</body></html>`,
  };
}
