/** The three-way merge, over all combinations of what each side may hold, and by its laws. */

import { describe, expect, it, test } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, entityResource, fieldOf } from '../../src/api/resources.ts';
import { editedFields, sameValue } from '../../src/sync/equality.ts';
import { deleteConflicts, mergeField, mergeUpdate } from '../../src/sync/merge.ts';
import fc from '../draws.ts';

const text = fieldOf('experiments', 'description');
const ids = fieldOf('experiments', 'audience_ids');
const opaque = fieldOf('experiments', 'url_conditions');
const jsonText = fieldOf('audiences', 'conditions');

const held = ['absent', 'base', 'a', 'b'] as const;
type Held = (typeof held)[number];
const triples = held.flatMap((base) =>
  held.flatMap((local) => held.map((remote): [Held, Held, Held] => [base, local, remote])),
);

/** What the contract says of one field, in words of equality alone. */
function verdict([base, local, remote]: [Held, Held, Held]): string {
  if (local === remote || local === base) return 'converged';
  return base === remote ? 'ours' : 'conflict';
}

/** The values that stand for the four things a side may hold; several where they mean the same. */
const kinds: [string, ReturnType<typeof fieldOf>, Record<Held, Json[]>][] = [
  ['a text', text, { absent: [null], base: ['was'], a: ['A'], b: ['B'] }],
  ['a number', fieldOf('variations', 'weight'), { absent: [null], base: [0], a: [1], b: [10000] }],
  ['a boolean', fieldOf('projects', 'exclude_names'), { absent: [null], base: [false], a: [true], b: ['?'] }],
  [
    'a text that holds JSON',
    jsonText,
    {
      absent: [null],
      base: ['["and",{"a":1,"b":2}]', '["and", {"b": 2, "a": 1}]'],
      a: ['[]', ' [ ] '],
      b: ['["or"]'],
    },
  ],
  [
    'a list of objects',
    opaque,
    {
      absent: [null],
      base: [
        [
          {
            match_type: 'exact',
            value: 'x',
            negate: false,
            index: 0,
            created: 'then',
            last_modified: 'then',
          },
        ],
        [{ value: 'x', match_type: 'exact', negate: false, index: 7, created: 'now', last_modified: 'now' }],
        [{ value: 'x', match_type: 'exact' }],
      ],
      a: [[{ match_type: 'exact', value: 'x', negate: true }]],
      b: [[], []],
    },
  ],
  [
    'a list of texts',
    fieldOf('goals', 'urls'),
    { absent: [null], base: [['x', 'y']], a: [['y', 'x']], b: [[]] },
  ],
];

describe.each(kinds)('%s', (_, field, values) => {
  test.each(triples)('base %s, here %s, there %s', (...held) => {
    const [base, local, remote] = held.map((name) => values[name]) as [Json[], Json[], Json[]];
    for (const was of base)
      for (const ours of local)
        for (const theirs of remote) {
          const merged = mergeField(field, was, ours, theirs);
          expect(merged.outcome).toBe(verdict(held));
          if (merged.outcome === 'ours') expect(merged.value).toBe(ours);
        }
  });
});

const subsets: Json[] = [null, [], [1], [2], [3], [1, 2], [2, 1], [1, 3], [2, 3], [3, 2, 1]];
const members = (value: Json) => (Array.isArray(value) ? value : []) as number[];

/** Each element by itself: an old one stays where both kept it, a new one is there where anybody added it. */
function naiveSet(base: number[], local: number[], remote: number[]): number[] {
  return [...new Set([...base, ...local, ...remote])].filter((item) =>
    base.includes(item)
      ? local.includes(item) && remote.includes(item)
      : local.includes(item) || remote.includes(item),
  );
}

describe('a list of ids', () => {
  it('merges as a set, over all combinations of three elements', () => {
    for (const base of subsets)
      for (const local of subsets)
        for (const remote of subsets) {
          const merged = mergeField(ids, base, local, remote);
          const expected = naiveSet(members(base), members(local), members(remote));
          const value = merged.outcome === 'ours' ? merged.value : remote;
          expect(merged.outcome).toBe(sameValue(ids, expected, remote) ? 'converged' : 'ours');
          expect(members(value).toSorted()).toEqual(expected.toSorted());
        }
  });

  it('keeps their order, and puts what we added behind it', () => {
    expect(mergeField(ids, [1, 2], [9, 1, 2, 3], [7, 2, 1])).toEqual({
      outcome: 'ours',
      value: [7, 2, 1, 9, 3],
    });
  });

  it('names nothing twice', () => {
    expect(mergeField(ids, [], [5, 5, 6], [6])).toEqual({ outcome: 'ours', value: [6, 5] });
  });
});

const set = fc.uniqueArray(fc.integer({ min: 1, max: 8 }));
const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('the laws of the merge', () => {
  it('agrees about sets with a model that looks at each element by itself', () => {
    fc.assert(
      fc.property(set, set, set, (base, local, remote) => {
        const merged = mergeField(ids, base, local, remote);
        const value = merged.outcome === 'ours' ? merged.value : remote;
        expect(members(value).toSorted()).toEqual(naiveSet(base, local, remote).toSorted());
      }),
    );
  });

  it('comes to the same set from either side', () => {
    fc.assert(
      fc.property(set, set, set, (base, local, remote) => {
        const [here, there] = [mergeField(ids, base, local, remote), mergeField(ids, base, remote, local)];
        const ours = here.outcome === 'ours' ? here.value : remote;
        const theirs = there.outcome === 'ours' ? there.value : local;
        expect(sameValue(ids, ours, theirs)).toBe(true);
      }),
    );
  });

  it.each([
    ['a text', text],
    ['a list of objects', opaque],
    ['a list of ids', ids],
  ])('finds %s that both sides changed alike converged, whichever side asks', (_, field) => {
    fc.assert(
      fc.property(json, json, json, (base, local, remote) => {
        const alike = sameValue(field, local, remote);
        const both = [mergeField(field, base, local, remote), mergeField(field, base, remote, local)];
        if (alike) expect(both.map(({ outcome }) => outcome)).toEqual(['converged', 'converged']);
        expect(both.some(({ outcome }) => outcome === 'conflict')).toBe(
          both.every(({ outcome }) => outcome === 'conflict'),
        );
      }),
    );
  });

  it('merges a second time to the same, on the base that it was moved onto', () => {
    fc.assert(
      fc.property(fc.constantFrom(text, ids, opaque), json, json, json, (field, base, local, remote) => {
        const once = mergeField(field, base, local, remote);
        if (once.outcome !== 'ours') return;
        expect(mergeField(field, remote, once.value, remote)).toEqual(once);
        expect(mergeField(field, remote, once.value, once.value).outcome).toBe('converged');
      }),
    );
  });

  it('never loses what we added or brings back what they removed', () => {
    fc.assert(
      fc.property(set, set, set, (base, local, remote) => {
        const merged = mergeField(ids, base, local, remote);
        const value = members(merged.outcome === 'ours' ? merged.value : remote);
        for (const item of local) if (!base.includes(item)) expect(value).toContain(item);
        for (const item of base) if (!remote.includes(item)) expect(value).not.toContain(item);
      }),
    );
  });

  it('takes JSON for what it is: the order of keys counts nothing, the order of a list does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse());
        expect(sameValue(undefined, object, turned)).toBe(true);
      }),
    );
    expect(sameValue(undefined, [1, 2], [2, 1])).toBe(false);
    expect(sameValue(undefined, { a: null }, {})).toBe(false);
    expect(sameValue(undefined, 0, false)).toBe(false);
    expect(sameValue(undefined, '1', 1)).toBe(false);
  });
});

const entity = (fields: JsonObject): JsonObject => ({ id: 1, last_modified: 't1', ...fields });
const change = (field: string, base: Json, local: Json) => ({ field, base, local });

describe('an update', () => {
  const base = entity({ description: 'was', custom_css: 'css', custom_js: 'js', audience_ids: [1] });
  const edits = [change('description', 'was', 'ours'), change('audience_ids', [1], [1, 2])];

  it('is all ours where the conflict token says that nobody else touched the entity', () => {
    const remote = { ...base, description: 'the server made this of it', custom_css: 'too' };
    expect(mergeUpdate('experiments', edits, base, remote, { strict: true })).toEqual({
      ours: { description: 'ours', audience_ids: [1, 2] },
      converged: [],
      conflicts: [],
    });
  });

  it('is merged field by field where the token is another one', () => {
    const remote = { ...base, last_modified: 't2', custom_css: 'theirs', audience_ids: [3] };
    expect(mergeUpdate('experiments', edits, base, remote)).toEqual({
      ours: { description: 'ours', audience_ids: [3, 2] },
      converged: [],
      conflicts: [],
    });
  });

  it('conflicts in the fields that both sides changed to different values, and only in those', () => {
    const remote = { ...base, last_modified: 't2', description: 'theirs' };
    const { ours, conflicts } = mergeUpdate('experiments', edits, base, remote);
    expect(ours).toEqual({ audience_ids: [1, 2] });
    expect(conflicts).toEqual([{ field: 'description', base: 'was', local: 'ours', remote: 'theirs' }]);
  });

  it('leaves a bumped token without any other change alone, also under strict', () => {
    const remote = { ...base, last_modified: 't2', variation_ids: [9], display_goal_order_lst: [8] };
    for (const strict of [false, true])
      expect(mergeUpdate('experiments', edits, base, remote, { strict }).conflicts).toEqual([]);
  });

  it('under strict conflicts with any other change, but not with the same one', () => {
    const remote = { ...base, last_modified: 't2', custom_css: 'theirs', description: 'ours' };
    const { ours, converged, conflicts } = mergeUpdate('experiments', edits, base, remote, { strict: true });
    expect(conflicts).toEqual([{ field: 'custom_css', base: 'css', local: 'css', remote: 'theirs' }]);
    expect([Object.keys(ours), converged]).toEqual([['audience_ids'], ['description']]);
  });

  it('under strict conflicts with a change of a field that no description lists', () => {
    const [before, after] = [
      entity({ auto_allocate: false }),
      entity({ auto_allocate: true, last_modified: 't2' }),
    ];
    const { conflicts } = mergeUpdate('experiments', [], before, after, { strict: true });
    expect(conflicts.map(({ field }) => field)).toEqual(['auto_allocate']);
    expect(editedFields('experiments', entity({}), entity({ auto_allocate: true }))).toEqual([]);
  });

  it('compares the fields themselves where the resource has no token', () => {
    const before = { id: 1, description: 'was', weight: 5000, last_modified: 'same' };
    const after = { ...before, description: 'theirs' };
    const { conflicts } = mergeUpdate('variations', [change('description', 'was', 'ours')], before, after);
    expect(conflicts.map(({ field }) => field)).toEqual(['description']);
  });

  const settings = { token: ['same', 'other'], strict: [false, true] } as const;
  const cases = settings.token.flatMap((token) =>
    settings.strict.flatMap((strict) => triples.map((triple) => ({ token, strict, triple }))),
  );
  it.each(cases)(
    'token $token, strict $strict: $triple of one field, another field changed there',
    (given) => {
      const values: Record<Held, Json> = { absent: null, base: 'was', a: 'A', b: 'B' };
      const [was, ours, theirs] = given.triple.map((name) => values[name]) as [Json, Json, Json];
      const before = entity({ description: was, custom_css: 'css' });
      const last_modified = given.token === 'same' ? 't1' : 't2';
      const after = { ...before, last_modified, description: theirs, custom_css: 'theirs' };
      const merged = mergeUpdate('experiments', [change('description', was, ours)], before, after, given);
      const apart = given.triple[1] !== given.triple[2];
      const conflict = given.token === 'other' && verdict(given.triple) === 'conflict';
      const strict = given.token === 'other' && given.strict;
      const named = merged.conflicts.map(({ field }) => field).toSorted();
      // Under strict a change of the very field that was set back here is somebody else's change too.
      const own = conflict || (strict && apart && given.triple[0] !== given.triple[2]);
      expect(named).toEqual([...(strict ? ['custom_css'] : []), ...(own ? ['description'] : [])]);
      const sent =
        verdict(given.triple) === 'ours' || (given.token === 'same' && verdict(given.triple) === 'conflict');
      expect(Object.keys(merged.ours)).toEqual(sent ? ['description'] : []);
    },
  );
});

describe('a delete', () => {
  const withToken = entityNames.filter((name) => entityResource(name).conflictToken !== null);
  const without = entityNames.filter((name) => entityResource(name).conflictToken === null);
  const label = (resource: EntityName) => entityResource(resource).label ?? 'start_time';

  it.each(withToken)('of %s meets what changed there, where the token is another one', (resource) => {
    const [before, after] = [entity({ [label(resource)]: 'was' }), entity({ [label(resource)]: 'is' })];
    expect(deleteConflicts(resource, before, after)).toEqual([]);
    expect(deleteConflicts(resource, before, { ...after, last_modified: 't2' })).toEqual([
      { field: label(resource), base: 'was', local: null, remote: 'is' },
    ]);
    expect(deleteConflicts(resource, before, { ...before, last_modified: 't2' })).toEqual([]);
  });

  it.each(without)('of %s meets what changed there, field by field', (resource) => {
    const before = { id: 1, [label(resource)]: 'was' };
    expect(deleteConflicts(resource, before, before)).toEqual([]);
    expect(deleteConflicts(resource, before, { ...before, [label(resource)]: 'is' })).toHaveLength(1);
  });

  it('is not held up by what the server derives', () => {
    const before = { id: 1, start_time: 'x', status: 'ACTIVE' };
    expect(deleteConflicts('schedules', before, { ...before, status: 'INACTIVE' })).toEqual([]);
  });
});
