/** Faults on demand: what a client meets, and whether its request was carried out. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireRequest } from '../../src/api/transport.ts';
import { ConnectionError } from '../../src/errors.ts';
import { type FaultKind, Faults, sandboxOptionsFrom, sandboxTransport } from '../../src/sandbox/index.ts';
import { createAccount, noon, startApi, type TestApi } from './help.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.sandbox.close());

const create = () => api.call('POST', 'projects', { project_name: 'P' });
const projects = () => api.sandbox.account.list('projects').length;

describe('on a socket', () => {
  test.each<[FaultKind, number]>([
    ['rateLimit', 429],
    ['unavailable', 503],
  ])('%s answers %i, once, and carries nothing out', async (kind, status) => {
    api.sandbox.faults.next({ kind });
    const answer = await create();
    expect([answer.status, answer.headers.get('retry-after'), projects()]).toEqual([status, null, 0]);
    expect(answer.json.message).toEqual(expect.any(String));
    expect((await create()).status).toBe(201);
  });
  test('another status can be asked for', async () => {
    api.sandbox.faults.next({ kind: 'unavailable', status: 502 });
    expect((await create()).status).toBe(502);
  });
  test('Retry-After comes in seconds or as a date', async () => {
    api.sandbox.faults.next({ kind: 'rateLimit', retryAfter: 7 });
    api.sandbox.faults.next({ kind: 'unavailable', retryAfter: { dateIn: 90 } });
    expect((await create()).headers.get('retry-after')).toBe('7');
    expect((await create()).headers.get('retry-after')).toBe(new Date(noon + 90_000).toUTCString());
  });
  test.each<[FaultKind, number]>([
    ['reset', 0],
    ['lostReply', 1],
    ['truncate', 1],
  ])('%s breaks the connection, with %i carried out', async (kind, made) => {
    api.sandbox.faults.next({ kind });
    await expect(create()).rejects.toThrow();
    expect([projects(), api.sandbox.requests.at(-1)?.status]).toEqual([made, null]);
  });
  test('garbage is a 200 that is no JSON', async () => {
    for (let i = 0; i < 4; i++) {
      api.sandbox.faults.next({ kind: 'garbage' });
      const answer = await api.call('POST', 'projects', { project_name: 'P'.repeat(i) });
      expect(answer.status).toBe(200);
      expect(() => JSON.parse(answer.text)).toThrow();
    }
    expect(projects()).toBe(4);
  });
  test('a stalled request ends when the client gives up', async () => {
    api.sandbox.faults.next({ kind: 'stall' });
    const { url, token } = api.sandbox;
    const giving = new AbortController();
    const asked = fetch(`${url}projects`, { headers: { token }, signal: giving.signal });
    while (api.sandbox.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    giving.abort();
    await expect(asked).rejects.toThrow();
  });
  test('latency delays an answer and changes nothing else', async () => {
    api.sandbox.faults.latency = [1, 3];
    expect((await create()).status).toBe(201);
  });
});

describe('the script', () => {
  const faults = new Faults();
  const read = { method: 'GET', path: 'projects' };
  const write = { method: 'PUT', path: 'projects/1' };
  afterEach(() => faults.clear());

  test('strikes the requests that match, in order, so often as it says', () => {
    faults.next({ kind: 'reset', match: ({ method }) => method === 'PUT', times: 2 });
    faults.next({ kind: 'garbage' });
    const struck = [read, write, write, write].map((request) => faults.strike(request)?.kind);
    expect(struck).toEqual(['garbage', 'reset', 'reset', undefined]);
    expect(faults.pending).toBe(0);
  });
  test('says whether a request is carried out, where that is not as usual', () => {
    const account = createAccount();
    const transport = sandboxTransport(account, { faults });
    faults.next({ kind: 'unavailable', applied: true });
    return transport
      .send({ method: 'POST', path: 'projects', body: '{"project_name":"P"}' })
      .then(({ status }) => {
        expect([status, account.list('projects').length]).toEqual([503, 1]);
      });
  });
});

describe('standing faults', () => {
  const struck = (faults: Faults, method = 'GET') =>
    Array.from({ length: 200 }, () => faults.strike({ method, path: '' }) !== undefined);
  test('strike every so-manieth request from a rate of 1 on', () => {
    const faults = new Faults({ standing: [{ kind: 'rateLimit', rate: 4 }] });
    expect(struck(faults).slice(0, 8)).toEqual([false, false, false, true, false, false, false, true]);
  });
  test('strike by chance below that, the same for the same seed', () => {
    const hits = (seed: number) => struck(new Faults({ seed, standing: [{ kind: 'reset', rate: 0.25 }] }));
    expect(hits(1).filter(Boolean).length).toBeGreaterThan(25);
    expect(hits(1).filter(Boolean).length).toBeLessThan(75);
    expect(hits(1)).toEqual(hits(1));
    expect(hits(1)).not.toEqual(hits(2));
  });
  test('strike only reads or only writes where that is asked for', () => {
    const faults = new Faults();
    faults.add({ kind: 'reset', rate: 1, on: 'writes' });
    expect([struck(faults).some(Boolean), struck(faults, 'PUT').every(Boolean)]).toEqual([false, true]);
    faults.clear();
    faults.add({ kind: 'reset', rate: 1, on: 'reads' });
    expect([struck(faults).every(Boolean), struck(faults, 'PUT').some(Boolean)]).toEqual([true, false]);
  });
});

describe('in process', () => {
  const post: WireRequest = { method: 'POST', path: 'projects', body: '{"project_name":"P"}' };

  test('an account answers without a socket, with either header', async () => {
    const account = createAccount();
    for (const auth of ['token', 'bearer'] as const)
      expect((await sandboxTransport(account, { auth }).send(post)).status).toBe(201);
    expect((await sandboxTransport(account, { token: 'no:1' }).send(post)).status).toBe(403);
  });
  test.each<[FaultKind, number]>([
    ['reset', 0],
    ['lostReply', 1],
    ['truncate', 1],
  ])('%s is a ConnectionError, with %i carried out', async (kind, made) => {
    const [account, faults] = [createAccount(), new Faults()];
    faults.next({ kind });
    const seen: (number | null)[] = [];
    const transport = sandboxTransport(account, { faults, onRequest: (_, status) => seen.push(status) });
    await expect(transport.send(post)).rejects.toThrow(ConnectionError);
    expect([account.list('projects').length, seen]).toEqual([made, [null]]);
    expect((await transport.send(post)).status).toBe(201);
  });
  test('a stalled request ends with the signal', async () => {
    const faults = new Faults();
    faults.next({ kind: 'stall' });
    const giving = new AbortController();
    const asked = sandboxTransport(createAccount(), { faults }).send({ ...post, signal: giving.signal });
    giving.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });
  test('an aborted request is not sent', async () => {
    const account = createAccount();
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(sandboxTransport(account).send({ ...post, signal })).rejects.toThrow('stop');
    expect(account.list('projects')).toEqual([]);
  });
  test('latency waits by the clock that is passed in', async () => {
    const waited: number[] = [];
    const faults = new Faults({ latency: 250 });
    const sleep = async (ms: number) => void waited.push(ms);
    await sandboxTransport(createAccount(), { faults, sleep }).send(post);
    expect(waited).toEqual([250]);
  });
});

test('the flags of a command line become options', () => {
  const options = sandboxOptionsFrom({
    port: 8080,
    experiments: 5,
    'fault-503': 0.1,
    'rate-limit': 9,
    'sparse-lists': true,
  });
  expect(options).toMatchObject({
    port: 8080,
    experimentsPerProject: 5,
    sparseLists: { projects: ['project_javascript'] },
  });
  const rates = (options.faults?.standing ?? []).filter(({ rate }) => rate > 0);
  expect(rates).toEqual([
    { kind: 'rateLimit', rate: 9, retryAfter: 1 },
    { kind: 'unavailable', rate: 0.1 },
  ]);
  expect(sandboxOptionsFrom({ 'all-faults': true }).faults?.standing?.every(({ rate }) => rate > 0)).toBe(
    true,
  );
});
