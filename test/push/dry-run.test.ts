/** A dry run shows what a push would do, in words, plan and exit status; it sends nothing and changes nothing. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/api/description.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import type { Planned } from '../../src/sync/report.ts';
import type { Pushed } from './bench.ts';
import { type SmallBench, smallBench } from './small.ts';

/** The same with every temporary id replaced by the real one that it got. */
function withRealIds(planned: readonly Planned[], { pushed }: Pushed): unknown {
  const real = new Map(
    (pushed ?? []).map(({ resource, entity_id, remote_id }) => [entity_id, { resource, remote_id }]),
  );
  const rename = (id: number) => real.get(id)?.remote_id ?? id;
  const value = (item: Json): Json => {
    if (typeof item === 'number') return rename(item);
    return Array.isArray(item) ? item.map(value) : item;
  };
  return planned.map(({ method, path, body }) => ({
    method,
    path: path.replace(/-\d+/, (id) => String(rename(Number(id)))),
    body: body && Object.fromEntries(Object.entries(body).map(([field, item]) => [field, value(item)])),
  }));
}

const byPath = (a: { path: string; body: unknown }, b: { path: string; body: unknown }) =>
  JSON.stringify([a.path, a.body]) < JSON.stringify([b.path, b.body]) ? -1 : 1;

/** Something of everything: merges, conflicts, converged edits, creates with children, held and refused ones. */
function muchToDo(bench: SmallBench): void {
  const { project, experiment, other, goal, audience, dimension, variation, schedule } = bench.small;
  bench.set('projects', project, { project_name: 'ours' });
  bench.set('experiments', other, { status: 'Running', description: 'ours' });
  bench.set('audiences', audience, { name: 'ours' });
  bench.remove('dimensions', dimension);
  bench.make('dimensions', { project_id: project, name: 'Plan', client_api_name: 'plan' });
  bench.set('variations', variation, { weight: 1 });
  bench.remove('schedules', schedule);
  const made = bench.make('experiments', {
    project_id: project,
    description: 'New',
    edit_url: 'https://x.example/',
  });
  for (const description of ['One', 'Two', 'Three'])
    bench.make('variations', { experiment_id: made, description, weight: 5000 });
  bench.set('goals', goal, { experiment_ids: [experiment, made], title: 'ours' });
  bench.account.update('experiments', experiment, { custom_js: 'theirs' });
  bench.account.update('audiences', audience, { name: 'theirs' });
  bench.account.update('variations', variation, { js_component: 'theirs' });
}

const options: [string, PushOptions][] = [
  ['alone', {}],
  ['with --yes', { yes: true }],
  ['with --strict', { strict: true }],
  ['with --on-conflict ours', { onConflict: 'ours', yes: true }],
  ['with --on-conflict theirs', { onConflict: 'theirs' }],
];

describe.each(options)('a dry run %s', (_, given) => {
  it('sends no write and leaves the mirror as it was', async () => {
    const bench = await smallBench();
    muchToDo(bench);
    const before = bench.dump();
    const report = await bench.push({ ...given, dryRun: true });
    expect(bench.writes()).toEqual([]);
    expect(bench.dump()).toEqual(before);
    expect(report).toMatchObject({ run_id: null, requests: bench.sandbox.requests.length });
    expect(report.pushed).toBeUndefined();
  });

  it('plans just what the push then sends, and reports and ends as that does', async () => {
    const bench = await smallBench();
    muchToDo(bench);
    const { planned = [], ...dry } = await bench.push({ ...given, dryRun: true });
    const real = await bench.push(given);
    expect(bench.writes().toSorted(byPath)).toEqual(
      (withRealIds(planned, real) as Planned[]).toSorted(byPath),
    );
    expect(real.pushed?.map(({ outbox_id }) => outbox_id).toSorted()).toEqual(
      planned.map(({ outbox_id }) => outbox_id).toSorted(),
    );
    const { exit, conflicts, held, failed, settled } = dry;
    expect({ exit, conflicts, held, failed, settled }).toEqual({
      exit: real.exit,
      conflicts: real.conflicts,
      held: real.held,
      failed: real.failed,
      settled: real.settled,
    });
  });
});

describe('a dry run', () => {
  it('of creates names what does not exist yet by its temporary id', async () => {
    const bench = await smallBench();
    const { project } = bench.small;
    const made = bench.make('experiments', {
      project_id: project,
      description: 'New',
      edit_url: 'https://x.example/',
    });
    const names = ['One', 'Two', 'Three'];
    const [one, two] = names.map((description) =>
      bench.make('variations', { experiment_id: made, description }),
    );
    const { planned } = await bench.push({ dryRun: true });
    expect(planned?.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', `projects/${project}/experiments`, { description: 'New', edit_url: 'https://x.example/' }],
      ['PUT', `variations/${one}`, { description: 'One' }],
      ['PUT', `variations/${two}`, { description: 'Two' }],
      ['POST', `experiments/${made}/variations`, { description: 'Three' }],
    ]);
    expect(planned?.map(({ op }) => op)).toEqual(Array(4).fill('create'));
  });

  it('settles what an earlier push lost without writing it down', async () => {
    const bench = await smallBench();
    const { project } = bench.small;
    const made = bench.make('experiments', {
      project_id: project,
      description: 'New',
      edit_url: 'https://x.example/',
    });
    for (const description of ['One', 'Two', 'Three'])
      bench.make('variations', { experiment_id: made, description });
    let lost = false;
    bench.sandbox.faults.next({
      kind: 'lostReply',
      times: 99,
      match: ({ method }) => {
        lost ||= method === 'POST';
        return lost;
      },
    });
    expect(await bench.push()).toMatchObject({ exit: 4 });
    bench.sandbox.faults.clear();
    const before = bench.dump();
    const { planned = [] } = await bench.push({ dryRun: true });
    expect(bench.dump()).toEqual(before);
    expect(planned.map(({ method, resource }) => `${method} ${resource}`)).toEqual([
      'PUT variations',
      'PUT variations',
      'POST variations',
    ]);
    await bench.push();
    expect(bench.writes()).toEqual(planned.map(({ method, path, body }) => ({ method, path, body })));
  });

  it('says what a refused token says', async () => {
    const bench = await smallBench();
    bench.set('goals', bench.small.goal, { title: 'ours' });
    bench.sandbox.faults.next({ kind: 'unavailable', status: 401 });
    await expect(bench.push({ dryRun: true })).rejects.toThrow(/token/);
  });

  it('of an empty outbox asks nothing', async () => {
    const bench = await smallBench();
    expect(await bench.push({ dryRun: true })).toMatchObject({
      exit: 0,
      planned: [],
      requests: 0,
      remaining: 0,
    });
  });
});
