/** The made-up account: repeatable, consistent with the description and with itself, and full of what is hard. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import {
  type EntityName,
  entityNames,
  fieldsOf,
  isEntityName,
  parentField,
  parentOf,
  takesNull,
} from '../../src/api/resources.ts';
import { valueProblem } from '../../src/sandbox/values.ts';
import { createAccount, idOf } from './help.ts';

const account = createAccount({ projects: 3 });
const everything = (of: ReturnType<typeof createAccount>) => entityNames.map((name) => of.list(name));
const some = (name: EntityName, is: (entity: JsonObject) => boolean) => account.list(name).filter(is);

describe('the same seed', () => {
  test('and start give the same account, and another seed another one', () => {
    expect(everything(createAccount({ projects: 3 }))).toEqual(everything(account));
    expect(everything(createAccount({ projects: 3, seed: 2 }))).not.toEqual(everything(account));
  });
  test('gives the same ids to what is created later', () => {
    const create = () => createAccount({ projects: 1 }).create('projects', null, { project_name: 'P' });
    expect(create()).toEqual(create());
  });
});

test('there is as much of everything as was asked for', () => {
  const counts = {
    experimentsPerProject: 7,
    goalsPerProject: 9,
    audiencesPerProject: 4,
    dimensionsPerProject: 2,
  };
  const of = createAccount({ projects: 2, ...counts });
  const [project] = of.list('projects').map(idOf);
  expect(of.list('projects')).toHaveLength(2);
  expect(of.list('experiments', project)).toHaveLength(7);
  expect(of.list('goals', project)).toHaveLength(9);
  expect(of.list('audiences', project)).toHaveLength(4);
  expect(of.list('dimensions', project)).toHaveLength(2);
});

describe.each(entityNames)('%s', (name) => {
  const all = account.list(name);
  test('have every field that the description lists, with a value that it allows', () => {
    for (const entity of all)
      for (const [field, described] of fieldsOf(name)) {
        const value = entity[field];
        expect(value, field).toBeDefined();
        if (value === null || value === undefined || described.alsoSeen?.includes(value as string)) continue;
        expect(valueProblem(described, value), `${field} ${JSON.stringify(value)}`).toBeUndefined();
      }
  });
  test('hold null only where the API may give it', () => {
    for (const entity of all)
      for (const [field, described] of fieldsOf(name))
        if (entity[field] === null) expect(takesNull(described) || described.by !== 'edit', field).toBe(true);
  });
  test('have ids of their own and name parents and others that are there', () => {
    expect(new Set(all.map(idOf)).size).toBe(all.length);
    const parent = parentField(name);
    const above = parentOf(name);
    for (const entity of all) {
      if (parent !== null && above !== null) expect(account.get(above, Number(entity[parent]))).toBeDefined();
      for (const [field, { references }] of fieldsOf(name)) {
        if (references === undefined || !isEntityName(references)) continue;
        for (const id of [entity[field] ?? []].flat())
          expect(account.get(references, Number(id)), field).toBeDefined();
      }
    }
  });
});

test('goals and experiments name each other, and experiments their variations', () => {
  for (const experiment of account.list('experiments')) {
    const named = some('goals', ({ experiment_ids }) =>
      (experiment_ids as number[]).includes(idOf(experiment)),
    );
    expect(new Set(named.map(idOf))).toEqual(new Set(experiment.display_goal_order_lst as number[]));
    expect(account.list('variations', idOf(experiment)).map(idOf)).toEqual(experiment.variation_ids);
  }
});

test('weights of an experiment add up, and only its last schedule is active', () => {
  for (const experiment of some('experiments', ({ is_multivariate }) => !is_multivariate)) {
    const weights = account.list('variations', idOf(experiment)).map(({ weight }) => Number(weight));
    expect(weights.reduce((sum, weight) => sum + weight)).toBe(10_000);
    const states = account.list('schedules', idOf(experiment)).map(({ status }) => status);
    expect(states.indexOf('ACTIVE')).toBe(states.length - 1);
  }
});

describe('what is hard is there:', () => {
  test.each<[string, EntityName, (entity: JsonObject) => boolean]>([
    ['ids above 2^31', 'experiments', ({ id }) => Number(id) > 2 ** 31],
    ['an id just below 2^53', 'audiences', ({ id }) => Number(id) > 2 ** 52],
    ['a multivariate experiment', 'experiments', ({ is_multivariate }) => is_multivariate === true],
    ['sections', 'variations', ({ section_id }) => section_id !== null],
    ['a draft', 'experiments', ({ status }) => status === 'Draft'],
    ['an experiment not started', 'experiments', ({ status }) => status === 'Not started'],
    ['a running one', 'experiments', ({ status }) => status === 'Running'],
    ['a paused one', 'experiments', ({ status }) => status === 'Paused'],
    ['an archived one', 'experiments', ({ status }) => status === 'Archived'],
    ['a malformed time', 'goals', ({ last_modified }) => String(last_modified).endsWith('ZZ')],
    ['a goal that can not be edited', 'goals', ({ is_editable }) => is_editable === false],
    ['a goal that does not say so', 'goals', ({ is_editable }) => is_editable === null],
    ['an archived goal', 'goals', ({ archived }) => archived === true],
    ['an inactive schedule', 'schedules', ({ status }) => status === 'INACTIVE'],
    ['a schedule without an end', 'schedules', ({ stop_time }) => stop_time === null],
    [
      'a negated condition',
      'experiments',
      (of) => JSON.stringify(of.url_conditions).includes('"negate":true'),
    ],
    ['a field that nobody lists', 'experiments', ({ auto_allocate }) => auto_allocate !== undefined],
    [
      'letters beyond Latin',
      'variations',
      ({ js_component }) => /\p{Script=Han}/u.test(String(js_component)),
    ],
    ['code of several pages', 'variations', ({ js_component }) => String(js_component).length > 3000],
  ])('%s', (_, name, is) => {
    expect(some(name, is)).not.toEqual([]);
  });
  test('goals of every type', () => {
    expect(new Set(account.list('goals').map(({ goal_type }) => goal_type))).toEqual(
      new Set([0, 1, 2, 3, 4]),
    );
  });
  test('conditions of audiences that hold JSON in more than one form', () => {
    const texts = account.list('audiences').map(({ conditions }) => String(conditions));
    for (const text of texts) expect(JSON.parse(text)).toBeInstanceOf(Array);
    expect(texts.some((text) => text.includes('\n'))).toBe(true);
  });
});

test('no time lies in the future of the account', () => {
  for (const entity of everything(account).flat())
    for (const field of ['created', 'last_modified'])
      if (typeof entity[field] === 'string') expect(entity[field] < '2016-06-10T12:00:01').toBe(true);
});
