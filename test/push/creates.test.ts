/** Rule 6 of "How a push decides": creates that are lost, found again, doubted, adopted, and what comes with them. */
import { describe, expect, it } from 'vitest';
import { dropEdits } from '../../src/sync/drop.ts';
import {
  type Bench,
  disagreements,
  type Small,
  smallAccount,
  smallBench,
  startBench,
  temporaryIds,
} from './bench.ts';

type SmallBench = Bench & { readonly small: Small };
const url = 'https://x.example/';
const now = '2016-06-10T12:00:00.000Z';

const goal = (bench: SmallBench, title = 'Buy') =>
  bench.make('goals', { project_id: bench.small.project, title, goal_type: 1, event: 'buy' });
const named = (bench: Bench, title = 'Buy') =>
  bench.account.list('goals').filter((each) => each.title === title);
const posts = (bench: Bench) => bench.writes().filter(({ method }) => method === 'POST');

/** Loses the answer to the first POST, after `act`, and lets nothing else through, as a process that dies then. */
async function loseCreate(bench: Bench, { applied = true, act = () => {} } = {}): Promise<void> {
  let down = false;
  bench.sandbox.faults.next({
    kind: applied ? 'lostReply' : 'reset',
    match: ({ method }) => {
      if (method === 'POST') act();
      down ||= method === 'POST';
      return method === 'POST';
    },
  });
  bench.sandbox.faults.next({ kind: 'reset', times: 999, match: () => down });
  expect(await bench.push()).toMatchObject({ exit: 4, pushed: [] });
  bench.sandbox.faults.clear();
}

describe('a create whose answer was lost', () => {
  it('is found among its new siblings and adopted, not sent again', async () => {
    const bench = await smallBench();
    const temporary = goal(bench);
    const { id: outbox_id } = bench.waiting();
    await loseCreate(bench);
    const report = await bench.push();
    const [there] = named(bench);
    expect(report.pushed).toEqual([
      { outbox_id, resource: 'goals', entity_id: temporary, op: 'create', remote_id: there?.id },
    ]);
    expect(report).toMatchObject({ exit: 0, remaining: 0 });
    expect(posts(bench)).toEqual([]);
    expect(bench.log()).toMatchObject([
      { op: 'create', outcome: 'sent', method: 'POST', status: null, entity_id: there?.id },
    ]);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('and did not arrive is sent again', async () => {
    const bench = await smallBench();
    goal(bench);
    await loseCreate(bench, { applied: false });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(posts(bench)).toHaveLength(1);
    expect(named(bench)).toHaveLength(1);
  });

  it.each([
    ['429', { kind: 'rateLimit', retryAfter: 1, applied: true }],
    ['503', { kind: 'unavailable', applied: true }],
    ['500', { kind: 'unavailable', status: 500, applied: true }],
    ['a body that is no JSON', { kind: 'garbage' }],
    ['an answer cut short', { kind: 'truncate' }],
  ] as const)('in %s although it was carried out is found in the same push', async (_, fault) => {
    const bench = await smallBench();
    goal(bench);
    bench.sandbox.faults.next({ ...fault, match: ({ method }) => method === 'POST' });
    expect(await bench.push()).toMatchObject({ exit: 0, pushed: [{ op: 'create' }], remaining: 0 });
    expect(posts(bench)).toHaveLength(1);
    expect(named(bench)).toHaveLength(1);
  });

  it('is found where the list leaves out fields that were sent', async () => {
    const { account } = smallAccount({ sparseLists: { projects: ['project_javascript', 'ip_filter'] } });
    const bench = await startBench(account);
    bench.make('projects', { project_name: 'New', project_javascript: 'x()', ip_filter: '1.1.1.1' });
    await loseCreate(bench);
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(account.list('projects').filter(({ project_name }) => project_name === 'New')).toHaveLength(1);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('is found where the server filled in what conditions left out', async () => {
    const bench = await smallBench();
    bench.make('experiments', {
      ...{ project_id: bench.small.project, description: 'New', edit_url: url },
      url_conditions: [{ match_type: 'regex', value: '.*' }],
    });
    await loseCreate(bench);
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
  });

  it('is not taken for one that a colleague made before it was sent', async () => {
    const bench = await smallBench();
    bench.account.create('goals', bench.small.project, { title: 'Buy', goal_type: 1, event: 'buy' });
    goal(bench);
    await loseCreate(bench, { applied: false });
    expect(await bench.push()).toMatchObject({ exit: 0, pushed: [{ op: 'create' }], remaining: 0 });
    expect(posts(bench)).toHaveLength(1);
    expect(named(bench)).toHaveLength(2);
  });

  it('is not taken for one that a colleague made since under another name', async () => {
    const bench = await smallBench();
    goal(bench);
    await loseCreate(bench, {
      act: () =>
        bench.account.create('goals', bench.small.project, { title: 'Theirs', goal_type: 1, event: 'buy' }),
    });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(posts(bench)).toEqual([]);
    expect([named(bench).length, named(bench, 'Theirs').length]).toEqual([1, 1]);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('under a project that was created before it is not taken for what came with that', async () => {
    const bench = await smallBench();
    const project = bench.make('projects', { project_name: 'New' });
    bench.make('goals', { project_id: project, title: 'Engagement', goal_type: 1, event: 'buy' });
    bench.sandbox.faults.next({
      kind: 'lostReply',
      match: ({ method, path }) => method === 'POST' && path.endsWith('goals'),
    });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    const made = bench.account.list('projects').find(({ project_name }) => project_name === 'New')
      ?.id as number;
    const titles = ['Engagement', 'Engagement', 'Total Revenue'];
    expect(
      bench.account
        .list('goals', made)
        .map(({ title }) => title)
        .toSorted(),
    ).toEqual(titles);
    expect(bench.rows(`SELECT title FROM goals WHERE project_id = ${made} ORDER BY title`)).toEqual(
      titles.map((title) => ({ title })),
    );
  });

  it('waits where what is new there can not be read', async () => {
    const bench = await smallBench();
    goal(bench);
    await loseCreate(bench);
    bench.account.plant('goals', named(bench)[0]?.id as number, { archived: 'perhaps' });
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ op: 'create' }] });
    expect(posts(bench)).toEqual([]);
  });

  it('of a parent that is gone since is refused by the API, and can be dropped', async () => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    bench.make('variations', { experiment_id: experiment, description: 'One' });
    await loseCreate(bench);
    bench.account.remove('experiments', experiment);
    expect(await bench.push()).toMatchObject({
      exit: 4,
      failed: [{ op: 'create', status: 404 }],
      remaining: 1,
    });
    dropEdits(bench.db, [bench.waiting().id], now);
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('a doubtful create', () => {
  async function doubtful(applied: boolean, event: string): Promise<SmallBench> {
    const bench = await smallBench();
    goal(bench);
    await loseCreate(bench, {
      applied,
      act: () => bench.account.create('goals', bench.small.project, { title: 'Buy', goal_type: 1, event }),
    });
    return bench;
  }

  it.each([
    ['of the same name, beside ours', true, 'other', 2],
    ['of the same name, and ours did not arrive', false, 'other', 1],
    ['that is its twin, beside ours', true, 'buy', 2],
  ] as const)('waits for a person where a colleague made one %s', async (_, applied, event, candidates) => {
    const bench = await doubtful(applied, event);
    const report = await bench.push();
    expect(report).toMatchObject({
      exit: 3,
      conflicts: [{ op: 'create', resource: 'goals' }],
      failed: [],
      remaining: 1,
    });
    expect(posts(bench)).toEqual([]);
    for (const { id } of named(bench)) expect(bench.waiting().error).toContain(String(id));
    expect(named(bench)).toHaveLength(candidates);
    for (const onConflict of ['ours', 'theirs'] as const)
      expect(await bench.push({ onConflict, yes: true })).toMatchObject({ exit: 3, remaining: 1 });
    expect(posts(bench)).toEqual([]);
  });

  it('is adopted where a person says which one it is', async () => {
    const bench = await doubtful(true, 'other');
    await bench.push();
    const ours = named(bench).find(({ event }) => event === 'buy')?.id as number;
    bench.resolve({ kind: 'adopt', remoteId: ours });
    expect(await bench.push()).toMatchObject({
      exit: 0,
      pushed: [{ op: 'create', remote_id: ours }],
      remaining: 0,
    });
    expect(posts(bench)).toEqual([]);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('is asked about again where what was to be adopted is not there', async () => {
    const bench = await doubtful(true, 'other');
    await bench.push();
    bench.resolve({ kind: 'adopt', remoteId: 4711 });
    expect(await bench.push()).toMatchObject({ exit: 3, remaining: 1 });
    expect(bench.waiting().error).toContain('4711');
    bench.resolve({ kind: 'adopt', remoteId: named(bench)[0]?.id as number });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  });

  it('is sent anew where a person says that it is none of them', async () => {
    const bench = await doubtful(false, 'other');
    await bench.push();
    bench.resolve({ kind: 'new' });
    expect(await bench.push()).toMatchObject({ exit: 0, pushed: [{ op: 'create' }], remaining: 0 });
    expect(posts(bench)).toHaveLength(1);
    expect(named(bench)).toHaveLength(2);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('that was sent anew and lost again is told from those that were there', async () => {
    const bench = await doubtful(false, 'buy');
    bench.account.create('goals', bench.small.project, { title: 'Buy', goal_type: 1, event: 'buy' });
    await bench.push();
    bench.resolve({ kind: 'new' });
    await loseCreate(bench);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(named(bench)).toHaveLength(3);
  });

  it('that was deleted here meanwhile vanishes where a person says that it is none of them', async () => {
    const bench = await doubtful(false, 'other');
    await bench.push();
    bench.remove('goals', bench.waiting().entity_id);
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 3, remaining: 1 });
    bench.resolve({ kind: 'new' });
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes()).toEqual([]);
    expect(bench.log()).toMatchObject([{ op: 'create', outcome: 'dropped' }]);
  });

  it('does not keep the rest from being sent', async () => {
    const bench = await doubtful(true, 'other');
    goal(bench, 'Next');
    expect(await bench.push()).toMatchObject({ exit: 3, pushed: [{ op: 'create' }], remaining: 1 });
    expect(named(bench, 'Next')).toHaveLength(1);
  });
});

describe('identical twins', () => {
  it.each([
    ['are both created, each once, though every answer is lost', 'lostReply'],
    ['are both created, each once, though every other request never arrives', 'reset'],
  ] as const)('%s', async (_, kind) => {
    const bench = await smallBench();
    for (let count = 0; count < 3; count++) goal(bench);
    let sent = 0;
    bench.sandbox.faults.next({
      kind,
      times: 99,
      match: ({ method }) => method === 'POST' && (kind === 'lostReply' || ++sent % 2 === 1),
    });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0, conflicts: [] });
    expect(named(bench)).toHaveLength(3);
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('a pull between a lost create and the next push', () => {
  async function pulled(): Promise<{ bench: SmallBench; temporary: number; real: number }> {
    const bench = await smallBench();
    const temporary = goal(bench);
    await loseCreate(bench);
    await bench.pull();
    return { bench, temporary, real: named(bench)[0]?.id as number };
  }
  const shown = (bench: Bench) =>
    bench.rows("SELECT id, title, description FROM goals WHERE title LIKE 'Buy%'");

  it('shows it under its real id, and the push makes one of the two', async () => {
    const { bench, temporary, real } = await pulled();
    expect(
      shown(bench)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([temporary, real]);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(shown(bench)).toEqual([{ id: real, title: 'Buy', description: '' }]);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('an edit of either is kept', async () => {
    for (const which of ['temporary', 'real'] as const) {
      const { bench, [which]: id, real } = await pulled();
      bench.set('goals', id, { description: 'ours' });
      await bench.push();
      expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
      expect(shown(bench)).toEqual([{ id: real, title: 'Buy', description: 'ours' }]);
      expect(await disagreements(bench)).toEqual([]);
    }
  });

  it('edits of both are joined; where they edit one field, that of the real one stands and the other is logged', async () => {
    const { bench, temporary, real } = await pulled();
    bench.set('goals', temporary, { title: 'Buy (temporary)', description: 'temporary' });
    bench.set('goals', real, { title: 'Buy (real)', addable: false });
    await bench.push();
    await bench.push();
    expect(bench.outbox()).toEqual([]);
    expect(bench.account.get('goals', real)).toMatchObject({
      title: 'Buy (real)',
      description: 'temporary',
      addable: false,
    });
    expect(bench.log().filter(({ outcome }) => outcome === 'dropped')).toMatchObject([
      { entity_id: real, changes: [{ field: 'title', local: 'Buy (temporary)' }] },
    ]);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('and a colleague who edited it since are told apart', async () => {
    const { bench, real } = await pulled();
    bench.set('goals', real, { title: 'Buy (ours)' });
    bench.account.update('goals', real, { description: 'theirs' });
    await bench.push();
    await bench.push();
    expect(bench.outbox()).toMatchObject([]);
    expect(bench.account.get('goals', real)).toMatchObject({ title: 'Buy (ours)', description: 'theirs' });
  });

  it('where the real one was deleted here, the push asks whether that is it', async () => {
    const { bench, real } = await pulled();
    bench.remove('goals', real);
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ op: 'create' }] });
    const create = bench.outbox().find(({ op }) => op === 'create')?.id as number;
    bench.resolve({ kind: 'adopt', remoteId: real }, create);
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(named(bench)).toEqual([]);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('where the temporary one was deleted here, the real one is deleted', async () => {
    const { bench, temporary } = await pulled();
    bench.remove('goals', temporary);
    expect(await bench.push()).toMatchObject({ remaining: 1 });
    expect(shown(bench)).toEqual([]);
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(named(bench)).toEqual([]);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('what was made below either is sent below the real one', async () => {
    const bench = await smallBench();
    const temporary = bench.make('experiments', {
      project_id: bench.small.project,
      description: 'New',
      edit_url: url,
    });
    await loseCreate(bench);
    await bench.pull();
    const real = bench.account.list('experiments').find(({ description }) => description === 'New')
      ?.id as number;
    bench.make('schedules', { experiment_id: temporary, start_time: '2020-01-01T08:00:00Z' });
    bench.make('schedules', { experiment_id: real, start_time: '2021-01-01T08:00:00Z' });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.account.list('schedules', real)).toHaveLength(2);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('what was made below the temporary one goes and comes back with a delete of the real one', async () => {
    const bench = await smallBench();
    const temporary = bench.make('experiments', {
      project_id: bench.small.project,
      description: 'New',
      edit_url: url,
    });
    for (const description of ['One', 'Two', 'Three'])
      bench.make('variations', { experiment_id: temporary, description });
    await loseCreate(bench);
    await bench.pull();
    const real = bench.account.list('experiments').find(({ description }) => description === 'New')
      ?.id as number;
    bench.remove('experiments', real);
    await bench.push();
    bench.resolve(
      { kind: 'adopt', remoteId: real },
      bench.outbox().find(({ op, resource }) => op === 'create' && resource === 'experiments')?.id,
    );
    await bench.push();
    expect(bench.waiting()).toMatchObject({ op: 'delete', entity_id: real });
    dropEdits(bench.db, [bench.waiting().id], now);
    expect(bench.outbox().map(({ resource }) => resource)).toEqual(Array(3).fill('variations'));
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });
});

describe('the variations that come with a new experiment', () => {
  const make = (bench: SmallBench, names: readonly string[]) => {
    const experiment = bench.make('experiments', {
      project_id: bench.small.project,
      description: 'New',
      edit_url: url,
    });
    for (const description of names)
      bench.make('variations', { experiment_id: experiment, description, weight: 3000 });
    return experiment;
  };
  const there = (bench: Bench) => {
    const made = bench.account.list('experiments').find(({ description }) => description === 'New');
    return bench.account.list('variations', made?.id as number).map(({ description }) => description);
  };
  const here = (bench: Bench) =>
    bench
      .rows(
        "SELECT description FROM variations WHERE experiment_id = (SELECT id FROM experiments WHERE description = 'New') ORDER BY id",
      )
      .map(({ description }) => description);

  it.each([
    [[], ['Original', 'Variation #1']],
    [['A'], ['A', 'Variation #1']],
    [
      ['A', 'B'],
      ['A', 'B'],
    ],
    [
      ['A', 'B', 'C', 'D'],
      ['A', 'B', 'C', 'D'],
    ],
    [
      ['Variation #1', 'Original'],
      ['Variation #1', 'Original'],
    ],
  ])('serve the first ones of %j by order, and what is left is shown at once', async (names, expected) => {
    const bench = await smallBench();
    make(bench, names);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(there(bench)).toEqual(expected);
    expect(here(bench)).toEqual(expected);
    expect(bench.writes().map(({ method }) => method)).toEqual([
      'POST',
      ...names.slice(0, 2).map(() => 'PUT'),
      ...names.slice(2).map(() => 'POST'),
    ]);
    expect(await disagreements(bench)).toEqual([]);
  });

  it('serve by the order in which the experiment lists them, whatever the order of the list', async () => {
    const bench = await smallBench();
    make(bench, ['A', 'B']);
    bench.during('POST', () => {});
    const list = bench.account.list.bind(bench.account);
    expect(await bench.push()).toMatchObject({ exit: 0 });
    expect(list('variations').filter(({ description }) => description === 'A')).toHaveLength(1);
  });

  it('are reported as creates, with the temporary id and the real one', async () => {
    const bench = await smallBench();
    make(bench, ['A']);
    const create = bench.outbox().find(({ resource }) => resource === 'variations');
    const { pushed } = await bench.push();
    expect(pushed?.find(({ resource }) => resource === 'variations')).toMatchObject({
      outbox_id: create?.id,
      entity_id: create?.entity_id,
      op: 'create',
      remote_id: expect.any(Number),
    });
    expect(bench.log().find(({ resource }) => resource === 'variations')).toMatchObject({
      op: 'create',
      method: 'PUT',
    });
  });

  it('are shared out by the next push where this one died before, also after a pull showed them', async () => {
    for (const pulls of [false, true]) {
      const bench = await smallBench();
      make(bench, ['A', 'B', 'C']);
      let down = false;
      bench.wire.after = ({ method }) => {
        down ||= method === 'POST';
      };
      bench.sandbox.faults.next({ kind: 'reset', times: 999, match: () => down });
      expect(await bench.push()).toMatchObject({
        exit: 4,
        pushed: [{ resource: 'experiments' }],
        remaining: 3,
      });
      bench.wire.after = () => {};
      bench.sandbox.faults.clear();
      if (pulls) await bench.pull();
      expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
      expect(there(bench)).toEqual(['A', 'B', 'C']);
      expect(await disagreements(bench)).toEqual([]);
    }
  });

  it('leave alone one that was edited here after a pull showed it', async () => {
    const bench = await smallBench();
    make(bench, ['A', 'B']);
    bench.sandbox.faults.next({
      kind: 'reset',
      times: 999,
      match: ({ path }) => path.endsWith('/variations'),
    });
    await bench.push();
    bench.sandbox.faults.clear();
    await bench.pull();
    bench.sql(
      "UPDATE variations SET description = 'Mine' WHERE description = 'Original' AND id > 0 AND experiment_id = (SELECT id FROM experiments WHERE description = 'New')",
    );
    await bench.push();
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(there(bench).toSorted()).toEqual(['A', 'B', 'Mine']);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('can be edited again as what they have become', async () => {
    const bench = await smallBench();
    make(bench, ['A']);
    bench.during('PUT', () => bench.sql("UPDATE variations SET weight = 1 WHERE description = 'A'"));
    await bench.push();
    expect(bench.waiting()).toMatchObject({ op: 'update', entity_id: expect.any(Number) });
    expect(bench.waiting().entity_id).toBeGreaterThan(0);
    const report = await bench.push();
    expect(report.pushed).toMatchObject([{ op: 'update', entity_id: report.pushed?.[0]?.remote_id }]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('are of no use where the experiment is gone at once: the creates fail in the words of the API', async () => {
    const bench = await smallBench();
    make(bench, ['A']);
    bench.wire.after = ({ method }) => {
      if (method !== 'POST') return;
      bench.wire.after = () => {};
      const made = bench.account.list('experiments').find(({ description }) => description === 'New');
      bench.account.remove('experiments', made?.id as number);
    };
    expect(await bench.push()).toMatchObject({ exit: 4, failed: [{ resource: 'variations', status: 404 }] });
    expect(bench.waiting()).toMatchObject({ status: 'failed' });
    dropEdits(bench.db, [bench.waiting().id], now);
    expect(await disagreements(bench)).toEqual([]);
    await bench.push();
    expect(bench.sandbox.requests).toEqual([]);
  });
});
