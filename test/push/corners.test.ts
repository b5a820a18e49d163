/** Corners in which an edit could be lost, sent twice or sent unasked: each was, or could have been. */
import { describe, expect, it } from 'vitest';
import { TokenError } from '../../src/errors.ts';
import type { FaultKind } from '../../src/sandbox/index.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import { disagreements, temporaryIds } from './agreement.ts';
import { type Bench, startBench } from './bench.ts';
import { type SmallBench, smallAccount, smallBench } from './small.ts';

const now = '2016-06-10T12:00:00.000Z';
const url = 'https://x.example/';

/** Lets the first request of that method come to its end after `act`. */
function meanwhile(bench: Bench, method: string, kind: FaultKind | null, act: () => void): void {
  let done = false;
  const match = (request: { method: string }) => {
    if (done || request.method !== method) return false;
    done = true;
    act();
    return kind !== null;
  };
  bench.sandbox.faults.next({ kind: kind ?? 'reset', match });
}

describe('a null', () => {
  it('that was sent is the base of what was edited since', async () => {
    const bench = await smallBench();
    const { variation } = bench.small;
    bench.set('variations', variation, { weight: null });
    meanwhile(bench, 'PUT', null, () => bench.set('variations', variation, { weight: 7 }));
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 1 });
    expect(bench.waiting()).toMatchObject({ status: 'pending', changes: [{ base: null, local: 7 }] });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.account.get('variations', variation)).toMatchObject({ weight: 7 });
  });

  it('is sent as one, and converges with one', async () => {
    const bench = await smallBench();
    const { project, variation } = bench.small;
    bench.set('variations', variation, { weight: null });
    bench.set('projects', project, { ip_filter: null });
    bench.account.update('projects', project, { ip_filter: null });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes().map(({ body }) => body)).toEqual([{ weight: null }]);
  });
});

describe('a create that a pull showed', () => {
  it('and both of whose rows were edited leaves no temporary id, and conflicts where a colleague was there', async () => {
    const bench = await smallBench();
    const { project } = bench.small;
    const temporary = bench.make('goals', {
      project_id: project,
      title: 'Buy',
      goal_type: 1,
      event: 'buy',
      description: 'sent',
    });
    let down = false;
    bench.sandbox.faults.next({
      kind: 'lostReply',
      times: 999,
      match: ({ method }) => {
        down ||= method === 'POST';
        return down;
      },
    });
    await bench.push();
    bench.sandbox.faults.clear();
    await bench.pull();
    const real = bench.account.list('goals').find(({ title }) => title === 'Buy')?.id as number;
    bench.set('goals', real, { addable: false });
    bench.set('goals', temporary, { archived: true, description: 'late' });
    bench.account.update('goals', real, { archived: true, description: 'theirs' });
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ op: 'create' }] });
    const create = bench.outbox().find(({ op }) => op === 'create');
    bench.resolve({ kind: 'adopt', remoteId: real }, create?.id);
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: real }], remaining: 1 });
    expect(bench.waiting().changes.find(({ field }) => field === 'description')).toMatchObject({
      base: 'sent',
      local: 'late',
      remote: 'theirs',
    });
    expect(temporaryIds(bench)).toEqual([]);
    expect(await bench.push({ onConflict: 'ours' })).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.account.get('goals', real)).toMatchObject({
      archived: true,
      description: 'late',
      addable: false,
    });
  });
});

describe('a token', () => {
  it('that is refused while a list is completed ends the push', async () => {
    const { account, project } = smallAccount({ sparseLists: { projects: ['project_javascript'] } });
    const other = account.create('projects', null, { project_name: 'B' }).id as number;
    const bench = await startBench(account);
    for (const id of [project, other]) bench.set('projects', id, { project_javascript: 'ours()' });
    account.update('projects', other, {});
    bench.sandbox.faults.next({
      kind: 'unavailable',
      status: 401,
      match: ({ path }) => /^projects\/\d+/.test(path),
    });
    await expect(bench.push()).rejects.toThrow(TokenError);
    expect(bench.writes()).toEqual([]);
    expect(bench.outbox().map(({ status }) => status)).toEqual(['pending', 'pending']);
  });
});

describe('a parent that is deleted here while something below it is on the wire', () => {
  const scenes: [string, string, (bench: SmallBench) => void][] = [
    ['an update', 'PUT', (bench) => bench.set('variations', bench.small.variation, { weight: 1 })],
    [
      'a create',
      'POST',
      (bench) => bench.make('variations', { experiment_id: bench.small.experiment, description: 'Third' }),
    ],
  ];
  const ends: (FaultKind | null)[] = [null, 'lostReply', 'reset'];
  const cases = scenes.flatMap(([name, method, act]) => ends.map((end) => ({ name, method, act, end })));

  it.each(cases)(
    '$name ($end): dropping that delete brings back what is left of it',
    async ({ method, act, end }) => {
      const bench = await smallBench();
      const { experiment } = bench.small;
      act(bench);
      meanwhile(bench, method, end, () => bench.remove('experiments', experiment));
      await bench.push();
      const removal = bench.outbox().find(({ op }) => op === 'delete');
      dropEdits(bench.db, [removal?.id as number], now);
      await bench.push();
      expect(bench.outbox()).toEqual([]);
      const there = bench.account.list('variations', experiment);
      expect(there.filter(({ weight, description }) => weight === 1 || description === 'Third')).toHaveLength(
        1,
      );
      expect(await disagreements(bench)).toEqual([]);
      expect(temporaryIds(bench)).toEqual([]);
    },
  );

  it.each(cases)('$name ($end): the delete ends it', async ({ method, act, end }) => {
    const bench = await smallBench();
    act(bench);
    meanwhile(bench, method, end, () => bench.remove('experiments', bench.small.experiment));
    await bench.push();
    await bench.push({ yes: true });
    expect(bench.outbox()).toEqual([]);
    expect(bench.rows('SELECT * FROM outbox_set_aside')).toEqual([]);
    expect(bench.account.get('experiments', bench.small.experiment)).toBeUndefined();
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('many deletes whose answers were all lost', () => {
  it('are found to be done, although the list lacks many at once', async () => {
    const { account, project } = smallAccount();
    const goals = Array.from({ length: 20 }, (_, index) =>
      account.create('goals', project, { title: `goal ${index}`, goal_type: 1, event: `e${index}` }),
    ).map(({ id }) => id as number);
    const bench = await startBench(account);
    for (const id of goals) bench.remove('goals', id);
    bench.sandbox.faults.next({ kind: 'lostReply', times: 99, match: ({ method }) => method === 'DELETE' });
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes()).toHaveLength(20);
  });
});

describe('an entity that comes back', () => {
  it('ends the conflict about its deletion', async () => {
    const bench = await smallBench();
    const { audience } = bench.small;
    const was = bench.account.get('audiences', audience);
    bench.set('audiences', audience, { name: 'ours' });
    bench.sandbox.faults.next({
      kind: 'unavailable',
      status: 404,
      match: ({ path }) => path === `audiences/${audience}`,
    });
    const list = bench.account.handle.bind(bench.account);
    bench.account.handle = (request) => {
      const answer = list(request);
      if (!request.path.endsWith('/audiences')) return answer;
      return {
        ...answer,
        body: JSON.stringify(
          (JSON.parse(answer.body) as { id: number }[]).filter(({ id }) => id !== audience),
        ),
      };
    };
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: audience }] });
    bench.account.handle = list;
    expect(was).toBeDefined();
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.account.get('audiences', audience)).toMatchObject({ name: 'ours' });
  });
});

describe('an edit that was taken back while the push was about to send it', () => {
  it('is not sent', async () => {
    const bench = await smallBench();
    const { goal, audience, dimension } = bench.small;
    for (const [resource, id] of [
      ['goals', goal],
      ['audiences', audience],
      ['dimensions', dimension],
    ] as const)
      bench.set(resource, id, { description: 'ours' });
    meanwhile(bench, 'PUT', null, () => {
      bench.set('audiences', audience, { description: 'small' });
      bench.set('dimensions', dimension, { description: 'what' });
      bench.set('goals', goal, { description: 'bought' });
    });
    await bench.push({ concurrency: 1 });
    expect(bench.writes()).toHaveLength(1);
    await bench.push();
    expect(bench.outbox()).toEqual([]);
    for (const [resource, id, description] of [
      ['goals', goal, 'bought'],
      ['audiences', audience, 'small'],
      ['dimensions', dimension, 'what'],
    ] as const)
      expect(bench.account.get(resource, id)).toMatchObject({ description });
  });

  it('in all but the order of its ids sends nothing', async () => {
    const bench = await smallBench();
    const { goal, experiment, other, audience } = bench.small;
    bench.account.update('goals', goal, { experiment_ids: [experiment, other] });
    await bench.pull();
    bench.set('audiences', audience, { description: 'ours' });
    bench.set('goals', goal, { experiment_ids: [experiment] });
    meanwhile(bench, 'PUT', null, () => bench.set('goals', goal, { experiment_ids: [other, experiment] }));
    await bench.push({ concurrency: 1 });
    await bench.push();
    expect(bench.outbox()).toEqual([]);
    expect(bench.account.get('goals', goal)).toMatchObject({
      experiment_ids: expect.arrayContaining([experiment, other]),
    });
  });
});

describe('a create below a parent that a lost reply hid', () => {
  it('is compared with what is there by now before it is sent', async () => {
    const bench = await smallBench();
    const project = bench.make('projects', { project_name: 'New' });
    bench.make('experiments', { project_id: project, description: 'First', edit_url: url });
    let down = false;
    bench.sandbox.faults.next({
      kind: 'lostReply',
      times: 999,
      match: ({ method }) => {
        down ||= method === 'POST';
        return down;
      },
    });
    await bench.push();
    bench.sandbox.faults.clear();
    const real = bench.account.list('projects').find(({ project_name }) => project_name === 'New')
      ?.id as number;
    bench.account.create('experiments', real, { description: 'First', edit_url: url });
    bench.sandbox.faults.next({ kind: 'lostReply', match: ({ method }) => method === 'POST' });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.account.list('experiments', real)).toHaveLength(2);
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('an operation that is dropped', () => {
  const scenes: [string, string, (bench: SmallBench) => void][] = [
    ['an update', 'PUT', (bench) => bench.set('goals', bench.small.goal, { title: 'ours' })],
    ['a delete', 'DELETE', (bench) => bench.remove('goals', bench.small.goal)],
    [
      'a create',
      'POST',
      (bench) => bench.make('audiences', { project_id: bench.small.project, name: 'New' }),
    ],
  ];
  const ends: (FaultKind | null)[] = [null, 'lostReply', 'reset'];

  it.each(scenes.flatMap(([name, method, act]) => ends.map((end) => ({ name, method, act, end }))))(
    'while it is on the wire ($name, $end) is as the API has it in the end, and never sent again',
    async ({ method, act, end }) => {
      const bench = await smallBench();
      act(bench);
      meanwhile(bench, method, end, () => dropEdits(bench.db, [bench.waiting().id], now));
      await bench.push({ yes: true });
      expect(bench.writes()).toHaveLength(1);
      await bench.push({ yes: true });
      expect(bench.writes()).toEqual([]);
      expect(bench.outbox()).toEqual([]);
      expect(await disagreements(bench)).toEqual([]);
    },
  );

  it.each(scenes)(
    'after its answer was lost (%s) is as the API has it after a pull',
    async (_, method, act) => {
      const bench = await smallBench();
      act(bench);
      let down = false;
      bench.sandbox.faults.next({
        kind: 'lostReply',
        times: 999,
        match: (request) => {
          down ||= request.method === method;
          return down;
        },
      });
      await bench.push({ yes: true });
      bench.sandbox.faults.clear();
      dropEdits(bench.db, [bench.waiting().id], now);
      expect(bench.outbox()).toEqual([]);
      expect(await disagreements(bench)).toEqual([]);
      expect(temporaryIds(bench).filter((text) => !text.startsWith('push_log'))).toEqual([]);
    },
  );
});
