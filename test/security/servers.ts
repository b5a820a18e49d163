/** Servers that misbehave: one that answers by a function, and one that stands between the program and the sandbox. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterwards } from '../processes/support.ts';

export interface Listening {
  /** A base for the API below this server. */
  readonly base: string;
  readonly origin: string;
  readonly port: number;
  /** Every request that came, headers and all. */
  readonly seen: { readonly method: string; readonly url: string; readonly headers: object }[];
}

export async function listen(handler: RequestListener): Promise<Listening> {
  const seen: Listening['seen'] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return { base: `${origin}/experiment/v1/`, origin, port, seen };
}

/** Answers a request itself, and says so; any other one goes on to the sandbox. */
export type Meddler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A server in front of the sandbox. */
export function inFrontOf(sandboxUrl: string, meddle: Meddler): Promise<Listening> {
  const { origin } = new URL(sandboxUrl);
  return listen((request, response) => {
    if (meddle(request, response)) return;
    forward(origin, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
}

async function forward(origin: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { token = '', authorization = '' } = request.headers;
  const answer = await fetch(origin + request.url, {
    method: request.method ?? 'GET',
    headers: { token: String(token), authorization, 'content-type': 'application/json' },
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

export function json(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return true;
}
