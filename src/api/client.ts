/** The client of the online API: settings in, resources out. */
import type { Effects } from '../effects.ts';
import { UsageError } from '../errors.ts';
import { systemEffects } from '../system.ts';
import { type Api, createApi } from './api.ts';
import { type Auth, defaultBase } from './base.ts';
import { Connection } from './connection.ts';
import { createResources } from './entities.ts';
import type { Accessors } from './entity-types.ts';
import type { Listener } from './events.ts';
import { redactor } from './redact.ts';
import { apiStore, type Store } from './store.ts';
import { concurrencyOf, memoryBudget, type RateBudget, Throttle } from './throttle.ts';
import type { Transport } from './transport.ts';
import { createTransport } from './undici-transport.ts';

export interface ClientOptions {
  /** Sent with every request, shown nowhere. */
  readonly token: string;
  /** https, or http to this machine. `https://www.optimizelyapis.com/experiment/v1/` unless told. */
  readonly base?: string | URL | undefined;
  /** Which header carries the token; `token` unless told. */
  readonly auth?: Auth | undefined;
  /** Requests in flight at most; a whole number from 1 on. 4 unless told. */
  readonly concurrency?: number | undefined;
  /** Requests a second at most, 0 for no limit. 10 unless told. More is faster until the API answers 429. */
  readonly rate?: number | undefined;
  /** Milliseconds without an answer, or without a byte of it, until a connection counts as broken. 30 s unless told. */
  readonly timeoutMs?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Hears of every request, answer and wait. */
  readonly onEvent?: Listener | undefined;
  /** A pace shared with others, in place of one of its own by `rate`. */
  readonly budget?: RateBudget | undefined;
  /** In place of HTTP; then the base and the token are not used. */
  readonly transport?: Transport | undefined;
  /** Clock and randomness, for tests. */
  readonly effects?: Effects | undefined;
}

/** The same, for a transport that brings its own way to authenticate. */
export type TransportedOptions = Omit<ClientOptions, 'token'> & { readonly transport: Transport };

const defaultRate = 10;

type Derived = new (store: Store) => Accessors;
const WithAccessors = class {
  constructor(store: Store) {
    Object.assign(this, createResources(store));
  }
} as unknown as Derived;

/**
 * A client of the API: `client.projects`, `client.experiments` and so on, one for each resource that has ids.
 * ```ts
 * const client = new OptimizelyClient(token);
 * const project = await client.projects.get(1234);
 * ```
 */
export class OptimizelyClient extends WithAccessors {
  /** The typed calls beneath the entity objects. */
  readonly api: Api;
  readonly #connection: Connection;

  /** @throws UsageError, or TokenError, for settings that can't be used */
  constructor(settings: string | ClientOptions | TransportedOptions) {
    const connection = connect(typeof settings === 'string' ? { token: settings } : settings);
    const api = createApi(connection);
    super(apiStore(api));
    this.api = api;
    this.#connection = connection;
  }

  /** Closes the connections, once what is under way has ended. */
  close(): Promise<void> {
    return this.#connection.close();
  }
}

function connect(options: ClientOptions | TransportedOptions): Connection {
  const { rate = defaultRate, effects = systemEffects, onEvent } = options;
  const concurrency = concurrencyOf(options.concurrency);
  if (!Number.isFinite(rate) || rate < 0) {
    throw new UsageError(`rate has to be a number of requests a second, or 0 for no limit, not ${rate}`);
  }
  const token = 'token' in options ? options.token : undefined;
  return new Connection({
    transport: options.transport ?? httpTransport(options, token, concurrency),
    throttle: new Throttle({ concurrency, budget: options.budget ?? memoryBudget(rate, effects.clock) }),
    effects,
    onEvent,
    redact: redactor(token),
  });
}

function httpTransport(
  { base = defaultBase, auth = 'token', userAgent, timeoutMs }: Omit<ClientOptions, 'token'>,
  token: string | undefined,
  connections: number,
): Transport {
  return createTransport({
    base,
    token,
    auth,
    connections,
    ...(userAgent !== undefined && { userAgent }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
}
