/** Rule 6 of "How a push decides": the two variations that come with a new experiment. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import { disagreements, temporaryIds } from './agreement.ts';
import type { Bench } from './bench.ts';
import { now, url } from './lost-create.ts';
import { type SmallBench, smallBench } from './small.ts';

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
    const handle = bench.account.handle.bind(bench.account);
    bench.account.handle = (request) => {
      const answer = handle(request);
      if (request.method !== 'GET' || !request.path.endsWith('/variations')) return answer;
      return { ...answer, body: JSON.stringify((JSON.parse(answer.body) as JsonObject[]).reverse()) };
    };
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    const made = bench.account.list('experiments').find(({ description }) => description === 'New');
    const [first, second] = (made?.variation_ids ?? []) as number[];
    expect(bench.account.get('variations', first as number)).toMatchObject({ description: 'A' });
    expect(bench.account.get('variations', second as number)).toMatchObject({ description: 'B' });
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
