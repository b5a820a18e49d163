/** What counts as somebody else's change, and how lists merge: rules 1 to 3 of "How a push decides" in their finer points. */
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import { disagreements } from './agreement.ts';
import { type Bench, startBench } from './bench.ts';
import { type Small, smallAccount, smallBench } from './small.ts';

const both: [string, PushOptions][] = [
  ['manual', {}],
  ['strict', { strict: true }],
];
const bodies = (bench: Bench) => bench.writes().map(({ body }) => body);
const list = (entity: JsonObject | undefined, field: string) => entity?.[field] as Json[];

describe('lists of ids', () => {
  it('merge: what we added is added, what we removed is removed, theirs stays', async () => {
    const { account, project, goal, experiment, other } = smallAccount();
    const url = 'https://shop.example/';
    const [third, fourth] = ['C', 'D'].map(
      (description) => account.create('experiments', project, { description, edit_url: url }).id as number,
    );
    account.update('goals', goal, { experiment_ids: [experiment, other] });
    const bench = await startBench(account);
    bench.set('goals', goal, { experiment_ids: [other, third] as Json });
    account.update('goals', goal, { experiment_ids: [experiment, other, fourth] as Json });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0, notices: [] });
    expect(bodies(bench)).toEqual([{ experiment_ids: [other, fourth, third] }]);
    expect(list(account.get('goals', goal), 'experiment_ids')).toEqual([other, fourth, third]);
    expect(JSON.parse(bench.row('goals', goal)?.experiment_ids as string)).toEqual([other, fourth, third]);
  });

  it('that came to the same set in another order are converged', async () => {
    const bench = await smallBench();
    const { goal, experiment, other } = bench.small;
    bench.set('goals', goal, { experiment_ids: [experiment, other] });
    bench.account.update('goals', goal, { experiment_ids: [other, experiment] });
    expect(await bench.push({ strict: true })).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.writes()).toEqual([]);
  });

  it('under --strict conflict where both sides changed them', async () => {
    const bench = await smallBench();
    const { goal, experiment, other } = bench.small;
    bench.set('goals', goal, { experiment_ids: [experiment, other] });
    bench.account.update('goals', goal, { experiment_ids: [] });
    const report = await bench.push({ strict: true });
    expect(report).toMatchObject({ exit: 3 });
    expect(report.conflicts[0]?.fields).toEqual([
      { field: 'experiment_ids', base: [experiment], local: [experiment, other], remote: [] },
    ]);
  });

  it('show the merged set in the mirror when an edit that never arrived is looked at again', async () => {
    const bench = await smallBench();
    const { goal, experiment, other } = bench.small;
    bench.set('goals', goal, { experiment_ids: [experiment, other] });
    bench.sandbox.faults.next({ kind: 'reset', match: ({ method }) => method === 'PUT', times: 9 });
    expect(await bench.push()).toMatchObject({ exit: 4 });
    bench.account.update('goals', goal, { experiment_ids: [] });
    await bench.pull();
    bench.sandbox.faults.clear();
    bench.during('PUT', () => {
      expect(JSON.parse(bench.row('goals', goal)?.experiment_ids as string)).toEqual([other]);
    });
    expect(await bench.push()).toMatchObject({ exit: 0 });
    expect(bodies(bench)).toEqual([{ experiment_ids: [other] }]);
  });
});

describe('what the server fills in', () => {
  const ours = [{ match_type: 'exact', value: 'https://shop.example/a', negate: false }];

  it.each(both)('inside url_conditions is left out of comparisons (%s)', async (_, options) => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    const [condition] = list(bench.account.get('experiments', experiment), 'url_conditions') as JsonObject[];
    bench.set('experiments', experiment, { url_conditions: ours });
    bench.account.update('experiments', experiment, {});
    bench.account.plant('experiments', experiment, {
      url_conditions: [{ ...condition, index: 9, created: 'now', last_modified: 'now' }],
    });
    expect(await bench.push(options)).toMatchObject({ exit: 0, conflicts: [], notices: [], remaining: 0 });
    expect(bodies(bench)).toEqual([{ url_conditions: ours }]);
  });

  it.each([
    ['as the server has them', { negate: false }],
    ['with what the server assumes left out', {}],
  ])('is no difference to ours: conditions %s are converged', async (_, rest) => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    bench.set('experiments', experiment, {
      url_conditions: [{ value: 'https://shop.example/a', match_type: 'exact', ...rest }],
    });
    bench.account.update('experiments', experiment, { url_conditions: ours });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.writes()).toEqual([]);
  });

  it('is no surprise in the answer to what left it out', async () => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    bench.set('experiments', experiment, { url_conditions: [{ match_type: 'regex', value: '.*' }] });
    expect(await bench.push()).toMatchObject({ exit: 0, notices: [], remaining: 0 });
  });

  it('does not hide another condition', async () => {
    const bench = await smallBench();
    const { experiment } = bench.small;
    bench.set('experiments', experiment, { url_conditions: ours });
    bench.account.update('experiments', experiment, {
      url_conditions: [{ match_type: 'regex', value: '.*' }],
    });
    expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: experiment }] });
  });
});

describe("our own push's side effects are nobody else's change", () => {
  it.each(both)(
    'a goal whose experiment we deleted can be edited in the same push (%s)',
    async (_, options) => {
      const bench = await smallBench();
      const { experiment, goal } = bench.small;
      bench.remove('experiments', experiment);
      bench.set('goals', goal, { title: 'ours' });
      expect(await bench.push({ ...options, yes: true })).toMatchObject({
        exit: 0,
        conflicts: [],
        notices: [],
      });
      expect(bench.account.get('goals', goal)).toMatchObject({ title: 'ours', experiment_ids: [] });
    },
  );

  it.each(both.flatMap(([name, options]) => [false, true].map((bumps) => ({ name, options, bumps }))))(
    'and in a later one ($name, last_modified of what names it bumped: $bumps)',
    async ({ options, bumps }) => {
      const { account, experiment, goal } = smallAccount({ bumpsReferrers: bumps });
      const bench = await startBench(account);
      bench.remove('experiments', experiment);
      expect(await bench.push({ yes: true })).toMatchObject({ exit: 0 });
      expect(JSON.parse(bench.row('goals', goal)?.experiment_ids as string)).toEqual([]);
      bench.set('goals', goal, { title: 'ours' });
      expect(await bench.push(options)).toMatchObject({ exit: 0, conflicts: [], remaining: 0, notices: [] });
      expect(bodies(bench)).toEqual([{ title: 'ours' }]);
    },
  );

  it.each([false, true])(
    'a goal can be deleted after its experiment was (bumped: %s)',
    async (bumpsReferrers) => {
      const { account, experiment, goal } = smallAccount({ bumpsReferrers });
      const bench = await startBench(account);
      bench.remove('experiments', experiment);
      await bench.push({ yes: true });
      bench.remove('goals', goal);
      expect(await bench.push({ yes: true, strict: true })).toMatchObject({ exit: 0, remaining: 0 });
      expect(account.get('goals', goal)).toBeUndefined();
    },
  );

  it('also where the answer to the delete was lost', async () => {
    const { account, experiment, goal } = smallAccount({ bumpsReferrers: true });
    const bench = await startBench(account);
    bench.remove('experiments', experiment);
    bench.set('goals', goal, { title: 'ours' });
    bench.sandbox.faults.next({ kind: 'lostReply', match: ({ method }) => method === 'DELETE' });
    bench.sandbox.faults.next({ kind: 'reset', match: ({ method }) => method === 'PUT' });
    expect(await bench.push({ yes: true, strict: true })).toMatchObject({
      exit: 0,
      conflicts: [],
      remaining: 0,
    });
    expect(account.get('goals', goal)).toMatchObject({ title: 'ours', experiment_ids: [] });
  });

  it.each(both)('an experiment that our goal joined can be edited later (%s)', async (_, options) => {
    const { account, other, goal } = smallAccount({ bumpsReferrers: true });
    const bench = await startBench(account);
    bench.set('goals', goal, { experiment_ids: [other] });
    await bench.push();
    bench.set('experiments', other, { description: 'ours' });
    expect(await bench.push(options)).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
  });

  it.each(both)('what our own PUT bumped is no change to the next edit (%s)', async (_, options) => {
    const bench = await smallBench();
    const { goal } = bench.small;
    for (const title of ['first', 'second', 'third']) {
      bench.set('goals', goal, { title });
      expect(await bench.push(options)).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    }
  });

  it.each([
    ['still names', ({ experiment, other }) => [experiment, other]],
    ['no longer names', ({ other }) => [other]],
  ] satisfies [string, (small: Small) => number[]][])(
    'a list that %s what the same push deletes is sent before that, as planned',
    async (_, idsOf) => {
      const bench = await smallBench();
      const { experiment, other, goal } = bench.small;
      const ids = idsOf(bench.small);
      bench.remove('experiments', experiment);
      bench.set('goals', goal, { experiment_ids: ids });
      bench.sandbox.faults.latency = 2;
      const { planned } = await bench.push({ yes: true, dryRun: true });
      expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, failed: [], remaining: 0 });
      expect(bench.writes()).toEqual([
        { method: 'PUT', path: `goals/${goal}`, body: { experiment_ids: ids } },
        { method: 'DELETE', path: `experiments/${experiment}`, body: null },
      ]);
      expect(planned).toHaveLength(2);
      expect(bench.account.get('goals', goal)).toMatchObject({ experiment_ids: [other] });
      expect(await disagreements(bench)).toEqual([]);
    },
  );
});

describe('somebody who writes between the look and the PUT', () => {
  it('is kept where it was another field, and reported', async () => {
    const bench = await smallBench();
    const { goal } = bench.small;
    bench.set('goals', goal, { title: 'ours' });
    bench.during('PUT', () => bench.account.update('goals', goal, { description: 'theirs' }));
    const report = await bench.push();
    expect(report.notices).toMatchObject([
      { resource: 'goals', entity_id: goal, field: 'description', expected: 'bought', got: 'theirs' },
    ]);
    expect(report).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.row('goals', goal)).toMatchObject({ title: 'ours', description: 'theirs' });
    expect(bench.rows("SELECT field, new_value FROM changes WHERE resource = 'goals'")).toEqual([
      { field: 'description', new_value: '"theirs"' },
    ]);
  });
});

describe('an update that the API takes from nobody', () => {
  it('of a goal that is not editable any more is refused by the API, and stays', async () => {
    const bench = await smallBench();
    const { goal } = bench.small;
    bench.set('goals', goal, { title: 'ours' });
    bench.account.plant('goals', goal, { is_editable: false });
    const report = await bench.push();
    expect(report).toMatchObject({ exit: 4, pushed: [], failed: [{ entity_id: goal }], remaining: 1 });
    expect(bench.waiting()).toMatchObject({ status: 'failed', error: expect.stringMatching(/^4\d\d ./) });
    expect(bench.account.get('goals', goal)).toMatchObject({ title: 'Thanks' });
  });
});

describe('a list that leaves out fields', () => {
  it('is completed, so that nothing looks deleted or changed that is only left out', async () => {
    const { account, project } = smallAccount({
      sparseLists: { projects: ['project_javascript', 'ip_filter'] },
    });
    const second = account.create('projects', null, { project_name: 'B', project_javascript: 'b()' })
      .id as number;
    const bench = await startBench(account);
    bench.set('projects', project, { project_javascript: 'ours()' });
    bench.set('projects', second, { project_javascript: 'ours()' });
    account.update('projects', second, { project_name: 'B (theirs)' });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(account.get('projects', second)).toMatchObject({
      project_name: 'B (theirs)',
      project_javascript: 'ours()',
    });
    expect(account.get('projects', project)).toMatchObject({
      project_javascript: 'ours()',
      ip_filter: '10.0.0.1',
    });
  });
});
