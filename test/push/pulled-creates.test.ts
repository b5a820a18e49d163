/** Rule 6 of "How a push decides": a pull may show a lost create before the push knows it for ours. */
import { describe, expect, it } from 'vitest';
import { dropEdits } from '../../src/sync/drop.ts';
import { disagreements, temporaryIds } from './agreement.ts';
import type { Bench } from './bench.ts';
import { goal, loseCreate, named, now, url } from './lost-create.ts';
import { type SmallBench, smallBench } from './small.ts';

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
