/** Rule 8 of "How a push decides": what can't be taken back waits for a yes, and nothing else waits with it. */
import { describe, expect, it } from 'vitest';
import type { Planned } from '../../src/sync/report.ts';
import { startBench } from './bench.ts';
import { type SmallBench, smallAccount, smallBench } from './small.ts';

const held: [string, string, (bench: SmallBench) => void][] = [
  ['a delete', 'delete', (bench) => bench.remove('goals', bench.small.goal)],
  ['a start', 'update', (bench) => bench.set('experiments', bench.small.experiment, { status: 'Running' })],
  [
    'a create that runs at once',
    'create',
    (bench) =>
      bench.make('experiments', {
        project_id: bench.small.project,
        description: 'New',
        edit_url: 'https://x.example/',
        status: 'Running',
      }),
  ],
];

describe.each(held)('%s', (_, op, act) => {
  it('is held without a yes, and the rest is sent', async () => {
    const bench = await smallBench();
    act(bench);
    bench.set('audiences', bench.small.audience, { name: 'ours' });
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 3, held: [{ op }], failed: [], conflicts: [], remaining: 1 });
    expect(bench.writes()).toMatchObject([{ path: `audiences/${bench.small.audience}` }]);
    expect(bench.waiting()).toMatchObject({ op, status: 'pending' });
  });

  it('is sent with one', async () => {
    const bench = await smallBench();
    act(bench);
    expect(await bench.push({ yes: true })).toMatchObject({
      exit: 0,
      held: [],
      pushed: [{ op }],
      remaining: 0,
    });
  });

  it('is shown to whoever is asked, and sent after a yes', async () => {
    const bench = await smallBench();
    act(bench);
    const shown: (readonly Planned[])[] = [];
    const confirm = async (operations: readonly Planned[]) => {
      shown.push(operations);
      expect(bench.writes()).toEqual([]);
      return true;
    };
    expect(await bench.push({ confirm })).toMatchObject({
      exit: 0,
      held: [],
      pushed: [{ op }],
      remaining: 0,
    });
    expect(shown).toMatchObject([[{ op }]]);
  });

  it('is held after a no, which is not asked for again', async () => {
    const bench = await smallBench();
    act(bench);
    bench.set('audiences', bench.small.audience, { name: 'ours' });
    bench.sandbox.faults.next({ kind: 'unavailable', match: ({ method }) => method === 'PUT' });
    let asked = 0;
    const confirm = async () => {
      asked++;
      return false;
    };
    expect(await bench.push({ confirm })).toMatchObject({ exit: 3, held: [{ op }], remaining: 1 });
    expect(asked).toBe(1);
  });
});

describe('a yes', () => {
  it('is for what was shown: what comes up during the push is asked about by itself', async () => {
    const bench = await smallBench();
    const { goal, dimension, audience } = bench.small;
    bench.remove('goals', goal);
    bench.set('audiences', audience, { name: 'ours' });
    let late = false;
    bench.sandbox.faults.next({
      kind: 'unavailable',
      match: ({ method }) => {
        if (late || method !== 'PUT') return false;
        late = true;
        bench.remove('dimensions', dimension);
        return true;
      },
    });
    const shown: string[][] = [];
    const confirm = async (operations: readonly Planned[]) => {
      shown.push(operations.map(({ resource }) => resource));
      return shown.length === 1;
    };
    expect(await bench.push({ confirm })).toMatchObject({
      exit: 3,
      held: [{ resource: 'dimensions' }],
      remaining: 1,
    });
    expect(shown).toEqual([['goals'], ['dimensions']]);
    expect(bench.account.get('dimensions', dimension)).toBeDefined();
  });

  it('to a start is no yes to what the user made of it since', async () => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    bench.set('experiments', experiment, { status: 'Running' });
    const confirm = async () => {
      bench.remove('experiments', experiment);
      return true;
    };
    await bench.push({ confirm });
    expect(bench.account.get('experiments', experiment)).toMatchObject({ status: 'Not started' });
    expect(bench.waiting()).toMatchObject({ op: 'delete', status: 'pending' });
  });
});

describe('the children of what is held', () => {
  it('wait with it, and say for what', async () => {
    const bench = await smallBench();
    const { project } = bench.small;
    const running = {
      project_id: project,
      description: 'New',
      edit_url: 'https://x.example/',
      status: 'Running',
    };
    const experiment = bench.make('experiments', running);
    bench.make('variations', { experiment_id: experiment, description: 'One' });
    bench.set('goals', bench.small.goal, { experiment_ids: [experiment] });
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 3, pushed: [], failed: [], remaining: 3 });
    expect(report.held.map(({ resource }) => resource)).toEqual(['experiments']);
    expect(bench.writes()).toEqual([]);
    for (const { resource, status, error } of bench
      .outbox()
      .filter((row) => row.resource !== 'experiments')) {
      expect([resource, status]).toEqual([resource, 'pending']);
      expect(error).toMatch(/waits for experiment -\d+/);
    }
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
  });
});

describe('what is not held', () => {
  it.each([
    ['stopping an experiment', { status: 'Paused' }],
    ['archiving one', { status: 'Archived' }],
    ['an edit of one that runs', { description: 'ours' }],
  ])('%s', async (_, fields) => {
    const { account, experiment } = smallAccount();
    account.update('experiments', experiment, { status: 'Running' });
    const bench = await startBench(account);
    bench.set('experiments', experiment, fields);
    expect(await bench.push()).toMatchObject({ exit: 0, held: [], remaining: 0 });
  });

  it('a start of what somebody else has started meanwhile', async () => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    bench.set('experiments', experiment, { status: 'Running', description: 'ours' });
    bench.account.update('experiments', experiment, { status: 'Running' });
    expect(await bench.push()).toMatchObject({ exit: 0, held: [], remaining: 0 });
    expect(bench.writes()).toMatchObject([{ body: { description: 'ours' } }]);
  });
});
