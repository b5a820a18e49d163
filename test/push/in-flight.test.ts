/** Rule 9: an edit made while its entity is being sent stays in the outbox, whatever it is and whatever is under way. */
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/sandbox/index.ts';
import { disagreements, temporaryIds } from './agreement.ts';
import type { Bench } from './bench.ts';
import { type SmallBench, smallBench } from './small.ts';
import { subjects } from './subjects.ts';

/** What can become of the request that is under way. */
const ends: [string, FaultKind | null][] = [
  ['is answered', null],
  ['loses its answer', 'lostReply'],
  ['is carried out and answered with 503', 'unavailable'],
  ['never arrives', 'reset'],
];

/** Edits during the first request of that method, which then ends in that way. */
function meanwhile(bench: Bench, method: string, end: FaultKind | null, act: () => void): void {
  let done = false;
  const match = (request: { method: string }) => {
    if (done || request.method !== method) return false;
    done = true;
    act();
    return end !== null;
  };
  bench.sandbox.faults.next({ kind: end ?? 'reset', applied: end !== 'reset', match });
}

describe.each(subjects)(
  'an edit of $resource',
  ({ resource, id, field, base, ours, third, other, otherTheirs }) => {
    it.each(ends)('to another value, while the PUT before %s, is sent afterwards', async (_, end) => {
      const bench = await smallBench();
      const entity = id(bench.small);
      bench.set(resource, entity, { [field]: ours });
      meanwhile(bench, 'PUT', end, () => bench.set(resource, entity, { [field]: third }));
      await bench.push();
      if (end === null)
        expect(bench.waiting()).toMatchObject({
          status: 'pending',
          changes: [{ field, base: ours, local: third }],
        });
      expect(bench.row(resource, entity)).toMatchObject({ [field]: third });
      expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
      expect(bench.account.get(resource, entity)).toMatchObject({ [field]: third });
      expect(await disagreements(bench)).toEqual([]);
    });

    it.each(ends)('back to its base, while the PUT of it %s, takes it back there too', async (_, end) => {
      const bench = await smallBench();
      const entity = id(bench.small);
      bench.set(resource, entity, { [field]: ours });
      meanwhile(bench, 'PUT', end, () => bench.set(resource, entity, { [field]: base }));
      await bench.push();
      if (end === null)
        expect(bench.waiting()).toMatchObject({
          status: 'pending',
          changes: [{ field, base: ours, local: base }],
        });
      expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
      expect(bench.account.get(resource, entity)).toMatchObject({ [field]: base });
      expect(bench.row(resource, entity)).toMatchObject({ [field]: base });
    });

    it('of another field, while a PUT is under way, waits with the base that it was made on', async () => {
      const bench = await smallBench();
      const entity = id(bench.small);
      bench.set(resource, entity, { [field]: ours });
      meanwhile(bench, 'PUT', null, () => bench.set(resource, entity, { [other]: otherTheirs }));
      expect(await bench.push()).toMatchObject({ exit: 0, remaining: 1, pushed: [{ resource }] });
      expect(bench.writes().map(({ body }) => body)).toEqual([{ [field]: ours }]);
      expect(bench.waiting()).toMatchObject({
        status: 'pending',
        changes: [{ field: other, local: otherTheirs }],
      });
      expect(bench.log().map(({ changes }) => changes.map((change) => change.field))).toEqual([[field]]);
      await bench.push();
      expect(bench.writes().map(({ body }) => body)).toEqual([{ [other]: otherTheirs }]);
    });

    it('of a field that somebody else changes during the PUT of another is a conflict', async () => {
      const bench = await smallBench();
      const entity = id(bench.small);
      bench.set(resource, entity, { [other]: otherTheirs });
      meanwhile(bench, 'PUT', null, () => {
        bench.set(resource, entity, { [field]: ours });
        bench.account.update(resource, entity, { [field]: third });
      });
      expect(await bench.push()).toMatchObject({ exit: 3, conflicts: [{ entity_id: entity }] });
      expect(bench.waiting()).toMatchObject({
        status: 'conflict',
        changes: [{ field, base, local: ours, remote: third }],
      });
      expect(bench.account.get(resource, entity)).toMatchObject({ [field]: third });
    });

    it('that was refused meanwhile is sent again, since it is another one by now', async () => {
      const bench = await smallBench();
      const entity = id(bench.small);
      bench.set(resource, entity, { [field]: ours });
      let refused = false;
      bench.sandbox.faults.next({
        kind: 'unavailable',
        status: 400,
        match: ({ method }) => {
          if (refused || method !== 'PUT') return false;
          refused = true;
          bench.set(resource, entity, { [field]: third });
          return true;
        },
      });
      expect(await bench.push()).toMatchObject({ exit: 0, failed: [], remaining: 0 });
      expect(bench.writes().map(({ body }) => body)).toEqual([{ [field]: ours }, { [field]: third }]);
    });
  },
);

describe.each(subjects.filter(({ deletable }) => deletable))(
  'a delete of $resource',
  ({ resource, id, field, ours }) => {
    it.each(ends)('while a PUT %s waits, and is held without a yes', async (_, end) => {
      const bench = await smallBench();
      const entity = id(bench.small);
      bench.set(resource, entity, { [field]: ours });
      meanwhile(bench, 'PUT', end, () => bench.remove(resource, entity));
      await bench.push();
      expect(bench.waiting()).toMatchObject({ op: 'delete', status: 'pending' });
      expect(bench.account.get(resource, entity)).toBeDefined();
      expect(await bench.push()).toMatchObject({
        exit: 3,
        held: [{ op: 'delete' }],
        conflicts: [],
        remaining: 1,
      });
      expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
      expect(bench.account.get(resource, entity)).toBeUndefined();
      expect(await disagreements(bench)).toEqual([]);
    });
  },
);

/** Makes an audience or a goal offline, which differ in whether the API can delete them. */
const created = [
  {
    resource: 'goals',
    make: (bench: SmallBench) =>
      bench.make('goals', { project_id: bench.small.project, title: 'New', goal_type: 1, event: 'buy' }),
    field: 'title',
  },
  {
    resource: 'audiences',
    make: (bench: SmallBench) => bench.make('audiences', { project_id: bench.small.project, name: 'New' }),
    field: 'name',
  },
] as const;

describe.each(created)('while the create of one of $resource', ({ resource, make, field }) => {
  const ofThem = (bench: SmallBench, name: string) =>
    bench.account.list(resource).filter((entity) => entity[field] === name);

  it.each(ends)('%s, an edit of it is sent under its real id', async (_, end) => {
    const bench = await smallBench();
    const temporary = make(bench);
    meanwhile(bench, 'POST', end, () =>
      bench.set(resource, temporary, { [field]: 'Newer', description: 'more' }),
    );
    await bench.push();
    await bench.push();
    expect(bench.outbox()).toEqual([]);
    expect(ofThem(bench, 'New')).toEqual([]);
    expect(ofThem(bench, 'Newer')).toMatchObject([{ description: 'more' }]);
    expect(await disagreements(bench)).toEqual([]);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('is answered, the log holds what was sent, and the outbox what was not', async () => {
    const bench = await smallBench();
    const temporary = make(bench);
    meanwhile(bench, 'POST', null, () =>
      bench.set(resource, temporary, { [field]: 'Newer', description: 'more' }),
    );
    await bench.push();
    const [logged] = bench.log();
    expect(logged?.changes.find((change) => change.field === field)).toMatchObject({ local: 'New' });
    expect(logged?.changes.map((change) => change.field)).not.toContain('description');
    expect(bench.waiting()).toMatchObject({
      op: 'update',
      entity_id: logged?.entity_id,
      changes: [
        { field, base: 'New', local: 'Newer' },
        { field: 'description', local: 'more' },
      ],
    });
  });
});

describe('while the create of a goal', () => {
  const make = (bench: SmallBench) =>
    bench.make('goals', { project_id: bench.small.project, title: 'New', goal_type: 1, event: 'buy' });
  const there = (bench: SmallBench) => bench.account.list('goals').filter(({ title }) => title === 'New');

  it.each(ends.filter(([, end]) => end !== 'reset'))(
    '%s, a delete of it deletes the real one',
    async (_, end) => {
      const bench = await smallBench();
      const temporary = make(bench);
      meanwhile(bench, 'POST', end, () => bench.remove('goals', temporary));
      await bench.push();
      expect(bench.waiting()).toMatchObject({ op: 'delete', status: 'pending' });
      expect(bench.waiting().entity_id).toBeGreaterThan(0);
      expect(bench.rows('SELECT title FROM goals').map(({ title }) => title)).not.toContain('New');
      expect(there(bench)).toHaveLength(1);
      expect(await bench.push()).toMatchObject({ exit: 3, held: [{ op: 'delete' }] });
      expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, remaining: 0 });
      expect(there(bench)).toEqual([]);
      expect(await disagreements(bench)).toEqual([]);
    },
  );

  it.each([
    ['never arrives', { kind: 'reset' }],
    ['is refused', { kind: 'unavailable', status: 400 }],
  ] as const)('%s, a delete of it leaves nothing to do', async (_, fault) => {
    const bench = await smallBench();
    const temporary = make(bench);
    let done = false;
    const match = ({ method }: { method: string }) => {
      if (done || method !== 'POST') return false;
      done = true;
      bench.remove('goals', temporary);
      return true;
    };
    bench.sandbox.faults.next({ ...fault, match });
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 0, failed: [], remaining: 0 });
    expect(bench.writes().map(({ method }) => method)).toEqual(['POST']);
    expect(bench.outbox()).toEqual([]);
    expect(bench.log()).toMatchObject([{ op: 'create', outcome: 'dropped', changes: expect.any(Array) }]);
    expect(there(bench)).toEqual([]);
  });
});

describe('what the API can not delete', () => {
  it('and was deleted while its create was under way, stays, and says so', async () => {
    const bench = await smallBench();
    const temporary = bench.make('audiences', { project_id: bench.small.project, name: 'New' });
    meanwhile(bench, 'POST', null, () => bench.remove('audiences', temporary));
    expect(await bench.push({ yes: true })).toMatchObject({
      exit: 4,
      failed: [{ op: 'delete' }],
      remaining: 1,
    });
    expect(bench.waiting()).toMatchObject({
      op: 'delete',
      status: 'failed',
      error: expect.stringMatching(/drop/),
    });
    expect(bench.writes().map(({ method }) => method)).toEqual(['POST']);
    const { retryEdits, dropEdits } = await import('../../src/sync/drop.ts');
    retryEdits(bench.db, [bench.waiting().id], '2016-06-10T12:00:00.000Z');
    expect(await bench.push({ yes: true })).toMatchObject({ exit: 4, failed: [{ op: 'delete' }] });
    expect(bench.writes()).toEqual([]);
    dropEdits(bench.db, [bench.waiting().id], '2016-06-10T12:00:00.000Z');
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('while a delete', () => {
  it.each(ends)('%s, nothing is lost that was done to other entities', async (_, end) => {
    const bench = await smallBench();
    const { goal, audience } = bench.small;
    bench.remove('goals', goal);
    meanwhile(bench, 'DELETE', end, () => bench.set('audiences', audience, { name: 'ours' }));
    await bench.push({ yes: true });
    await bench.push({ yes: true });
    expect(bench.outbox()).toEqual([]);
    expect(bench.account.get('goals', goal)).toBeUndefined();
    expect(bench.account.get('audiences', audience)).toMatchObject({ name: 'ours' });
    expect(await disagreements(bench)).toEqual([]);
  });
});

describe('while the create of an experiment is under way', () => {
  it('a variation made below it is sent below the real one', async () => {
    const bench = await smallBench();
    const { project } = bench.small;
    const experiment = bench.make('experiments', {
      project_id: project,
      description: 'New',
      edit_url: 'https://x.example/',
    });
    meanwhile(bench, 'POST', null, () => {
      bench.make('variations', { experiment_id: experiment, description: 'One' });
      bench.make('schedules', { experiment_id: experiment, start_time: '2020-01-01T08:00:00Z' });
    });
    await bench.push();
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    const [made] = bench.account.list('experiments').filter(({ description }) => description === 'New');
    expect(
      bench.account.list('variations', made?.id as number).map(({ description }) => description),
    ).toContain('One');
    expect(bench.account.list('schedules', made?.id as number)).toHaveLength(1);
    expect(temporaryIds(bench)).toEqual([]);
  });

  it('a delete of it takes along what was made below, and dropping that delete brings it back', async () => {
    const bench = await smallBench();
    const { project } = bench.small;
    const experiment = bench.make('experiments', {
      project_id: project,
      description: 'New',
      edit_url: 'https://x.example/',
    });
    for (const description of ['One', 'Two', 'Three'])
      bench.make('variations', { experiment_id: experiment, description });
    meanwhile(bench, 'POST', null, () => bench.remove('experiments', experiment));
    await bench.push();
    expect(bench.waiting()).toMatchObject({ op: 'delete', resource: 'experiments', status: 'pending' });
    const real = bench.waiting().entity_id;
    expect(bench.rows(`SELECT * FROM variations WHERE experiment_id IN (${experiment}, ${real})`)).toEqual(
      [],
    );
    const { dropEdits } = await import('../../src/sync/drop.ts');
    dropEdits(bench.db, [bench.waiting().id], '2016-06-10T12:00:00.000Z');
    expect(bench.outbox().map(({ op, resource }) => `${op} ${resource}`)).toEqual(
      Array(3).fill('create variations'),
    );
    expect(bench.rows(`SELECT description FROM experiments WHERE id = ${real}`)).toEqual([
      { description: 'New' },
    ]);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(temporaryIds(bench)).toEqual([]);
  });
});
