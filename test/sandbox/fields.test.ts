/** What holds for every field of the description: which values are refused by name, taken, or ignored. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Field, Json, JsonObject } from '../../src/api/description.ts';
import {
  type EntityName,
  editableFields,
  entityNames,
  fieldsOf,
  takesNull,
} from '../../src/api/resources.ts';
import { createSmallAccount, idOf, refusedFields } from './help.ts';

let small: ReturnType<typeof createSmallAccount>;
beforeEach(() => {
  small = createSmallAccount();
});

/** One entity of each resource, made with the least that a create needs. */
function makeOne(name: EntityName): JsonObject {
  const { account, project, experiment } = small;
  const bodies: Record<EntityName, [number | null, JsonObject]> = {
    projects: [null, { project_name: 'P' }],
    audiences: [project, { name: 'A' }],
    dimensions: [project, { name: 'D' }],
    experiments: [project, { description: 'E', edit_url: 'https://e.example/' }],
    variations: [experiment, { description: 'V' }],
    schedules: [experiment, { start_time: '2016-07-01T00:00:00Z' }],
    goals: [project, { title: 'G', goal_type: 3, urls: [], url_match_types: [] }],
  };
  return account.create(name, ...bodies[name]);
}

const wrong: Readonly<Record<Field['kind'], Json>> = {
  integer: 1.5,
  number: '1',
  boolean: 1,
  text: 7,
  time: 7,
  utcSecond: '2015-01-01T08:00:00.000Z',
  jsonText: '{"a"',
  list: 'a',
};

describe.each(entityNames)('%s', (name) => {
  test.each(editableFields(name))('a %s of the wrong type is refused by name', (field, { kind }) => {
    const entity = makeOne(name);
    expect(refusedFields(() => small.account.update(name, idOf(entity), { [field]: wrong[kind] }))).toContain(
      field,
    );
    expect(small.account.get(name, idOf(entity))).toEqual(entity);
  });

  test('null is taken exactly where the description says so', () => {
    const entity = makeOne(name);
    const refused = editableFields(name)
      .filter(([field]) => entity[field] !== null)
      .filter(
        ([field]) =>
          refusedFields(() => small.account.update(name, idOf(entity), { [field]: null })).length > 0,
      )
      .map(([field]) => field);
    const notNull = editableFields(name)
      .filter(([, field]) => !takesNull(field))
      .map(([field]) => field);
    // A schedule needs one of its two times, so the only one that it has can't go.
    expect(refused).toEqual(name === 'schedules' ? ['start_time'] : notNull);
  });

  test('server-set fields in a body change nothing', () => {
    const entity = makeOne(name);
    const sent = fieldsOf(name).filter(([field, { by }]) => by === 'server' && field !== 'last_modified');
    const body = Object.fromEntries(sent.map(([field]) => [field, 4711]));
    expect(small.account.update(name, idOf(entity), body)).toMatchObject(
      Object.fromEntries(sent.map(([field]) => [field, entity[field]])),
    );
  });

  test('a body may echo the whole entity, and may have fields that nobody knows', () => {
    const entity = makeOne(name);
    const echoed = small.account.update(name, idOf(entity), { ...entity, surprise: [1] });
    expect({ ...echoed, last_modified: null }).toEqual({ ...entity, last_modified: null });
  });

  test('what a create needs is named when it is missing', () => {
    const { account, project, experiment } = small;
    const needed = fieldsOf(name)
      .filter(([, { required, by }]) => required && by !== 'parent')
      .map(([field]) => field);
    const parents =
      name === 'projects' ? null : name === 'variations' || name === 'schedules' ? experiment : project;
    const refused = refusedFields(() => account.create(name, parents, {}));
    expect(refused).toEqual(name === 'schedules' ? ['start_time', 'stop_time'] : needed);
  });
});
