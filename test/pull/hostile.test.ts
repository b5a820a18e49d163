/** Answers that no honest API gives. */

import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import fc from '../draws.ts';
import { dump, expectEntitiesEqual, expectEqual } from './equal.ts';
import { Rig } from './support.ts';

const idOf = ({ id }: JsonObject) => id as number;

/** A mirror of an honest account that begins to answer differently for one list. */
async function turned(list: (rig: Rig) => string, change: (items: JsonObject[]) => unknown) {
  let target = '';
  const rig = new Rig({
    alter: (path, body) => (path === target ? stringify(change(JSON.parse(body) as JsonObject[])) : body),
  });
  await rig.pull();
  target = list(rig);
  return { rig, before: dump(rig.db), turnBack: () => (target = '') };
}

/** A text stands for itself, so that what JSON.stringify would not write can be sent. */
const stringify = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

const goals = (rig: Rig) => `projects/${idOf(rig.some('projects'))}/goals`;
const projects = () => 'projects';
const stats = (rig: Rig) =>
  `experiments/${idOf(rig.some('experiments', (each) => each.status === 'Running' && String(each.created) > '2015-02'))}/stats`;

const [first = {}] = [{} as JsonObject];
/** The list as text, with more at the end of its first element: of two fields of one name the last counts. */
const withText = (text: string) => (items: JsonObject[]) => {
  const [head, ...rest] = items.map((each) => JSON.stringify(each));
  return `[${[`${head?.slice(0, -1)},${text}}`, ...rest].join()}]`;
};
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const withFirst = (fields: JsonObject) => (items: JsonObject[]) => [
  { ...items[0], ...fields },
  ...items.slice(1),
];

describe('a list that can not be trusted as a whole', () => {
  it.each<[string, (items: JsonObject[]) => unknown, RegExp]>([
    ['is an object', (items) => ({ items }), /expected a list/],
    ['is null', () => null, /expected a list/],
    ['is a number', () => 42, /expected a list/],
    ['is an empty text', () => ' ', /empty body|no JSON/],
    ['holds a null', (items) => [null, ...items], /element 0/],
    ['holds lists', (items) => [items], /element 0/],
    ['holds an id as text', withFirst({ id: '123' }), /expected an id/],
    ['holds an id that is negative', withFirst({ id: -5 }), /expected an id/],
    ['holds an id that is a fraction', withFirst({ id: 1.5 }), /expected an id/],
    [
      'holds an id above 2^53',
      (items) => JSON.stringify(items).replace(/"id":\d+/, '"id":9007199254740993'),
      /expected an id/,
    ],
    ['lacks an id', (items) => items.map(({ id, ...rest }) => rest), /expected an id/],
    ['names one twice', (items) => [...items, ...items.slice(0, 1)], /listed twice/],
    ['is nested too deeply', withFirst({ unlisted: JSON.parse(deep(200)) as Json }), /nested deeper/],
    ['is thousands of brackets', () => deep(20_000), /JSON/],
    ['is cut short', (items) => JSON.stringify(items).slice(0, -20), /cut short/],
    ['is a page', () => '<!doctype html><title>Sign in</title>', /HTML/],
  ])('deletes nothing and is named: it %s', async (_, change, words) => {
    for (const list of [goals, projects]) {
      const { rig, before, turnBack } = await turned(list, change);
      const report = await rig.pull({ acceptDeletions: true });
      expect(report).toMatchObject({
        status: 'partial',
        errors: [{ resource: list === goals ? 'goals' : 'projects' }],
      });
      expect(report.errors[0]?.message).toMatch(words);
      expect(dump(rig.db)).toBe(before);
      turnBack();
      expect(await rig.pull()).toMatchObject({ status: 'complete' });
      expectEqual(rig.db, rig.account);
    }
  });

  it.each<[string, (items: JsonObject[]) => unknown, RegExp]>([
    ['lacks a goal', withFirst({ goal_id: null }), /goal_id/],
    ['has the key of another', (items) => [...items, ...items.slice(0, 1)], /listed twice/],
    ['has an object for a variation', withFirst({ variation_id: {} }), /variation_id/],
  ])('rows of results: one %s', async (_, change, words) => {
    const { rig, before } = await turned(stats, change);
    const report = await rig.pull({ acceptDeletions: true });
    expect(report.errors).toMatchObject([{ resource: 'stats', message: expect.stringMatching(words) }]);
    expect(dump(rig.db)).toBe(before);
  });
});

describe('an entity with a field of the wrong kind', () => {
  it.each<[string, JsonObject]>([
    ['a number for a text', { title: 5 }],
    ['an object for a text', { title: { now: 'an object' } }],
    ['a text for a boolean', { archived: 'false' }],
    ['a text for a number', { goal_type: '1' }],
    ['an object for a list', { experiment_ids: {} }],
    ['texts for ids', { experiment_ids: ['1', '2'] }],
    ['another parent', { project_id: 4711 }],
  ])('is named and stays as it was, and its siblings come: %s', async (_, fields) => {
    const { rig, turnBack } = await turned(goals, withFirst(fields));
    const [broken, sibling] = rig.list('goals', idOf(rig.some('projects')));
    const kept = rig.all('SELECT * FROM goals WHERE id = ?', broken?.id);
    rig.account.plant('goals', idOf(broken ?? first), { description: 'Changed as well' });
    rig.account.plant('goals', idOf(sibling ?? first), { description: 'New there' });
    const report = await rig.pull();
    expect(report.errors).toMatchObject([{ resource: 'goals', status: null }]);
    expect(report.errors[0]?.message).toContain(`goals ${broken?.id}: ${Object.keys(fields)[0]}`);
    expect(rig.all('SELECT * FROM goals WHERE id = ?', broken?.id)).toEqual(kept);
    expect(rig.one('SELECT description FROM goals WHERE id = ?', sibling?.id)).toBe('New there');
    turnBack();
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expectEntitiesEqual(rig.db, rig.account);
  });

  it('a row of results is named and stays, and no other is deleted', async () => {
    const { rig, before } = await turned(stats, (items) => [{ ...items[0], visitors: 'many' }]);
    const report = await rig.pull({ acceptDeletions: true });
    expect(report.errors).toMatchObject([
      { resource: 'stats', message: expect.stringContaining('visitors') },
    ]);
    expect(dump(rig.db)).toBe(before);
  });
});

describe('what is strange and allowed', () => {
  it.each<[string, string]>([
    ['a __proto__', '"__proto__":{"polluted":true}'],
    [
      'names that every object inherits',
      '"constructor":1,"toString":{"a":2},"hasOwnProperty":null,"valueOf":[]',
    ],
    ['names of columns elsewhere', '"extra":{"body":1},"parent_id":7,"rowid":9,"body":"x","run_id":3'],
    [
      'lone surrogates, a NUL and a byte order mark',
      '"unlisted":"\\ud800 \\u0000 \\ufeff","title":"\\udfff\\u0000x"',
    ],
    ['numbers without bounds', '"unlisted":[1e308,-0,0.1,123456789012345678901234567890,5e-324]'],
    ['a large text', `"unlisted":"${'x'.repeat(2_000_000)}"`],
    ['SQL', `"title":"'; DROP TABLE goals; --","unlisted":"\\"]}"`],
    ['an empty name', '"":"empty","a.b":1,"$":2,"\\"":3'],
  ])('is kept, and found unchanged: %s', async (_, text) => {
    const { rig } = await turned(goals, withText(text));
    expect((await rig.pull()).errors).toEqual([]);
    const before = dump(rig.db);
    const again = await rig.pull({ full: true });
    expect(again).toMatchObject({ status: 'complete', resources: { goals: { updated: 0 } } });
    expect(dump(rig.db)).toBe(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(rig.one('SELECT count(*) FROM goals')).toBe(rig.list('goals').length);
    expect(rig.db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('strange rows of results are kept, and found unchanged', async () => {
    const strange = '"constructor":[1],"extra":"x","variation_name":"\\ud800\\u0000","unlisted":1e300';
    const { rig } = await turned(stats, withText(strange));
    await rig.pull();
    const before = dump(rig.db);
    await rig.pull({ full: true });
    expect(dump(rig.db)).toBe(before);
  });
});

/** What a strange answer rightly enters. */
const histories = ['changes', 'own_changes', 'results_history', 'stats_history'];

describe('whatever one answer is turned into', () => {
  it('a pull ends, names what it can not use, deletes nothing it should not, and the next one is equal', async () => {
    const places = fc.record({
      list: fc.nat(),
      item: fc.nat(),
      field: fc.nat(),
      value: fc.jsonValue({ maxDepth: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(places, async ({ list, item, field, value }) => {
        let target: string | null = null;
        const rig = new Rig({
          account: { projects: 1, experimentsPerProject: 6 },
          alter: (path, body) =>
            path === target ? JSON.stringify(spoiled(JSON.parse(body), item, field, value as Json)) : body,
        });
        await rig.pull();
        target = rig.asked[list % rig.asked.length] ?? null;
        const before = dump(rig.db, histories);
        const report = await rig.pull({ full: true });
        for (const { deleted } of Object.values(report.resources)) expect(deleted).toBe(0);
        if (report.status === 'partial') expect(report.errors.length).toBeGreaterThan(0);
        target = null;
        expect(await rig.pull({ full: true })).toMatchObject({ status: 'complete' });
        expectEqual(rig.db, rig.account);
        expect(dump(rig.db, histories)).toBe(before);
      }),
      { numRuns: 60 },
    );
  });
});

/** One field of one element gets another value. */
function spoiled(items: JsonObject[], item: number, field: number, value: Json): unknown {
  if (items.length === 0) return value;
  const index = item % items.length;
  const names = Object.keys(items[index] ?? {});
  const name = names[field % names.length] ?? '';
  // Another id is another entity, and an empty list is one: that would be believed, so it is no list at all.
  if (['id', 'variation_id', 'goal_id'].includes(name)) return { [name]: value };
  return items.map((each, place) => (place === index ? { ...each, [name]: value } : each));
}
