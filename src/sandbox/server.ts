/** The sandbox on loopback: the account behind a real socket, with the faults that a real network has. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SandboxAccount } from './account.ts';
import { exchange, whole } from './exchange.ts';
import { type FaultOptions, Faults } from './faults.ts';
import type { AccountOptions } from './options.ts';
import { basePath, breakOff, read, send } from './socket.ts';
import { jsonResponse } from './wire.ts';

export interface SandboxOptions extends Omit<AccountOptions, 'now'> {
  /** 0, a free one, by default. */
  readonly port?: number;
  /** The system's clock by default. */
  readonly now?: () => number;
  readonly faults?: FaultOptions;
  /** An account made beforehand, in place of a made-up one. */
  readonly account?: SandboxAccount;
  /** How many requests are remembered, the newest ones; 10,000 by default, 0 for none. */
  readonly logLimit?: number;
}

export interface LoggedRequest {
  readonly method: string;
  /** Below the base, without a leading slash, query included. */
  readonly path: string;
  readonly body?: string;
  /** What was answered; null where the connection was broken instead. */
  readonly status: number | null;
  /** When it came, in milliseconds since 1970 by the account's clock. */
  readonly at: number;
}

export interface Sandbox {
  /** The API's base, slash included. */
  readonly url: string;
  readonly token: string;
  readonly account: SandboxAccount;
  readonly faults: Faults;
  /** The newest requests, oldest first. */
  readonly requests: LoggedRequest[];
  close(): Promise<void>;
}

/** Starts the API on 127.0.0.1; it runs until it is closed. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const account = options.account ?? new SandboxAccount({ ...options, now: options.now ?? Date.now });
  const faults = new Faults({ seed: options.seed ?? 1, ...options.faults });
  const { requests, log } = createLog(options.logLimit ?? 10_000);
  const server = createServer((incoming, outgoing) => {
    serve(account, faults, log, incoming, outgoing).catch((error: unknown) => fail(outgoing, error));
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server, options.port ?? 0);
  const url = `http://127.0.0.1:${port}${basePath}`;
  return { url, token: account.token, account, faults, requests, close: () => close(server) };
}

const outside = jsonResponse(404, { status: 404, message: `The API is at ${basePath}` });

async function serve(
  account: SandboxAccount,
  faults: Faults,
  log: (entry: LoggedRequest) => void,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const at = account.now();
  const { inside, ...request } = await read(incoming);
  await pause(faults.delay());
  const outcome = inside ? exchange(account, faults, request) : whole(outside);
  const { response, cut, stalled } = outcome;
  const { method, path, body } = request;
  // Before the answer leaves, so that a client that has it finds it in the log.
  log({ method, path, ...(body ? { body } : {}), status: response?.status ?? null, at });
  if (response === null && !stalled) breakOff(outgoing, cut);
  if (response !== null) await send(incoming, outgoing, response);
}

/** A mistake of the sandbox itself must not look like a fault of the network. */
function fail(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
  else outgoing.writeHead(500).end(`The sandbox is broken: ${String(error)}`);
}

function createLog(limit: number) {
  const requests: LoggedRequest[] = [];
  const log = (entry: LoggedRequest) => {
    if (limit > 0) requests.push(entry);
    if (requests.length > limit) requests.shift();
  };
  return { requests, log };
}

async function pause(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Doesn't wait for connections that clients keep open. */
function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
