/** A server that floods, drips, bombs or stalls costs so much memory and time and no more, and gives an error. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseRetryAfter } from '../../src/api/retry.ts';
import { createTransport, type TransportOptions } from '../../src/api/undici-transport.ts';
import { ConnectionError, MalformedResponseError, TooManyRequestsError } from '../../src/errors.ts';
import { reply, rig } from '../api/support.ts';
import { afterwards } from '../processes/support.ts';
import { listen } from './servers.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function ask(answer: Answer, options: Partial<TransportOptions> = {}) {
  const { base } = await listen(answer);
  const transport = createTransport({ base, token: 'x', ...options });
  afterwards(() => transport.close());
  return transport.send({ method: 'GET', path: 'projects' });
}

/** Writes the same again and again, for as long as somebody reads. */
const endless = (chunk: string | Buffer, headers = {}): Answer => {
  return (_request, response) => {
    response.writeHead(200, headers);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  };
};

/** One piece after the other, each soon enough to be no silence. */
const dripping = (piece: (response: ServerResponse) => void): Answer => {
  return (_request, response) => {
    const timer = setInterval(() => piece(response), 20);
    response.on('close', () => clearInterval(timer));
  };
};

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '[1,'));
const smallLimit = { maxBodyBytes: 1024 * 1024 };
const hasty = { deadlineMs: 300 };

const megabyte = `[${'{"id": 1, "project_name": "x"},'.repeat(35_000)}`.slice(0, 1024 * 1024);

/** It says how long it is only by ending. */
const gigabyte: Answer = (_request, response) => {
  let left = 1024;
  const more = () => {
    while (left-- > 0 && !response.destroyed && response.write(megabyte));
    if (left < 0) response.end(']');
  };
  response.on('drain', more);
  more();
};

const floods: readonly (readonly [name: string, answer: Answer, options: Partial<TransportOptions>])[] = [
  ['JSON without end', endless('[{"id": 1, "project_name": "x"},'.repeat(1000)), smallLimit],
  ['a gigabyte of JSON, by the limit that holds unless told', gigabyte, {}],
  ['blanks without end', endless(' '.repeat(65_536)), smallLimit],
  [
    'an error page without end',
    (request, response) => endless('<p>')(request, Object.assign(response, { statusCode: 500 })),
    smallLimit,
  ],
  [
    'a length of a terabyte',
    (_request, response) => response.writeHead(200, { 'content-length': '1099511627776' }).flushHeaders(),
    smallLimit,
  ],
  [
    'a small bomb',
    (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    smallLimit,
  ],
  [
    'a bomb as an error',
    (_request, response) => response.writeHead(403, { 'content-encoding': 'gzip' }).end(bomb),
    smallLimit,
  ],
  ['compressed data without end', endless(gzipSync('[1,2]'), { 'content-encoding': 'gzip' }), smallLimit],
];

const stalls: readonly (readonly [name: string, answer: Answer])[] = [
  ['a body byte by byte', dripping((response) => response.write(' '))],
  ['an error byte by byte', dripping((response) => Object.assign(response, { statusCode: 500 }).write(' '))],
  [
    'one early hint after the other',
    dripping((response) => response.writeEarlyHints({ link: '</x>; rel=preload' })),
  ],
  ['silence', () => {}],
];

const nonsense: readonly (readonly [name: string, answer: Answer])[] = [
  [
    'a bomb in a bomb',
    (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(bomb)),
  ],
  [
    'headers without end',
    (request) => request.socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}`),
  ],
  [
    'one enormous header',
    (_request, response) => response.writeHead(200, { x: 'y'.repeat(100_000) }).end('[]'),
  ],
  [
    'two lengths',
    (request) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n[]x'),
  ],
  ['a length below zero', (request) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n[]')],
  [
    'another protocol',
    (request) =>
      request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  ],
];

describe('a server that sends', () => {
  test.each(floods)('%s is cut off', async (_name, answer, options) => {
    await expect(ask(answer, options)).rejects.toThrow(MalformedResponseError);
  });

  test.each(stalls)('%s is given up in the end', async (_name, answer) => {
    const error = await ask(answer, hasty).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain('too slowly');
  });

  test.each(nonsense)('%s is broken', async (_name, answer) => {
    await expect(ask(answer, smallLimit)).rejects.toThrow(ConnectionError);
  });
});

describe('a Retry-After', () => {
  const now = Date.UTC(2016, 5, 1);
  test.each([
    ['999999999999', 3_600_000],
    ['9'.repeat(15_000), 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['-5', null],
    ['1e99', null],
    ['Infinity', null],
    ['NaN', null],
    ['0x10', null],
    ['tomorrow', null],
    ['__proto__', null],
    ['', null],
  ])('of %.20j asks for an hour at most', (text, wait) => {
    expect(parseRetryAfter(text, now)).toBe(wait);
  });

  test('that comes again and again is an error after ten waits, none longer than an hour', async () => {
    const { clock, connection, transport } = rig(() => reply(429, '', { 'retry-after': '99999999999' }));
    await expect(clock.until(connection.read('projects'))).rejects.toThrow(TooManyRequestsError);
    expect(transport.requests).toHaveLength(11);
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(3_600_000);
  });
});
