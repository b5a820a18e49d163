/** Rule 7 of "How a push decides": dependent operations in order, independent ones side by side, and none too often. */
import { describe, expect, it } from 'vitest';
import type { Waiting } from '../../src/sync/push-order.ts';
import { planPush, type Step } from '../../src/sync/push-plan.ts';
import { startBench } from './bench.ts';
import { smallAccount, smallBench } from './small.ts';

const url = 'https://x.example/';

describe('a push', () => {
  it('sends parents before their children, and what is named before what names it', async () => {
    const bench = await smallBench();
    const project = bench.make('projects', { project_name: 'New' });
    const goal = bench.make('goals', { project_id: project, title: 'Buy', goal_type: 1, event: 'buy' });
    const audience = bench.make('audiences', { project_id: project, name: 'All' });
    const experiment = bench.make('experiments', {
      project_id: project,
      description: 'New',
      edit_url: url,
      audience_ids: [audience],
    });
    bench.make('schedules', { experiment_id: experiment, start_time: '2020-01-01T08:00:00Z' });
    bench.set('goals', goal, { experiment_ids: [experiment] });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    const sent = bench.writes().map(({ path }) => path.replace(/^.*\//, ''));
    const precedes = (a: string, b: string) => expect(sent.indexOf(a)).toBeLessThan(sent.indexOf(b));
    expect(sent).toHaveLength(5);
    precedes('projects', 'audiences');
    precedes('audiences', 'experiments');
    precedes('experiments', 'schedules');
    precedes('experiments', 'goals');
  });

  it('sends independent operations side by side, up to its limit and no further', async () => {
    const bench = await smallBench();
    const { goal, audience, dimension, experiment, other } = bench.small;
    for (const [resource, id] of [
      ['goals', goal],
      ['audiences', audience],
      ['dimensions', dimension],
    ] as const)
      bench.set(resource, id, { description: 'ours' });
    for (const id of [experiment, other]) bench.set('experiments', id, { custom_js: 'ours' });
    bench.sandbox.faults.latency = 20;
    let [now, most] = [0, 0];
    bench.wire.before = ({ method }) => {
      if (method === 'PUT') most = Math.max(most, ++now);
    };
    bench.wire.after = ({ method }) => {
      if (method === 'PUT') now--;
    };
    await bench.push({ concurrency: 3 });
    expect(most).toBe(3);
  });

  it('creates one after the other what lies below one parent', async () => {
    const bench = await smallBench();
    for (let index = 0; index < 5; index++)
      bench.make('audiences', { project_id: bench.small.project, name: `audience ${index}` });
    bench.sandbox.faults.latency = 5;
    await bench.push();
    expect(bench.wire.most).toBe(1);
    expect(bench.writes().map(({ body }) => body?.name)).toEqual(
      [0, 1, 2, 3, 4].map((index) => `audience ${index}`),
    );
  });

  it('leaves the children of a parent that failed pending, with that reason, and sends the rest', async () => {
    const bench = await smallBench();
    const { project, goal } = bench.small;
    const experiment = bench.make('experiments', { project_id: project, description: 'New', edit_url: url });
    bench.make('variations', { experiment_id: experiment, description: 'One' });
    bench.make('schedules', { experiment_id: experiment, start_time: '2020-01-01T08:00:00Z' });
    bench.set('goals', goal, { experiment_ids: [experiment] });
    bench.set('audiences', bench.small.audience, { name: 'ours' });
    bench.sandbox.faults.next({ kind: 'unavailable', status: 400, match: ({ method }) => method === 'POST' });
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 4, failed: [{ resource: 'experiments' }], remaining: 4 });
    expect(report.pushed?.map(({ resource }) => resource)).toEqual(['audiences']);
    const children = bench.outbox().filter(({ resource }) => resource !== 'experiments');
    expect(children.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending']);
    for (const { error } of children)
      expect(error).toBe(`waits for experiment ${experiment}, which is not created yet`);
    expect(await bench.push()).toMatchObject({ exit: 4, pushed: [], remaining: 4 });
    expect(bench.writes()).toEqual([]);
    bench.set('experiments', experiment, { description: 'Newer' });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  });

  it('makes room first: a name that was deleted or changed here can be taken again', async () => {
    const { account, project, dimension } = smallAccount();
    const gone = account.create('dimensions', project, { name: 'Gone' }).id as number;
    const bench = await startBench(account);
    bench.set('dimensions', dimension, { name: 'Plan B', client_api_name: 'b' });
    bench.remove('dimensions', gone);
    bench.make('dimensions', { project_id: project, name: 'Plan' });
    bench.make('dimensions', { project_id: project, name: 'Gone' });
    bench.sandbox.faults.latency = 2;
    expect(await bench.push()).toMatchObject({ exit: 3, failed: [], held: [{ op: 'delete' }], remaining: 2 });
    expect(bench.outbox().map(({ error }) => error)).toEqual([null, expect.stringMatching(/makes room/)]);
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(
      account
        .list('dimensions', project)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['Gone', 'Plan', 'Plan B']);
  });

  it('of what names something that is nowhere any more fails, and says so', async () => {
    const bench = await smallBench();
    bench.set('goals', bench.small.goal, { experiment_ids: [-77] });
    expect(await bench.push()).toMatchObject({
      exit: 4,
      failed: [{ message: expect.stringMatching(/-77/) }],
    });
    expect(bench.writes()).toEqual([]);
  });

  it('sends nothing that it has not looked at: an edit made after the look is looked at by itself', async () => {
    const bench = await smallBench();
    const { goal, audience } = bench.small;
    bench.set('goals', goal, { title: 'ours' });
    bench.during('GET', () => {
      bench.set('audiences', audience, { name: 'ours' });
      bench.account.update('audiences', audience, { name: 'theirs' });
    });
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: audience }] });
    expect(bench.account.get('audiences', audience)).toMatchObject({ name: 'theirs' });
    bench.during('PUT', () => bench.set('goals', goal, { description: 'ours' }));
    bench.set('goals', goal, { title: 'ours again' });
    await bench.push();
    expect(bench.account.get('goals', goal)).toMatchObject({ title: 'ours again', description: 'bought' });
  });
});

const waiting = (id: number, more: Partial<Waiting>): Waiting => ({
  ...{ id, resource: 'goals', entityId: -id, op: 'create', changes: [], originId: null, unique: {} },
  ...more,
});
const given = (field: string, local: number | string | number[]) => ({
  field,
  base: undefined,
  local,
  remote: undefined,
});
const order = (steps: readonly Step[]) => steps.map(({ outbox_id }) => outbox_id);

describe('a plan', () => {
  it('deletes from the leaves to the root, and creates from the root to the leaves', () => {
    const { steps } = planPush([
      waiting(1, { resource: 'experiments', op: 'delete', entityId: 5 }),
      waiting(2, { resource: 'goals', op: 'delete', entityId: 6 }),
      waiting(3, { resource: 'variations', changes: [given('experiment_id', -4)] }),
      waiting(4, { resource: 'experiments', changes: [given('project_id', 9)] }),
    ]);
    expect(order(steps)).toEqual([2, 1, 4, 3]);
    expect(steps.find(({ outbox_id }) => outbox_id === 3)?.needs).toEqual([4]);
  });

  it('names what nothing will create as unplannable, and waits for creates that can not be sent now', () => {
    const changes = [given('project_id', 9), given('experiment_ids', [-4])];
    expect(planPush([waiting(1, { changes })])).toMatchObject({ steps: [], unplannable: [{ outboxId: 1 }] });
    const standing = new Map([['experiments/-4', 8]]);
    expect(planPush([waiting(1, { changes })], standing)).toMatchObject({
      steps: [{ needs: [8] }],
      unplannable: [],
    });
  });

  it('never waits in a circle, whatever makes room for what', () => {
    const swap = (id: number, from: string, to: string) =>
      waiting(id, {
        resource: 'dimensions',
        op: 'update',
        entityId: id,
        changes: [given('name', to)],
        unique: { name: from },
      });
    const { steps } = planPush([swap(1, 'a', 'b'), swap(2, 'b', 'c'), swap(3, 'c', 'a')]);
    const place = new Map(order(steps).map((id, index) => [id, index]));
    for (const { outbox_id, needs, behind } of steps)
      for (const before of [...needs, ...behind])
        expect(place.get(before)).toBeLessThan(place.get(outbox_id) ?? 0);
  });
});
