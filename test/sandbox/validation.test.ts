/** The rules of single resources that the sandbox answers 400 to, naming the fields. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { createAccount, createSmallAccount, idOf, refusedFields } from './help.ts';

let small: ReturnType<typeof createSmallAccount>;
beforeEach(() => {
  small = createSmallAccount();
});

describe('experiments', () => {
  const refused = (body: JsonObject) =>
    refusedFields(() => small.account.update('experiments', small.experiment, body));
  test.each([
    { status: 'running' },
    { status: 'Draft' },
    { percentage_included: -1 },
    { percentage_included: 10_001 },
    { activation_mode: 'later' },
    { experiment_type: 'multivariate' },
    { audience_ids: ['1'] },
    { audience_ids: [-1] },
    { audience_ids: [12345] },
    { url_conditions: [{ value: 'x' }] },
    { url_conditions: [{ match_type: 'fuzzy', value: 'x' }] },
    { url_conditions: [{ match_type: 'exact', value: 'x', negate: 'no' }] },
    { url_conditions: ['x'] },
  ])('%j is refused', (body) => {
    expect(refused(body)).toEqual(Object.keys(body));
  });

  test('a state that the API shows and does not take may be echoed', () => {
    small.account.plant('experiments', small.experiment, { status: 'Draft' });
    expect(small.account.update('experiments', small.experiment, { status: 'Draft' }).status).toBe('Draft');
  });

  test.each([
    { experiment_type: 'multivariate' },
    { experiment_type: 'multipage' },
    { is_multivariate: true },
  ])('one with %j refuses every update, and its variations do not', (state) => {
    const { account, experiment } = small;
    account.plant('experiments', experiment, state);
    expect(refused({ description: 'x' })).toEqual(Object.keys(state));
    const variation = idOf(account.list('variations', experiment)[0]);
    expect(account.update('variations', variation, { weight: 1 }).weight).toBe(1);
  });

  test('the project in a body has to be that of the URL', () => {
    const { account, project } = small;
    const body = { description: 'x', edit_url: 'y' };
    expect(account.create('experiments', project, { ...body, project_id: project }).project_id).toBe(project);
    expect(refusedFields(() => account.create('experiments', project, { ...body, project_id: 1 }))).toEqual([
      'project_id',
    ]);
  });

  test('an audience of another project is refused', () => {
    const other = idOf(small.account.create('projects', null, { project_name: 'Other' }));
    const audience = idOf(small.account.create('audiences', other, { name: 'A' }));
    expect(refused({ audience_ids: [audience] })).toEqual(['audience_ids']);
  });
});

describe('goals', () => {
  const create = (body: JsonObject) => small.account.create('goals', small.project, { title: 'G', ...body });
  const refused = (body: JsonObject) => refusedFields(() => create(body));

  test.each([2, 4])('one of type %i can not be created', (goal_type) => {
    expect(refused({ goal_type })).toEqual(['goal_type']);
  });
  test.each<[string, JsonObject, string[]]>([
    ['a click goal', { goal_type: 0 }, ['selector', 'target_to_experiments']],
    [
      'a click goal of its own pages',
      { goal_type: 0, selector: 'a', target_to_experiments: false },
      ['target_urls', 'target_url_match_types'],
    ],
    ['a custom event goal', { goal_type: 1 }, ['event']],
    ['a pageview goal', { goal_type: 3 }, ['urls', 'url_match_types']],
  ])('%s says what it needs', (_, body, fields) => {
    expect(refused(body)).toEqual(fields);
  });
  test('each type is created with what it needs', () => {
    expect(create({ goal_type: 0, selector: 'a', target_to_experiments: true }).selector).toBe('a');
    expect(create({ goal_type: 1, event: 'bought' }).event).toBe('bought');
    expect(create({ goal_type: 3, urls: ['u'], url_match_types: [3] }).urls).toEqual(['u']);
  });
  test('a match type outside 1 to 4 is refused', () => {
    expect(refused({ goal_type: 3, urls: ['u'], url_match_types: [5] })).toEqual(['url_match_types']);
  });
  test('an update that leaves a goal without what its type needs is refused', () => {
    const goal = idOf(create({ goal_type: 0, selector: 'a', target_to_experiments: true }));
    expect(refusedFields(() => small.account.update('goals', goal, { selector: null }))).toEqual([
      'selector',
    ]);
  });
  test('the event of a goal stays what it was created with', () => {
    const goal = idOf(create({ goal_type: 1, event: 'bought' }));
    expect(small.account.update('goals', goal, { event: 'sold' }).event).toBe('bought');
  });
  test('one with is_editable false refuses every update', () => {
    const goal = idOf(create({ goal_type: 1, event: 'bought' }));
    small.account.plant('goals', goal, { is_editable: false });
    expect(refusedFields(() => small.account.update('goals', goal, { title: 'G' }))).toEqual(['is_editable']);
  });
});

describe('schedules', () => {
  test.each(['2015-01-01', '2015-01-01T08:00:00', '2015-02-30T08:00:00Z', '2015-01-01T25:00:00Z', 'soon'])(
    'the time %s is refused',
    (start_time) => {
      expect(
        refusedFields(() => small.account.create('schedules', small.experiment, { start_time })),
      ).toContain('start_time');
    },
  );
  test('one of the two times may go as long as the other stays', () => {
    const { account, experiment } = small;
    const [start_time, stop_time] = ['2016-07-01T00:00:00Z', '2016-08-01T00:00:00Z'];
    const schedule = idOf(account.create('schedules', experiment, { start_time, stop_time }));
    expect(account.update('schedules', schedule, { start_time: null }).start_time).toBeNull();
    expect(refusedFields(() => account.update('schedules', schedule, { stop_time: null }))).toContain(
      'stop_time',
    );
  });
});

describe('dimensions', () => {
  test('a second one of the same name or client_api_name in a project is refused', () => {
    const { account, project } = small;
    account.create('dimensions', project, { name: 'Tier', client_api_name: 'tier' });
    const second = (body: JsonObject) => refusedFields(() => account.create('dimensions', project, body));
    expect(second({ name: 'Tier' })).toEqual(['name']);
    expect(second({ name: 'Other', client_api_name: 'tier' })).toEqual(['client_api_name']);
    expect(second({ name: 'Other', client_api_name: null })).toEqual([]);
    expect(second({ name: 'Third', client_api_name: null })).toEqual([]);
  });
  test('an update may keep its own name and not take another', () => {
    const { account, project } = small;
    account.create('dimensions', project, { name: 'Tier' });
    const other = idOf(account.create('dimensions', project, { name: 'Other' }));
    expect(account.update('dimensions', other, { name: 'Other' }).name).toBe('Other');
    expect(refusedFields(() => account.update('dimensions', other, { name: 'Tier' }))).toEqual(['name']);
  });
});

describe('segmentation', () => {
  test('audiences and dimensions that segment results are ten together at most', () => {
    const { account, project } = small;
    for (let i = 0; i < 3; i++) account.create('dimensions', project, { name: `D${i}` });
    for (let i = 0; i < 7; i++) account.create('audiences', project, { name: `A${i}`, segmentation: true });
    expect(
      refusedFields(() => account.create('audiences', project, { name: 'A', segmentation: true })),
    ).toEqual(['segmentation']);
    const plain = idOf(account.create('audiences', project, { name: 'A' }));
    expect(refusedFields(() => account.update('audiences', plain, { segmentation: true }))).toEqual([
      'segmentation',
    ]);
    expect(refusedFields(() => account.update('audiences', plain, { name: 'B' }))).toEqual([]);
  });
  test('an account without the plan has none', () => {
    const account = createAccount({ segmentationLimit: 0 });
    const project = idOf(account.create('projects', null, { project_name: 'P' }));
    expect(
      refusedFields(() => account.create('audiences', project, { name: 'A', segmentation: true })),
    ).toEqual(['segmentation']);
  });
  test('the conditions of an audience are a text that holds JSON', () => {
    const { account, project } = small;
    expect(refusedFields(() => account.create('audiences', project, { name: 'A', conditions: '[' }))).toEqual(
      ['conditions'],
    );
    expect(refusedFields(() => account.create('audiences', project, { name: 'A', conditions: [] }))).toEqual([
      'conditions',
    ]);
    expect(account.create('audiences', project, { name: 'A' }).conditions).toBe('[]');
  });
});
