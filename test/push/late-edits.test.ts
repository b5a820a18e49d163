/** Edits that are made, or taken back, while a push looks around or sends. */
import { expect, it } from 'vitest';
import { dropEdits } from '../../src/sync/drop.ts';
import { smallBench } from './small.ts';
import { noon } from './wire.ts';

it('an edit made on what was read for another edit is a conflict where somebody else changed the same', async () => {
  const bench = await smallBench();
  const { account, goal } = bench.small;
  bench.set('goals', goal, { description: 'ours' });
  account.update('goals', goal, { title: 'theirs' });
  bench.during('GET', () => {
    bench.set('goals', goal, { description: 'bought' });
    bench.set('goals', goal, { title: 'ours' });
  });
  const { conflicts } = await bench.push();
  expect(conflicts).toMatchObject([{ resource: 'goals', entity_id: goal }]);
  expect(bench.writes()).toEqual([]);
  expect(account.get('goals', goal)).toMatchObject({ title: 'theirs' });
});

it('what was read is shown, also where the edit that it was read for has been taken back', async () => {
  const bench = await smallBench();
  const { account, goal } = bench.small;
  bench.set('goals', goal, { description: 'ours' });
  account.update('goals', goal, { title: 'theirs' });
  bench.during('GET', () => bench.set('goals', goal, { description: 'bought' }));
  expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  expect(bench.row('goals', goal)).toMatchObject({ title: 'theirs' });
  expect(bench.rows('SELECT field, new_value FROM changes')).toContainEqual({
    field: 'title',
    new_value: '"theirs"',
  });
});

it('a delete that is taken back too late leaves the edits that it had set aside to a decision', async () => {
  const bench = await smallBench();
  const { experiment, variation } = bench.small;
  bench.set('variations', variation, { description: 'ours' });
  bench.remove('experiments', experiment);
  bench.during('DELETE', () => dropEdits(bench.db, [bench.waiting().id], new Date(noon).toISOString()));
  await bench.push({ yes: true });
  expect(bench.account.get('experiments', experiment)).toBeUndefined();
  expect(bench.waiting()).toMatchObject({ resource: 'variations', entity_id: variation, status: 'conflict' });
  expect(bench.row('variations', variation)).toMatchObject({ description: 'ours' });
});

it.each([
  ['to another value is sent on top of it', { stop_time: '2020-03-03T08:00:00Z' }],
  ['to the same value has nothing left to send', { stop_time: '2020-02-02T08:00:00Z' }],
])('an edit made after the one on the wire was dropped, %s', async (_, again) => {
  const bench = await smallBench();
  const { account, schedule } = bench.small;
  const first = { stop_time: '2020-02-02T08:00:00Z' };
  bench.set('schedules', schedule, first);
  bench.during('PUT', () => {
    dropEdits(bench.db, [bench.waiting().id], new Date(noon).toISOString());
    bench.set('schedules', schedule, again);
  });
  await bench.push();
  expect(bench.rows("SELECT base_value FROM outbox_changes WHERE field = 'stop_time'")).toEqual(
    again.stop_time === first.stop_time ? [] : [{ base_value: JSON.stringify(first.stop_time) }],
  );
  expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
  expect(account.get('schedules', schedule)).toMatchObject(again);
  expect(bench.row('schedules', schedule)).toMatchObject(again);
});
