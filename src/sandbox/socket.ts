/** Requests off a socket and answers onto it: whole, compressed, cut short or not at all. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SandboxRequest, SandboxResponse } from './wire.ts';

export const basePath = '/experiment/v1/';
/** A smaller body fits one packet anyway. */
const gzipFrom = 1400;
const compress = promisify(gzip);

/** The request with its whole body; its path is null outside the API's base. */
export async function read(
  incoming: IncomingMessage,
): Promise<SandboxRequest & { readonly inside: boolean }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = incoming.url ?? '/';
  const inside = `${url}/`.startsWith(basePath);
  return {
    method: incoming.method ?? 'GET',
    path: inside ? url.slice(basePath.length) : url,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    inside,
  };
}

export async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body }: SandboxResponse,
): Promise<void> {
  const zipped =
    body.length >= gzipFrom && /\bgzip\b/.test(String(incoming.headers['accept-encoding'] ?? ''));
  const bytes = zipped ? await compress(body, { level: 1 }) : Buffer.from(body);
  const encoding = zipped ? { 'content-encoding': 'gzip' } : {};
  const length = status === 204 ? {} : { 'content-length': bytes.length };
  outgoing.writeHead(status, { ...headers, ...encoding, ...length });
  outgoing.end(bytes);
}

/** Breaks the connection: in the middle of `cut`, or before a single byte where there is none. */
export function breakOff(outgoing: ServerResponse, cut: SandboxResponse | null): void {
  const bytes = Buffer.from(cut?.body ?? '');
  if (cut === null || bytes.length === 0) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(cut.status, { ...cut.headers, 'content-length': bytes.length });
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.destroy());
}
