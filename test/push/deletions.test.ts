/** Rule 5 of "How a push decides": deleted on one side, edited on the other, for every kind of resource that can be. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import { disagreements } from './agreement.ts';
import type { Bench } from './bench.ts';
import { smallBench } from './small.ts';
import { type Subject, subjects } from './subjects.ts';

const deletable = subjects.filter((subject) => subject.deletable);
const deletes = (bench: Bench) => bench.writes().filter(({ method }) => method === 'DELETE');

async function sceneOf({ resource, id }: Subject) {
  const bench = await smallBench();
  return { bench, id: id(bench.small), there: () => bench.account.get(resource, id(bench.small)) };
}

describe.each(deletable)('$resource', (subject) => {
  const { resource, field, base, ours, theirs, other, otherBase, otherTheirs } = subject;

  it.each<[string, PushOptions]>([
    ['manual', {}],
    ['strict', { strict: true }],
  ])('deleted there, edited here: a conflict (%s)', async (_, options) => {
    const { bench, id } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.remove(resource, id);
    const report = await bench.push(options);
    expect(bench.writes()).toEqual([]);
    expect(report).toMatchObject({ exit: 3, pushed: [], failed: [], remaining: 1 });
    expect(report.conflicts).toMatchObject([
      { resource, entity_id: id, op: 'update', fields: [{ field, base, local: ours, remote: null }] },
    ]);
    expect(bench.waiting()).toMatchObject({ status: 'conflict', error: expect.stringContaining('deleted') });
    expect(bench.row(resource, id)).toMatchObject({ [field]: ours });
  });

  it.each(['push --on-conflict ours', 'resolve --ours'])(
    'deleted there, edited here: %s stays a conflict that says why',
    async (way) => {
      const { bench, id } = await sceneOf(subject);
      bench.set(resource, id, { [field]: ours });
      bench.account.remove(resource, id);
      await bench.push();
      if (way.startsWith('resolve')) bench.resolve({ kind: 'ours' });
      const report = await bench.push({ onConflict: way.startsWith('push') ? 'ours' : 'manual' });
      expect(report).toMatchObject({ exit: 3, conflicts: [{ entity_id: id }], remaining: 1 });
      expect(bench.waiting()).toMatchObject({ status: 'conflict', error: expect.stringMatching(/deleted/) });
      expect(bench.writes()).toEqual([]);
    },
  );

  it.each(['push --on-conflict theirs', 'resolve --theirs'])(
    'deleted there, edited here: %s gives the edit up, and the row goes',
    async (way) => {
      const { bench, id } = await sceneOf(subject);
      bench.set(resource, id, { [field]: ours });
      bench.account.remove(resource, id);
      await bench.push();
      if (way.startsWith('resolve')) bench.resolve({ kind: 'theirs' });
      const report = await bench.push({ onConflict: 'theirs' });
      expect(report).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
      expect(bench.row(resource, id)).toBeUndefined();
      expect(bench.outbox()).toEqual([]);
      expect(bench.log()).toMatchObject([{ outcome: 'theirs', changes: [{ field, local: ours }] }]);
      expect(bench.writes()).toEqual([]);
    },
  );

  it('deleted on both sides is converged, and nothing is sent, with or without a yes', async () => {
    const { bench, id } = await sceneOf(subject);
    bench.remove(resource, id);
    bench.account.remove(resource, id);
    expect(await bench.push()).toMatchObject({ exit: 0, pushed: [], conflicts: [], held: [], remaining: 0 });
    expect(bench.writes()).toEqual([]);
    expect(bench.log()).toMatchObject([{ op: 'delete', entity_id: id, outcome: 'converged' }]);
    expect(await disagreements(bench)).toEqual([]);
  });

  it.each<[string, PushOptions]>([
    ['manual', { yes: true }],
    ['strict', { yes: true, strict: true }],
  ])('edited there, deleted here: a conflict that shows what changed there (%s)', async (_, options) => {
    const { bench, id, there } = await sceneOf(subject);
    bench.remove(resource, id);
    bench.account.update(resource, id, { [field]: theirs, [other]: otherTheirs });
    const report = await bench.push(options);
    expect(bench.writes()).toEqual([]);
    expect(report).toMatchObject({ exit: 3, pushed: [], held: [], remaining: 1 });
    expect(report.conflicts).toMatchObject([{ resource, entity_id: id, op: 'delete' }]);
    expect(
      report.conflicts[0]?.fields.toSorted((a, b) => (a.field === field ? -1 : b.field === field ? 1 : 0)),
    ).toEqual([
      { field, base, local: null, remote: theirs },
      { field: other, base: otherBase, local: null, remote: otherTheirs },
    ]);
    expect(bench.waiting()).toMatchObject({ op: 'delete', status: 'conflict' });
    expect(there()).toBeDefined();
  });

  it.each(['push --on-conflict ours', 'resolve --ours'])(
    'edited there, deleted here: %s deletes',
    async (way) => {
      const { bench, id, there } = await sceneOf(subject);
      bench.remove(resource, id);
      bench.account.update(resource, id, { [field]: theirs });
      await bench.push();
      if (way.startsWith('resolve')) bench.resolve({ kind: 'ours' });
      const onConflict = way.startsWith('push') ? 'ours' : 'manual';
      expect(await bench.push({ onConflict })).toMatchObject({
        exit: 3,
        held: [{ op: 'delete' }],
        conflicts: [],
      });
      expect(there()).toBeDefined();
      expect(await bench.push({ onConflict, yes: true })).toMatchObject({ exit: 0, remaining: 0 });
      expect(deletes(bench)).toEqual([{ method: 'DELETE', path: `${resource}/${id}`, body: null }]);
      expect(there()).toBeUndefined();
      expect(await disagreements(bench)).toEqual([]);
    },
  );

  it.each(['push --on-conflict theirs', 'resolve --theirs'])(
    'edited there, deleted here: %s brings the row back as it is there',
    async (way) => {
      const { bench, id, there } = await sceneOf(subject);
      bench.remove(resource, id);
      bench.account.update(resource, id, { [field]: theirs });
      await bench.push();
      if (way.startsWith('resolve')) bench.resolve({ kind: 'theirs' });
      expect(await bench.push({ onConflict: 'theirs', yes: true })).toMatchObject({ exit: 0, remaining: 0 });
      expect(bench.writes()).toEqual([]);
      expect(there()).toMatchObject({ [field]: theirs });
      expect(bench.row(resource, id)).toMatchObject({ [field]: theirs });
      expect(bench.log()).toMatchObject([{ op: 'delete', outcome: 'theirs' }]);
      expect(await disagreements(bench)).toEqual([]);
    },
  );

  it('untouched there, deleted here: deleted, after a yes', async () => {
    const { bench, id, there } = await sceneOf(subject);
    bench.remove(resource, id);
    const { id: outbox_id } = bench.waiting();
    const first = await bench.push();
    expect(first).toMatchObject({ exit: 3, pushed: [], conflicts: [], remaining: 1 });
    expect(first.held).toEqual([
      {
        outbox_id,
        resource,
        entity_id: id,
        op: 'delete',
        method: 'DELETE',
        path: `${resource}/${id}`,
        body: null,
      },
    ]);
    expect(bench.writes()).toEqual([]);
    const second = await bench.push({ yes: true });
    expect(second.pushed).toEqual([{ outbox_id, resource, entity_id: id, op: 'delete', remote_id: id }]);
    expect(second).toMatchObject({ exit: 0, held: [], remaining: 0 });
    expect(there()).toBeUndefined();
    expect(bench.log()).toMatchObject([{ op: 'delete', outcome: 'sent', method: 'DELETE', status: 204 }]);
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('what the API does not delete, and yet is gone', () => {
  it('an audience that its list lacks: an edit of it is a conflict, which theirs gives up', async () => {
    const bench = await smallBench();
    const { audience } = bench.small;
    bench.set('audiences', audience, { name: 'ours' });
    bench.account.removeSilently('audiences', audience);
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: audience }] });
    expect(await bench.push({ onConflict: 'theirs' })).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.row('audiences', audience)).toBeUndefined();
  });

  it('a variation whose experiment is gone is gone with it', async () => {
    const bench = await smallBench();
    const { experiment, variation } = bench.small;
    bench.set('variations', variation, { weight: 1 });
    bench.account.remove('experiments', experiment);
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: variation }], failed: [] });
    expect(bench.waiting()).toMatchObject({ status: 'conflict', error: expect.stringContaining('deleted') });
  });

  it('what was read just before the experiment above it went is gone with it', async () => {
    const bench = await smallBench();
    const { experiment, schedule } = bench.small;
    bench.set('experiments', experiment, { description: 'ours' });
    bench.set('schedules', schedule, { stop_time: '2031-01-01T00:00:00Z' });
    const scheduleWasRead = Promise.withResolvers<void>();
    bench.wire.after = ({ path }) => {
      if (path === `schedules/${schedule}`) scheduleWasRead.resolve();
    };
    bench.wire.before = async ({ path }) => {
      if (path !== `experiments/${experiment}`) return;
      await scheduleWasRead.promise;
      if (bench.account.get('experiments', experiment)) bench.account.remove('experiments', experiment);
    };
    const report = await bench.push();
    expect(bench.writes()).toEqual([]);
    expect(report).toMatchObject({ exit: 3, failed: [], remaining: 2 });
    expect(report.conflicts.map(({ entity_id }) => entity_id)).toEqual([experiment, schedule]);
    expect(await bench.push({ onConflict: 'theirs' })).toMatchObject({ exit: 0, remaining: 0 });
    expect(await disagreements(bench)).toEqual([]);
  });

  it('what an earlier run took for gone is edited again where it is back', async () => {
    const bench = await smallBench();
    const { experiment, variation } = bench.small;
    bench.set('variations', variation, { weight: 1 });
    bench.wire.alter = ({ path }, body) => {
      if (!path.endsWith('/experiments')) return body;
      return JSON.stringify((JSON.parse(body) as JsonObject[]).filter(({ id }) => id !== experiment));
    };
    await bench.pull();
    expect(bench.waiting()).toMatchObject({ status: 'conflict', error: expect.stringContaining('deleted') });
    bench.wire.alter = undefined;
    expect(await bench.push({ onConflict: 'theirs' })).toMatchObject({ remaining: 0, pushed: [{}] });
    expect(bench.account.list('variations').find(({ id }) => id === variation)).toMatchObject({ weight: 1 });
  });

  it('a 404 alone deletes nothing: the API refused it, in its own words', async () => {
    const bench = await smallBench();
    const { goal } = bench.small;
    bench.set('goals', goal, { title: 'ours' });
    bench.sandbox.faults.next({
      kind: 'unavailable',
      status: 404,
      match: ({ path }) => path === `goals/${goal}`,
    });
    expect(await bench.push()).toMatchObject({ exit: 4, failed: [{ status: 404 }], conflicts: [] });
    expect(bench.waiting()).toMatchObject({ status: 'failed' });
    expect(bench.row('goals', goal)).toMatchObject({ title: 'ours' });
  });

  it('a list that lacks too much at once is not believed', async () => {
    const bench = await smallBench();
    const { project, goal } = bench.small;
    const goals = Array.from({ length: 14 }, (_, index) =>
      bench.account.create('goals', project, { title: `goal ${index}`, goal_type: 1, event: `e${index}` }),
    ).map(({ id }) => id as number);
    await bench.pull();
    for (const id of [goal, ...goals]) bench.set('goals', id, { title: `${id}` });
    for (const id of goals.slice(0, 12)) bench.account.removeSilently('goals', id);
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 4, conflicts: [], remaining: 12 });
    expect(report.failed).toHaveLength(12);
    expect(report.failed[0]?.message).toMatch(/lacks too many/);
    expect(bench.outbox().every(({ status }) => status === 'pending')).toBe(true);
  });
});
