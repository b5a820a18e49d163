/** The conflict table of CONTRACT.md, "How a push decides", rules 1 to 5, for every kind of resource. */
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import type { Bench } from './bench.ts';
import { type Small, smallBench } from './small.ts';
import { type Subject, subjects } from './subjects.ts';

interface Scene {
  readonly bench: Bench & { readonly small: Small };
  readonly id: number;
  /** The row of the mirror, as JSON values where they are plain. */
  readonly local: () => JsonObject | undefined;
  readonly there: () => JsonObject | undefined;
}

async function sceneOf({ resource, id }: Subject): Promise<Scene> {
  const bench = await smallBench();
  const entity = id(bench.small);
  return {
    bench,
    id: entity,
    local: () => bench.row(resource, entity),
    there: () => bench.account.get(resource, entity),
  };
}

const put = ({ resource }: Subject, id: number, body: JsonObject) => ({
  method: 'PUT',
  path: `${resource}/${id}`,
  body,
});

describe.each(subjects)('$resource', (subject) => {
  const { resource, field, base, ours, theirs, third, other, otherBase, otherTheirs } = subject;
  const conflict = { field, base, local: ours, remote: theirs };

  it.each<[string, PushOptions]>([
    ['manual', {}],
    ['ours', { onConflict: 'ours' }],
    ['theirs', { onConflict: 'theirs' }],
    ['strict', { strict: true }],
  ])('1, 2: unchanged there, the PUT carries the edited field alone (%s)', async (_, options) => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    const { outbox_id, ...report } = { outbox_id: bench.waiting().id, ...(await bench.push(options)) };
    expect(bench.writes()).toEqual([put(subject, id, { [field]: ours })]);
    expect(there()).toMatchObject({ [field]: ours, [other]: otherBase });
    expect(report.pushed).toEqual([{ outbox_id, resource, entity_id: id, op: 'update', remote_id: id }]);
    expect(report).toMatchObject({ exit: 0, conflicts: [], held: [], failed: [], remaining: 0, notices: [] });
    expect(bench.outbox()).toEqual([]);
    expect(bench.log()).toEqual([
      {
        ...{ outbox_id, resource, entity_id: id, op: 'update', outcome: 'sent', method: 'PUT', status: 202 },
        ...{ path: `${resource}/${id}`, request: { [field]: ours } },
        changes: [{ field, base, local: ours, remote: null }],
      },
    ]);
  });

  it('3: changed there in another field, the PUT leaves theirs alone', async () => {
    const { bench, id, there, local } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [other]: otherTheirs });
    const report = await bench.push();
    expect(bench.writes()).toEqual([put(subject, id, { [field]: ours })]);
    expect(there()).toMatchObject({ [field]: ours, [other]: otherTheirs });
    expect(local()).toMatchObject({ [field]: ours, [other]: otherTheirs });
    expect(report).toMatchObject({ exit: 0, conflicts: [], failed: [], remaining: 0, notices: [] });
  });

  it('3: under --strict any other change there is a conflict, which ours sends and theirs lets go', async () => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [other]: otherTheirs });
    const report = await bench.push({ strict: true });
    expect(bench.writes()).toEqual([]);
    expect(report).toMatchObject({ exit: 3, pushed: [], remaining: 1 });
    expect(report.conflicts.map(({ fields }) => fields)).toEqual([
      [{ field: other, base: otherBase, local: otherBase, remote: otherTheirs }],
    ]);
    expect(bench.waiting()).toMatchObject({ status: 'conflict', changes: [{ field, local: ours }] });
    bench.resolve({ kind: 'ours' });
    expect(await bench.push({ strict: true })).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes()).toEqual([put(subject, id, { [field]: ours })]);
    expect(there()).toMatchObject({ [field]: ours, [other]: otherTheirs });
  });

  it.each<[string, PushOptions]>([
    ['strict and ours', { strict: true, onConflict: 'ours' }],
    ['strict and theirs', { strict: true, onConflict: 'theirs' }],
  ])('3: %s keeps an edit of a field that only we changed', async (_, options) => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [other]: otherTheirs });
    expect(await bench.push(options)).toMatchObject({ exit: 0, remaining: 0, conflicts: [] });
    expect(bench.writes()).toEqual([put(subject, id, { [field]: ours })]);
    expect(there()).toMatchObject({ [field]: ours, [other]: otherTheirs });
  });

  it.each<[string, PushOptions]>([
    ['manual', {}],
    ['strict', { strict: true }],
    ['ours', { onConflict: 'ours' }],
    ['theirs', { onConflict: 'theirs' }],
  ])('3: the same value on both sides is converged, and nothing is sent (%s)', async (_, options) => {
    const { bench, id, local } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    const { id: outbox_id } = bench.waiting();
    bench.account.update(resource, id, { [field]: ours });
    const report = await bench.push(options);
    expect(bench.writes()).toEqual([]);
    expect(report).toMatchObject({ exit: 0, pushed: [], conflicts: [], remaining: 0 });
    expect(report.settled).toEqual([
      { outbox_id, resource, entity_id: id, op: 'update', outcome: 'converged', fields: [field] },
    ]);
    expect(bench.outbox()).toEqual([]);
    expect(bench.log()).toMatchObject([
      { outcome: 'converged', method: null, changes: [{ field, local: ours }] },
    ]);
    expect(local()).toMatchObject({ [field]: ours });
  });

  it('4: another value there is a conflict, and nothing of this entity is sent', async () => {
    const { bench, id, there, local } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours, [other]: otherTheirs });
    bench.account.update(resource, id, { [field]: theirs });
    const report = await bench.push();
    expect(bench.writes()).toEqual([]);
    expect(report).toMatchObject({ exit: 3, pushed: [], held: [], failed: [], remaining: 1 });
    expect(report.conflicts).toMatchObject([{ resource, entity_id: id, op: 'update', fields: [conflict] }]);
    expect(bench.waiting()).toMatchObject({ status: 'conflict', error: expect.stringContaining(field) });
    expect(bench.waiting().changes.find((change) => change.field === field)).toEqual(conflict);
    expect(there()).toMatchObject({ [field]: theirs, [other]: otherBase });
    expect(local()).toMatchObject({ [field]: ours, [other]: otherTheirs });
    expect(bench.log()).toEqual([]);
  });

  it.each<[string, (bench: Bench) => PushOptions]>([
    ['--on-conflict ours', () => ({ onConflict: 'ours' })],
    [
      'resolve --ours',
      (bench) => {
        bench.resolve({ kind: 'ours' });
        return {};
      },
    ],
  ])('4: %s sends our value', async (_, decide) => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [field]: theirs, [other]: otherTheirs });
    expect(await bench.push()).toMatchObject({ exit: 3 });
    expect(await bench.push(decide(bench))).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.writes()).toEqual([put(subject, id, { [field]: ours })]);
    expect(there()).toMatchObject({ [field]: ours, [other]: otherTheirs });
    expect(bench.log()).toMatchObject([{ outcome: 'sent', changes: [{ field, local: ours }] }]);
  });

  it('4: --on-conflict ours decides in the push that finds the conflict', async () => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [field]: theirs });
    expect(await bench.push({ onConflict: 'ours' })).toMatchObject({ exit: 0, remaining: 0 });
    expect(there()).toMatchObject({ [field]: ours });
  });

  it.each<[string, (bench: Bench) => PushOptions]>([
    ['--on-conflict theirs', () => ({ onConflict: 'theirs' })],
    [
      'resolve --theirs',
      (bench) => {
        bench.resolve({ kind: 'theirs' });
        return {};
      },
    ],
  ])('4: %s drops our edit of that field alone', async (_, decide) => {
    const { bench, id, there, local } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours, [other]: otherTheirs });
    bench.account.update(resource, id, { [field]: theirs });
    expect(await bench.push()).toMatchObject({ exit: 3 });
    expect(await bench.push(decide(bench))).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.writes()).toEqual([put(subject, id, { [other]: otherTheirs })]);
    expect(there()).toMatchObject({ [field]: theirs, [other]: otherTheirs });
    expect(local()).toMatchObject({ [field]: theirs, [other]: otherTheirs });
    expect(bench.log()).toMatchObject([
      { outcome: 'theirs', changes: [conflict] },
      { outcome: 'sent', changes: [{ field: other }] },
    ]);
  });

  it('4: --theirs of the only edited field sends nothing', async () => {
    const { bench, id, local } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [field]: theirs });
    expect(await bench.push({ onConflict: 'theirs' })).toMatchObject({ exit: 0, pushed: [], remaining: 0 });
    expect(bench.writes()).toEqual([]);
    expect(local()).toMatchObject({ [field]: theirs });
    expect(bench.outbox()).toEqual([]);
  });

  it.each<[string, Json, JsonObject[]]>([
    ['a third value', third, [{ [field]: third }]],
    ['their value', theirs, []],
  ])('4: --set sends %s', async (_, value, bodies) => {
    const { bench, id, there, local } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [field]: theirs });
    await bench.push();
    bench.resolve({ kind: 'set', values: { [field]: value } });
    expect(local()).toMatchObject({ [field]: value });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.writes().map(({ body }) => body)).toEqual(bodies);
    expect(there()).toMatchObject({ [field]: value });
  });

  it.each<[string, PushOptions]>([
    ['manual', {}],
    ['strict', { strict: true }],
  ])(
    '4: a decision for ours is asked for again where the API has moved on since (%s)',
    async (_, options) => {
      const { bench, id, there } = await sceneOf(subject);
      bench.set(resource, id, { [field]: ours });
      bench.account.update(resource, id, { [field]: theirs });
      await bench.push(options);
      bench.resolve({ kind: 'ours' });
      bench.account.update(resource, id, { [field]: third });
      const report = await bench.push(options);
      expect(report).toMatchObject({ exit: 3, pushed: [] });
      expect(report.conflicts[0]?.fields).toEqual([{ ...conflict, base: theirs, remote: third }]);
      expect(there()).toMatchObject({ [field]: third });
    },
  );

  it('4: an edit that came to what the API holds meanwhile ends a conflict', async () => {
    const { bench, id } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [field]: theirs });
    await bench.push();
    bench.set(resource, id, { [field]: theirs });
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.writes()).toEqual([]);
  });

  it('4: a conflict ends where they go back to what the edit was made on', async () => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, { [field]: theirs });
    await bench.push();
    bench.account.update(resource, id, { [field]: base });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(there()).toMatchObject({ [field]: ours });
  });
});

describe.each(subjects.filter(({ hasToken }) => hasToken))('$resource', (subject) => {
  const { resource, field, ours, theirs } = subject;

  it.each<[string, PushOptions]>([
    ['manual', {}],
    ['strict', { strict: true }],
  ])('1: a bumped last_modified without any other change is no conflict (%s)', async (_, options) => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.update(resource, id, {});
    expect(await bench.push(options)).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(bench.writes()).toEqual([put(subject, id, { [field]: ours })]);
    expect(there()).toMatchObject({ [field]: ours });
  });

  it('1: where last_modified is the same nobody else changed anything', async () => {
    const { bench, id, there } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.plant(resource, id, { [field]: theirs });
    expect(await bench.push({ strict: true })).toMatchObject({ exit: 0, conflicts: [], remaining: 0 });
    expect(there()).toMatchObject({ [field]: ours });
  });
});

describe.each(subjects.filter(({ hasToken }) => !hasToken))('$resource', (subject) => {
  const { resource, field, ours, theirs } = subject;

  it('1: where there is no last_modified the fields themselves are compared', async () => {
    const { bench, id } = await sceneOf(subject);
    bench.set(resource, id, { [field]: ours });
    bench.account.plant(resource, id, { [field]: theirs });
    expect(await bench.push()).toMatchObject({ exit: 3 });
  });
});
