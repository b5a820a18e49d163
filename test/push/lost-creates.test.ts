/** Rule 6 of "How a push decides": a create whose answer was lost is found again, or not, and never sent twice. */
import { describe, expect, it } from 'vitest';
import { dropEdits } from '../../src/sync/drop.ts';
import { disagreements, temporaryIds } from './agreement.ts';
import { startBench } from './bench.ts';
import { goal, loseCreate, named, now, posts, url } from './lost-create.ts';
import { smallAccount, smallBench } from './small.ts';

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

  it('and was edited since gets what its list lacked, and keeps what a colleague put there', async () => {
    const bench = await smallBench();
    const { account, project, audience } = bench.small;
    const { id: colleagues } = account.create('audiences', project, { name: 'Tablets' });
    const made = bench.make('experiments', { project_id: project, description: 'New', edit_url: url });
    await loseCreate(bench);
    const created = account.list('experiments').find(({ description }) => description === 'New');
    const id = created?.id as number;
    bench.set('experiments', made, { audience_ids: [audience] });
    account.update('experiments', id, { audience_ids: [colleagues as number] });
    await bench.push();
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(account.get('experiments', id)).toMatchObject({ audience_ids: [colleagues, audience] });
    expect(await disagreements(bench)).toEqual([]);
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
