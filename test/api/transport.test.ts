/** The transport over undici, against a server on loopback that misbehaves as told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { Transport, WireResponse } from '../../src/api/transport.ts';
import { createTransport, type TransportOptions } from '../../src/api/undici-transport.ts';
import { ConnectionError, MalformedResponseError } from '../../src/errors.ts';
import { failureWithout } from './support.ts';

const token = 'abcdefghijklmnop:123456';
const failureOf = (promise: Promise<unknown>) => failureWithout(token, promise);
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let base: string;
let handler: Handler;
let seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[];
const open: Transport[] = [];

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    seen.push({ method: request.method, url: request.url, headers: request.headers });
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/experiment/v1`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

function transport(options: Partial<TransportOptions> = {}): Transport {
  const made = createTransport({ base, token, ...options });
  open.push(made);
  return made;
}

function get(path = 'projects', options: Partial<TransportOptions> = {}): Promise<WireResponse> {
  return transport(options).send({ method: 'GET', path });
}

describe('a request', () => {
  it('goes below the base with the token in its own header', async () => {
    handler = (_request, response) => response.end('[]');
    expect(await get('projects/5/goals')).toMatchObject({ status: 200, body: '[]' });
    expect(seen).toMatchObject([
      {
        method: 'GET',
        url: '/experiment/v1/projects/5/goals',
        headers: { token, accept: 'application/json', 'accept-encoding': 'gzip' },
      },
    ]);
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('carries an OAuth token as a bearer', async () => {
    handler = (_request, response) => response.end('[]');
    await get('projects', { auth: 'bearer' });
    expect(seen[0]?.headers).toMatchObject({ authorization: `Bearer ${token}` });
    expect(seen[0]?.headers).not.toHaveProperty('token');
  });

  it('carries a JSON body', async () => {
    const bodies: string[] = [];
    handler = (request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => bodies.push(chunk));
      request.on('end', () => response.writeHead(202).end('{}'));
    };
    await transport().send({ method: 'PUT', path: 'goals/1', body: '{"title":"ü"}' });
    expect(bodies.join('')).toBe('{"title":"ü"}');
    expect(seen[0]?.headers['content-type']).toBe('application/json');
  });

  it('reuses its connections', async () => {
    const sockets = new Set<Socket>();
    handler = (request, response) => {
      sockets.add(request.socket);
      response.end('[]');
    };
    const made = transport({ connections: 1 });
    for (let count = 0; count < 5; count++) await made.send({ method: 'GET', path: 'projects' });
    expect(sockets.size).toBe(1);
  });
});

describe('an answer', () => {
  test.each([
    ['small', 10],
    ['large', 200_000],
  ])('that is gzipped and %s is unpacked', async (_name, size) => {
    const text = JSON.stringify(Array.from({ length: size }, (_, index) => `ä${index}`));
    handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(text));
    };
    expect((await get()).body).toBe(text);
  });

  it('keeps its status and headers, whatever they are', async () => {
    handler = (_request, response) => response.writeHead(429, { 'Retry-After': '7' }).end('slow');
    expect(await get()).toMatchObject({ status: 429, headers: { 'retry-after': '7' }, body: 'slow' });
  });

  it('loses a byte order mark', async () => {
    handler = (_request, response) => response.end('\ufeff[]');
    expect((await get()).body).toBe('[]');
  });

  it('that is no UTF-8 is refused, except as an error page', async () => {
    handler = (request, response) =>
      response.writeHead(request.url?.endsWith('page') ? 400 : 200).end(Buffer.from([0x22, 0xe4, 0x22]));
    const error = await failureOf(get());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('UTF-8');
    expect(await get('page')).toMatchObject({ status: 400 });
  });

  it('that is cut short is a broken connection', async () => {
    handler = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[{"id": 1}');
      setImmediate(() => request.socket.destroy());
    };
    const error = await failureOf(get());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('the answer was cut short');
  });

  it('that is cut short inside its gzip is a broken connection', async () => {
    handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('[1,2,3]').subarray(0, 15));
    };
    expect((await failureOf(get())).message).toContain('the answer was cut short');
  });

  it('that is no gzip though it says so is a broken connection', async () => {
    handler = (_request, response) => response.setHeader('content-encoding', 'gzip').end('[1,2,3]');
    const error = await failureOf(get());
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('no gzip');
  });

  it('in an encoding that nobody asked for is refused', async () => {
    handler = (_request, response) => response.setHeader('content-encoding', 'br').end('xxxx');
    expect((await failureOf(get())).message).toContain('an encoding nobody asked for');
  });

  it('that is too large is refused while it comes', async () => {
    let closed: () => void;
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    handler = (_request, response) => {
      response.on('close', () => closed());
      const more = () => {
        while (response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', more);
      more();
    };
    const error = await failureOf(get('projects', { maxBodyBytes: 1_000_000 }));
    expect(error).toBeInstanceOf(MalformedResponseError);
    expect(error.message).toContain('larger than 1000000 bytes');
    await gone;
  });

  it('that announces to be too large is refused before it comes', async () => {
    handler = (_request, response) => response.writeHead(200, { 'content-length': '2000000' }).flushHeaders();
    const error = await failureOf(get('projects', { maxBodyBytes: 1_000_000 }));
    expect(error.message).toContain('larger than 1000000 bytes');
  });

  test.each([
    ['small', 1_000_000],
    ['large', 100_000_000],
  ])('that unpacks to too much is refused: %s', async (_name, size) => {
    handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(size)));
    };
    const error = await failureOf(get('projects', { maxBodyBytes: 500_000 }));
    expect(error).toBeInstanceOf(MalformedResponseError);
  });
});

describe('a connection', () => {
  it('that breaks before an answer says so, and that the request was sent', async () => {
    handler = (request) => request.socket.destroy();
    const error = await failureOf(get());
    expect(error).toMatchObject({ sent: true, method: 'GET', path: 'projects', status: null });
    expect(error.message).toContain('the connection broke before an answer came');
  });

  it('that is refused says so, and that nothing was sent', async () => {
    // The system gives out no port below 1024: nobody listens there, nor will.
    const error = await failureOf(get('projects', { base: 'http://127.0.0.1:1/experiment/v1' }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: false });
    expect(error.message).toContain('127.0.0.1:1 refuses connections');
  });

  it('that speaks no HTTP is broken', async () => {
    handler = (request) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    expect(await failureOf(get())).toBeInstanceOf(ConnectionError);
  });

  it('is dropped at once when the signal aborts, before and after the headers', async () => {
    for (const early of [true, false]) {
      const stop = new AbortController();
      const gone = new Promise<void>((resolve) => {
        handler = (request, response) => {
          request.socket.on('close', () => resolve());
          if (!early) response.writeHead(200).write('[');
          setImmediate(() => stop.abort(new Error('Ctrl-C')));
        };
      });
      const sent = transport().send({ method: 'GET', path: 'projects', signal: stop.signal });
      expect((await failureOf(sent)).message).toBe('Ctrl-C');
      await gone;
    }
  });

  it('that is waited for is given up at once when the signal aborts', async () => {
    const made = transport({ connections: 1 });
    const stop = new AbortController();
    handler = () => stop.abort(new Error('Ctrl-C'));
    const { signal } = stop;
    const sent = [1, 2, 3].map(() => made.send({ method: 'GET', path: 'projects', signal }));
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(seen).toHaveLength(1);
  });

  it('of a closed client is not opened again', async () => {
    const made = transport();
    await made.close();
    await expect(made.send({ method: 'GET', path: 'projects' })).rejects.toThrow('the client was closed');
  });
});

describe('a connection, when time passes,', () => {
  // Only where a test lets it: no stall of this machine is to be taken for one of the server.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** What becomes of a request where time passes once the server has done what it does, and the client has seen that. */
  async function failureAfter(answer: (response: ServerResponse) => void): Promise<Error> {
    const arrived = new Promise<void>((resolve) => {
      handler = (_request, response) => {
        answer(response);
        resolve();
      };
    });
    const failure = failureOf(get('projects', { timeoutMs: 50 }));
    await arrived;
    // What begins after it, by the same loop of events, ends after it.
    handler = (_request, response) => response.end('[]');
    await get();
    vi.advanceTimersByTime(2000);
    return failure;
  }

  it('that brings no answer times out', async () => {
    const error = await failureAfter(() => {});
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toContain('no answer within 0.05 s');
  });

  it('that brings no more of an answer times out', async () => {
    const error = await failureAfter((response) => response.writeHead(200).write('['));
    expect(error.message).toContain('not a byte for 0.05 s');
  });
});

describe('a redirect', () => {
  const redirect = (location: string, status = 302): void => {
    handler = (request, response) => {
      if (request.url === '/landed?x=1') response.end('["here"]');
      else response.writeHead(status, { location }).end();
    };
  };

  test.each([301, 302, 303, 307, 308])('of a read within the origin is followed: %i', async (status) => {
    redirect('/landed?x=1', status);
    expect(await get()).toMatchObject({ status: 200, body: '["here"]' });
    expect(seen.map(({ url }) => url)).toEqual(['/experiment/v1/projects', '/landed?x=1']);
  });

  test.each([
    ['another host', 'https://evil.example/steal', 'https://evil.example'],
    ['another port', 'http://127.0.0.1:1/', 'http://127.0.0.1:1'],
    ['no host at all', 'file:///etc/passwd', 'file:'],
    ['a place that repeats the token', `https://${token}@evil.example/${token}`, 'https://evil.example'],
  ])('to %s is not followed', async (_name, location, named) => {
    redirect(location);
    const error = await failureOf(get());
    expect(error).toBeInstanceOf(MalformedResponseError);
    expect(error.message).toContain(named);
    expect(seen).toHaveLength(1);
  });

  it('of a write is not followed', async () => {
    redirect('/landed?x=1', 307);
    const sent = transport().send({ method: 'POST', path: 'projects', body: '{}' });
    expect((await failureOf(sent)).message).toContain('only reads are sent on');
    expect(seen).toHaveLength(1);
  });

  it('in a circle ends after three', async () => {
    redirect('/experiment/v1/projects');
    expect((await failureOf(get())).message).toContain('more than 3 redirects');
    expect(seen).toHaveLength(4);
  });

  it('to nowhere is refused', async () => {
    handler = (_request, response) => response.writeHead(302).end();
    expect((await failureOf(get())).message).toContain('a redirect to nowhere');
  });
});
