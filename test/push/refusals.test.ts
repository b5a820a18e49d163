/** Rule 9 of "How a push decides": no answer of the API, and no lack of one, ever throws an edit away. */
import { describe, expect, it } from 'vitest';
import { entityNames } from '../../src/api/resources.ts';
import { outboxRows } from '../../src/db/outbox.ts';
import { BadRequestError, TokenError } from '../../src/errors.ts';
import type { SandboxRequest } from '../../src/sandbox/index.ts';
import { retryEdits } from '../../src/sync/drop.ts';
import type { Bench } from './bench.ts';
import { type Small, smallBench } from './small.ts';
import { subjects } from './subjects.ts';
import { noon } from './wire.ts';

type Method = 'PUT' | 'POST' | 'DELETE';
const isMethod = (method: Method) => (request: SandboxRequest) => request.method === method;
const retry = (bench: Bench) => retryEdits(bench.db, [bench.waiting().id], new Date(noon).toISOString());

/** One operation of each kind, and what it is on the wire. */
const operations: { op: string; method: Method; act: (bench: Bench & { small: Small }) => void }[] = [
  { op: 'update', method: 'PUT', act: (bench) => bench.set('goals', bench.small.goal, { title: 'ours' }) },
  { op: 'delete', method: 'DELETE', act: (bench) => bench.remove('goals', bench.small.goal) },
  {
    op: 'create',
    method: 'POST',
    act: (bench) => bench.make('audiences', { project_id: bench.small.project, name: 'Tablets' }),
  },
];

describe.each(operations)('$op', ({ op, method, act }) => {
  it.each([400, 403, 404, 409])(
    'refused with %i: failed, with the words of the API, and kept',
    async (status) => {
      const bench = await smallBench();
      act(bench);
      bench.sandbox.faults.next({ kind: 'unavailable', status, match: isMethod(method) });
      const report = await bench.push({ yes: true });
      expect(report).toMatchObject({ exit: 4, pushed: [], conflicts: [], held: [], remaining: 1 });
      expect(report.failed).toMatchObject([{ op, status, message: `${status} The service is overloaded` }]);
      expect(bench.waiting()).toMatchObject({
        op,
        status: 'failed',
        error: `${status} The service is overloaded`,
      });
      expect(bench.writes()).toHaveLength(1);
      expect(bench.log()).toEqual([]);
    },
  );

  it('once refused is not sent again by itself, and still is reported', async () => {
    const bench = await smallBench();
    act(bench);
    bench.sandbox.faults.next({ kind: 'unavailable', status: 400, match: isMethod(method) });
    await bench.push({ yes: true });
    expect(await bench.push({ yes: true })).toMatchObject({
      exit: 4,
      failed: [{ op, status: 400 }],
      remaining: 1,
    });
    expect(bench.sandbox.requests).toEqual([]);
  });

  it('once refused is sent again after a retry', async () => {
    const bench = await smallBench();
    act(bench);
    bench.sandbox.faults.next({ kind: 'unavailable', status: 400, match: isMethod(method) });
    await bench.push({ yes: true });
    retry(bench);
    expect(bench.waiting()).toMatchObject({ status: 'pending', error: null });
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, pushed: [{ op }], remaining: 0 });
  });

  it.each([
    ['429', { kind: 'rateLimit', retryAfter: 1 }],
    ['500', { kind: 'unavailable', status: 500 }],
    ['503', { kind: 'unavailable' }],
    ['a broken connection', { kind: 'reset' }],
  ] as const)('turned away by %s: pending, reported, and ended with 4', async (_, fault) => {
    const bench = await smallBench();
    act(bench);
    bench.sandbox.faults.next({ ...fault, match: isMethod(method), times: 99 });
    const report = await bench.push({ yes: true });
    expect(report).toMatchObject({ exit: 4, pushed: [], failed: [{ op }], remaining: 1 });
    expect(bench.waiting()).toMatchObject({ op, status: 'pending', error: expect.stringMatching(/./) });
    bench.sandbox.faults.clear();
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, failed: [], remaining: 0 });
    expect(bench.outbox()).toEqual([]);
  });

  it('is sent in the same push once the API is there again', async () => {
    const bench = await smallBench();
    act(bench);
    bench.sandbox.faults.next({ kind: 'unavailable', match: isMethod(method) });
    expect(await bench.push({ yes: true })).toMatchObject({
      exit: 0,
      pushed: [{ op }],
      failed: [],
      remaining: 0,
    });
  });

  it('without a network stays pending, and ends with 4', async () => {
    const bench = await smallBench();
    act(bench);
    await bench.sandbox.close();
    const report = await bench.push({ yes: true });
    expect(report).toMatchObject({ exit: 4, pushed: [], failed: [{ op, status: null }], remaining: 1 });
    expect(bench.waiting()).toMatchObject({ op, status: 'pending' });
    Object.assign(bench.sandbox, { close: async () => {} });
  });

  it('with a token that is refused stays pending, and nothing else is tried', async () => {
    const bench = await smallBench();
    act(bench);
    bench.sandbox.faults.next({ kind: 'unavailable', status: 401, match: isMethod(method) });
    await expect(bench.push({ yes: true })).rejects.toThrow(TokenError);
    expect(bench.waiting()).toMatchObject({ op, status: 'pending' });
    expect(bench.writes()).toHaveLength(1);
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, pushed: [{ op }], remaining: 0 });
  });
});

describe.each(subjects)('an update of $resource', ({ resource, id, field, ours, third, theirs }) => {
  it('that was refused is sent again after another edit of it', async () => {
    const bench = await smallBench();
    bench.set(resource, id(bench.small), { [field]: ours });
    bench.sandbox.faults.next({ kind: 'unavailable', status: 400, match: isMethod('PUT') });
    expect(await bench.push()).toMatchObject({ exit: 4, failed: [{ status: 400 }] });
    bench.set(resource, id(bench.small), { [field]: third });
    expect(bench.waiting()).toMatchObject({ status: 'pending' });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes().map(({ body }) => body)).toEqual([{ [field]: third }]);
  });

  it('that was refused is checked for conflicts before it is sent again', async () => {
    const bench = await smallBench();
    bench.set(resource, id(bench.small), { [field]: ours });
    bench.sandbox.faults.next({ kind: 'unavailable', status: 400, match: isMethod('PUT') });
    await bench.push();
    bench.account.update(resource, id(bench.small), { [field]: theirs });
    retry(bench);
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ resource }], failed: [] });
  });
});

describe('what the API really refuses', () => {
  it('comes with its words: a name that is taken', async () => {
    const bench = await smallBench();
    bench.account.create('dimensions', bench.small.project, { name: 'Taken' });
    bench.make('dimensions', { project_id: bench.small.project, name: 'Taken' });
    const refused = await bench.client.api
      .create('dimensions', bench.small.project, { name: 'Taken' })
      .catch((error) => error);
    expect(refused).toBeInstanceOf(BadRequestError);
    const { failed } = await bench.push();
    expect(failed).toMatchObject([
      { status: 400, message: `400 ${(refused as BadRequestError).apiMessage}` },
    ]);
    expect(failed[0]?.message).toMatch(/name/);
  });

  it('to be read, it is not asked to write', async () => {
    const bench = await smallBench();
    bench.set('goals', bench.small.goal, { title: 'ours' });
    bench.account.forbid(`goals/${bench.small.goal}`);
    expect(await bench.push()).toMatchObject({ exit: 4, failed: [{ status: 403 }] });
    expect(bench.writes()).toEqual([]);
    bench.account.allow();
    retry(bench);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  });

  it('to be read while it is in conflict, it stays in conflict: nothing was sent that could have been refused', async () => {
    const bench = await smallBench();
    const { goal, account } = bench.small;
    bench.set('goals', goal, { title: 'ours' });
    account.update('goals', goal, { title: 'theirs' });
    expect(await bench.push()).toMatchObject({ exit: 3 });
    account.forbid(`goals/${goal}`);
    for (const dryRun of [true, false]) {
      const report = await bench.push({ onConflict: 'theirs', dryRun });
      expect(report).toMatchObject({ exit: 3, failed: [], conflicts: [{ outbox_id: 1 }] });
      // It says why nothing was decided.
      expect(report.unread).toMatchObject([{ outbox_id: 1, op: 'update', status: 403 }]);
    }
    expect(bench.waiting()).toMatchObject({ status: 'conflict', changes: [{ remote: 'theirs' }] });
    account.allow();
    bench.resolve({ kind: 'ours' });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0, unread: [] });
    expect(account.get('goals', goal)).toMatchObject({ title: 'ours' });
  });

  it('as a whole, the list of projects, refuses the token', async () => {
    const bench = await smallBench();
    bench.make('projects', { project_name: 'New' });
    bench.account.forbid('projects');
    await expect(bench.push()).rejects.toThrow(TokenError);
    expect(bench.waiting()).toMatchObject({ status: 'pending' });
  });

  it('whatever it is asked for, refuses the token: no edit is refused for that', async () => {
    const bench = await smallBench();
    bench.set('goals', bench.small.goal, { title: 'ours' });
    bench.make('dimensions', { project_id: bench.small.project, name: 'New' });
    for (const plural of entityNames) bench.account.forbid(plural);
    for (const dryRun of [true, false]) {
      await expect(bench.push({ dryRun })).rejects.toThrow(TokenError);
      expect(outboxRows(bench.db)).toMatchObject([{ status: 'pending' }, { status: 'pending' }]);
    }
    bench.account.allow();
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  });

  it('leaves everything else to be sent', async () => {
    const bench = await smallBench();
    const { goal, audience, dimension } = bench.small;
    for (const [resource, id] of [
      ['goals', goal],
      ['audiences', audience],
      ['dimensions', dimension],
    ] as const)
      bench.set(resource, id, { description: 'ours' });
    bench.sandbox.faults.next({
      kind: 'unavailable',
      status: 400,
      match: ({ path, method }) => method === 'PUT' && path.startsWith('audiences'),
    });
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 4, failed: [{ resource: 'audiences' }], remaining: 1 });
    expect(report.pushed?.map(({ resource }) => resource).toSorted()).toEqual(['dimensions', 'goals']);
  });
});

describe('a list that can not be read', () => {
  it('leaves what waits below it pending, and the rest is sent', async () => {
    const bench = await smallBench();
    const { project, goal } = bench.small;
    const made = bench.make('audiences', { project_id: project, name: 'Tablets' });
    bench.set('goals', goal, { title: 'ours' });
    bench.sandbox.faults.next({
      kind: 'unavailable',
      match: ({ path }) => path.endsWith('/audiences'),
      times: 99,
    });
    const report = await bench.push();
    expect(report).toMatchObject({
      exit: 4,
      pushed: [{ resource: 'goals' }],
      failed: [{ entity_id: made, status: 503 }],
    });
    expect(bench.waiting()).toMatchObject({ op: 'create', status: 'pending' });
  });
});

describe('somebody who stops a push', () => {
  it('keeps what is done, and what was on the wire is looked at by the next one', async () => {
    const bench = await smallBench();
    const stop = new AbortController();
    bench.set('goals', bench.small.goal, { title: 'ours' });
    bench.during('PUT', () => stop.abort());
    await expect(bench.push({ signal: stop.signal })).rejects.toThrow(/interrupted/);
    expect(bench.waiting()).toMatchObject({ status: 'pending' });
    expect(bench.rows("SELECT status FROM sync_runs WHERE kind = 'push'")).toEqual([
      { status: 'interrupted' },
    ]);
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 0, pushed: [{ resource: 'goals' }], remaining: 0 });
    expect(bench.account.get('goals', bench.small.goal)).toMatchObject({ title: 'ours' });
  });
});
