/** A connection: what is sent again, what everything waits for, what an answer that says no becomes. */
import { describe, expect, it, test } from 'vitest';
import type { ConnectionEvent } from '../../src/api/events.ts';
import {
  BadRequestError,
  ConnectionError,
  ForbiddenError,
  MalformedResponseError,
  NotFoundError,
  OptimizelyError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
} from '../../src/errors.ts';
import { reply, rig, turn } from './support.ts';

const broken = () =>
  new ConnectionError({ method: 'GET', path: 'projects', status: null, apiMessage: 'cut short' });

describe('an answer that says no', () => {
  test.each([
    [400, BadRequestError],
    [401, UnauthorizedError],
    [403, ForbiddenError],
    [404, NotFoundError],
    [418, OptimizelyError],
    [501, OptimizelyError],
  ])('of status %i is thrown as its class, after one request', async (status, Class) => {
    const { connection, transport } = rig([reply(status, { message: 'no, and here is why' })]);
    const error = await connection.read('projects/5').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({
      status,
      method: 'GET',
      path: 'projects/5',
      apiMessage: 'no, and here is why',
      name: Class.name,
    });
    expect(transport.requests).toHaveLength(1);
  });

  test.each([
    [429, TooManyRequestsError],
    [503, ServiceUnavailableError],
  ])('of status %i to a write is thrown with the seconds to wait', async (status, Class) => {
    const { connection } = rig([reply(status, 'slow down', { 'retry-after': '7' })]);
    const error = await connection.write('PUT', 'goals/1', {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ retryAfter: 7, apiMessage: 'slow down' });
  });

  test.each([
    ['the message of a JSON body', { message: 'm', error: 'e' }, 'm'],
    ['its error', { error: 'e' }, 'e'],
    ['its detail', { detail: 'd' }, 'd'],
    ['a message that is no text', { error: { name: ['is too long'] } }, '{"name":["is too long"]}'],
    ['a JSON body that names fields', { edit_url: ['is required'] }, '{"edit_url":["is required"]}'],
    ['a JSON text', '"just this"', 'just this'],
    ['a plain text', 'no way', 'no way'],
    [
      'the words of a page',
      '<html><style>a{}</style><h1>Bad</h1>\n<p>Gateway</p><script>x</script></html>',
      'Bad Gateway',
    ],
    ['the name of the status where the body is empty', '', 'Not Found'],
    ['no control characters', 'red \u001b[31malert\u0007\u202e', 'red [31malert'],
    ['no more than 500 characters', 'x'.repeat(600), `${'x'.repeat(499)}…`],
  ])('says %s', async (_name, body, apiMessage) => {
    const { connection } = rig([reply(404, body)]);
    await expect(connection.read('projects/5')).rejects.toMatchObject({ apiMessage });
  });

  it('never repeats a secret that the server sent back', async () => {
    const redact = (text: string) => text.replaceAll('s3cret', '[token]');
    const { connection } = rig([reply(403, { message: 'bad token s3cret' })], { redact });
    await expect(connection.read('projects')).rejects.toMatchObject({ apiMessage: 'bad token [token]' });
  });
});

describe('a read', () => {
  it('is sent again after 503, 500, a broken connection and a page, and then succeeds', async () => {
    const { connection, transport, clock } = rig([
      reply(503),
      reply(500),
      broken(),
      reply(200, '<html>'),
      reply(200, [1]),
    ]);
    expect(await clock.until(connection.read('projects'))).toEqual([1]);
    expect(transport.requests).toHaveLength(5);
    expect(connection.counters).toEqual({ requests: 5, retries: 4 });
    expect(clock.slept).toEqual([625, 1250, 2500, 5000]);
  });

  test.each([
    ['503', () => reply(503), ServiceUnavailableError],
    ['a broken connection', broken, ConnectionError],
    ['an empty body', () => reply(200), MalformedResponseError],
  ])('gives up after six times %s', async (_name, answer, Class) => {
    const { connection, transport, clock } = rig(answer);
    await expect(clock.until(connection.read('projects'))).rejects.toBeInstanceOf(Class);
    expect(transport.requests).toHaveLength(6);
  });

  it('gives up after ten waits on 429', async () => {
    const { connection, transport, clock } = rig(() => reply(429, '', { 'retry-after': '1' }));
    await expect(clock.until(connection.read('projects'))).rejects.toBeInstanceOf(TooManyRequestsError);
    expect(transport.requests).toHaveLength(11);
  });

  it('is not sent again after an error that is no matter of the connection', async () => {
    const { connection, transport } = rig(() => new TypeError('a bug'));
    await expect(connection.read('projects')).rejects.toThrow('a bug');
    expect(transport.requests).toHaveLength(1);
  });

  test.each([
    ['<!DOCTYPE html><html></html>', 'HTML instead of JSON'],
    ['<?xml version="1.0"?>', 'markup instead of JSON'],
    ['', 'an empty body instead of JSON'],
    ['[{"id": 1}, {"id"', 'JSON that is cut short after 17 characters'],
    ['[{"id": 1},,]', 'broken JSON'],
    ['OK', 'text that is no JSON'],
    [`${'['.repeat(101)}${']'.repeat(101)}`, 'JSON nested deeper than 100 levels'],
    ['['.repeat(200_000), 'JSON that is cut short after 200000 characters'],
  ])('of %.20j fails with words for what came', async (body, apiMessage) => {
    const { connection, clock } = rig(() => reply(200, body));
    const error = await clock.until(connection.read('projects')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MalformedResponseError);
    expect(error).toMatchObject({ status: 200, apiMessage });
  });

  it('drops keys that would set a prototype', async () => {
    const body = '[{"id": 1, "__proto__": {"evil": true}, "a": {"\\u005f_proto__": {"evil": true}}}]';
    const { connection } = rig([reply(200, body)]);
    const [record] = (await connection.read('projects')) as { a: object }[];
    expect(JSON.stringify(record)).toBe('{"id":1,"a":{}}');
  });
});

describe('a write', () => {
  test.each([408, 429, 500, 502, 503])('is sent once, even on %i', async (status) => {
    const { connection, transport } = rig(() => reply(status));
    await expect(connection.write('POST', 'projects', {})).rejects.toMatchObject({ status });
    expect(transport.requests).toHaveLength(1);
  });

  it('is sent once where the connection breaks or the answer is no JSON', async () => {
    const { connection, transport } = rig([broken(), reply(202, '<html>')]);
    await expect(connection.write('PUT', 'goals/1', {})).rejects.toBeInstanceOf(ConnectionError);
    await expect(connection.write('PUT', 'goals/1', {})).rejects.toBeInstanceOf(MalformedResponseError);
    expect(transport.requests).toHaveLength(2);
  });

  it('carries its body as JSON, and a DELETE neither sends nor reads one', async () => {
    const { connection, transport } = rig([reply(202, { id: 1 }), reply(204)]);
    await connection.write('PUT', 'goals/1', { title: 'ü' });
    expect(await connection.write('DELETE', 'goals/1')).toBeUndefined();
    expect(transport.requests).toEqual([
      { method: 'PUT', path: 'goals/1', body: '{"title":"ü"}' },
      { method: 'DELETE', path: 'goals/1' },
    ]);
  });
});

describe('a rate limit', () => {
  it('makes everything wait: queued, new and tried again', async () => {
    const sent: [path: string, at: number][] = [];
    const { connection, clock } = rig(
      ({ path }) => {
        sent.push([path, clock.now()]);
        return sent.length === 1 ? reply(429, '', { 'retry-after': '30' }) : reply(200, []);
      },
      { concurrency: 1 },
    );
    const begin = clock.now();
    const all = [connection.read('a'), connection.read('b')];
    await turn();
    all.push(connection.read('c'));
    await clock.until(Promise.all(all));
    const waited = sent.map(([path, at]) => [path, at - begin]);
    expect(waited[0]).toEqual(['a', 0]);
    expect(waited.slice(1).map(([, at]) => at)).toEqual([30_000, 30_000, 30_000]);
    expect(new Set(waited.slice(1).map(([path]) => path))).toEqual(new Set(['a', 'b', 'c']));
  });

  it('on a write makes the reads wait before the error is thrown', async () => {
    const { connection, clock } = rig([reply(429), reply(200, [])]);
    const begin = clock.now();
    await expect(connection.write('POST', 'projects', {})).rejects.toBeInstanceOf(TooManyRequestsError);
    await clock.until(connection.read('projects'));
    expect(clock.now() - begin).toBe(60_000);
  });

  it('waits for a 503 that says how long, all together', async () => {
    const { connection, clock } = rig(
      [reply(503, '', { 'retry-after': '9' }), reply(200, []), reply(200, [])],
      {
        concurrency: 1,
      },
    );
    const begin = clock.now();
    await clock.until(Promise.all([connection.read('a'), connection.read('b')]));
    expect(clock.now() - begin).toBe(9000);
  });
});

describe('an abort', () => {
  const stop = (controller: AbortController) => controller.abort(new Error('Ctrl-C'));

  it('ends a pause between attempts at once', async () => {
    const { connection, clock } = rig(() => reply(500));
    const controller = new AbortController();
    const read = connection.read('projects', { signal: controller.signal });
    await turn();
    expect(clock.sleeping).toBe(1);
    stop(controller);
    await expect(read).rejects.toThrow('Ctrl-C');
    expect(clock.sleeping).toBe(0);
  });

  it('ends a wait on 429 at once', async () => {
    const { connection, clock } = rig(() => reply(429));
    const controller = new AbortController();
    const read = connection.read('projects', { signal: controller.signal });
    await turn();
    stop(controller);
    await expect(read).rejects.toThrow('Ctrl-C');
    expect(clock.sleeping).toBe(0);
  });

  it('before a request sends nothing', async () => {
    const { connection, transport } = rig([]);
    const read = connection.read('projects', { signal: AbortSignal.abort(new Error('Ctrl-C')) });
    await expect(read).rejects.toThrow('Ctrl-C');
    expect(transport.requests).toHaveLength(0);
  });
});

it('tells what it asks, what comes and why it waits', async () => {
  const events: ConnectionEvent[] = [];
  const { connection, clock } = rig([reply(429, '', { 'retry-after': '2' }), broken(), reply(200, [])], {
    onEvent: (event) => events.push(event),
  });
  await clock.until(connection.read('projects'));
  const about = { method: 'GET', path: 'projects' };
  expect(events).toEqual([
    { ...about, attempt: 1, kind: 'request' },
    { ...about, attempt: 1, kind: 'response', status: 429, ms: 0 },
    { ...about, attempt: 1, kind: 'wait', ms: 2000 },
    { ...about, attempt: 1, kind: 'retry', ms: 2000, reason: 'the API answered 429', repetition: null },
    { ...about, attempt: 2, kind: 'request' },
    { ...about, attempt: 2, kind: 'response', status: null, ms: 0, message: 'cut short' },
    { ...about, attempt: 2, kind: 'retry', ms: 625, reason: 'cut short', repetition: 1 },
    { ...about, attempt: 3, kind: 'request' },
    { ...about, attempt: 3, kind: 'response', status: 200, ms: 0 },
  ]);
});
