/** What the sandbox does by itself: defaults, children that come along, lists that follow, times that move. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createAccount, createSmallAccount, idOf, noon } from './help.ts';

let small: ReturnType<typeof createSmallAccount>;
beforeEach(() => {
  small = createSmallAccount();
});

test('a new project has the defaults of the reference, an engagement goal and a revenue goal', () => {
  const { account, project } = small;
  expect(account.get('projects', project)).toMatchObject({
    project_name: 'Shop',
    project_status: 'Active',
    code_revision: 0,
    library: 'jquery-1.6.4-trim',
    include_jquery: true,
    js_file_size: null,
    project_javascript: null,
    ip_filter: '',
  });
  expect(account.list('goals', project).map(({ goal_type }) => goal_type)).toEqual([2, 4]);
});

test('a new experiment has its defaults, one condition on its page, and two variations of half the traffic', () => {
  const { account, project, experiment } = small;
  const made = account.get('experiments', experiment);
  const variations = account.list('variations', experiment);
  expect(made).toMatchObject({
    project_id: project,
    status: 'Not started',
    percentage_included: 10_000,
    activation_mode: 'immediate',
    experiment_type: 'ab',
    audience_ids: [],
    primary_goal_id: null,
    variation_ids: variations.map(idOf),
  });
  expect(made?.url_conditions).toEqual([
    {
      match_type: 'simple',
      value: 'https://shop.example/',
      negate: false,
      index: 0,
      created: made?.created,
      last_modified: made?.created,
    },
  ]);
  expect(
    variations.map(({ weight, js_component, project_id }) => [weight, js_component, project_id]),
  ).toEqual([
    [5000, '', project],
    [5000, '', project],
  ]);
});

test('conditions are numbered and timed by the server, and one that stays keeps its times', () => {
  const { account, experiment } = small;
  const [first] = account.update('experiments', experiment, {}).url_conditions as [{ created: string }];
  const { match_type, value } = { match_type: 'exact', value: 'https://shop.example/new' };
  const { url_conditions } = account.update('experiments', experiment, {
    url_conditions: [{ match_type, value }, first],
  });
  expect(url_conditions).toMatchObject([
    { match_type, value, negate: false, index: 0 },
    { index: 1, created: first.created },
  ]);
  expect((url_conditions as { created: string }[])[0]?.created).not.toBe(first.created);
});

describe('times', () => {
  test('they have microseconds, and an update is always later than what was before', () => {
    const { account, experiment } = small;
    const before = String(account.get('experiments', experiment)?.last_modified);
    const first = String(account.update('experiments', experiment, {}).last_modified);
    const second = String(account.update('experiments', experiment, {}).last_modified);
    expect([before < first, first < second]).toEqual([true, true]);
    expect(second).toMatch(/^2016-06-10T12:00:00\.\d{6}Z$/);
  });
  test('they stay in order when the clock goes back', () => {
    let now = noon;
    const { account, experiment } = createSmallAccount({ now: () => now });
    const before = String(account.get('experiments', experiment)?.last_modified);
    now -= 3_600_000;
    expect(String(account.update('experiments', experiment, {}).last_modified) > before).toBe(true);
  });
  test("editing a variation or a schedule leaves its experiment's last_modified alone", () => {
    const { account, experiment } = small;
    const before = account.get('experiments', experiment)?.last_modified;
    account.update('variations', idOf(account.list('variations', experiment)[0]), { weight: 1 });
    account.create('schedules', experiment, { stop_time: '2016-07-01T00:00:00Z' });
    expect(account.get('experiments', experiment)?.last_modified).toBe(before);
  });
});

test('variation_ids follow the variations that are created and deleted', () => {
  const { account, experiment } = small;
  const third = idOf(account.create('variations', experiment, { description: 'Third' }));
  const first = idOf(account.list('variations', experiment)[0]);
  account.remove('variations', first);
  const ids = account.list('variations', experiment).map(idOf);
  expect(ids).toContain(third);
  expect(account.get('experiments', experiment)?.variation_ids).toEqual(ids);
});

test('a new schedule is active and makes the earlier ones inactive', () => {
  const { account, experiment } = small;
  for (const month of ['07', '08', '09'])
    account.create('schedules', experiment, { start_time: `2016-${month}-01T00:00:00Z` });
  const states = account.list('schedules', experiment).map(({ status }) => status);
  expect(states).toEqual(['INACTIVE', 'INACTIVE', 'ACTIVE']);
});

describe('goals and experiments', () => {
  test('an experiment shows the goals that name it, in the order in which they were added', () => {
    const { account, project, experiment } = small;
    const [engagement, revenue] = account.list('goals', project).map(idOf) as [number, number];
    account.update('goals', revenue, { experiment_ids: [experiment] });
    account.update('goals', engagement, { experiment_ids: [experiment] });
    expect(account.get('experiments', experiment)?.display_goal_order_lst).toEqual([revenue, engagement]);
    account.update('goals', revenue, { experiment_ids: [] });
    expect(account.get('experiments', experiment)?.display_goal_order_lst).toEqual([engagement]);
  });
  test('a goal may be created with its experiments', () => {
    const { account, project, experiment } = small;
    const goal = account.create('goals', project, {
      title: 'G',
      goal_type: 1,
      event: 'e',
      experiment_ids: [experiment],
    });
    expect(account.get('experiments', experiment)?.display_goal_order_lst).toEqual([goal.id]);
  });
  test('deleting a goal takes it out of its experiments, as their primary goal too', () => {
    const { account, project, experiment } = small;
    const goal = idOf(account.list('goals', project)[0]);
    account.update('goals', goal, { experiment_ids: [experiment] });
    account.plant('experiments', experiment, { primary_goal_id: goal });
    account.remove('goals', goal);
    expect(account.get('experiments', experiment)).toMatchObject({
      display_goal_order_lst: [],
      primary_goal_id: null,
    });
  });
  test('deleting an experiment takes everything below it along, and takes it out of its goals', () => {
    const { account, project, experiment } = small;
    const goal = idOf(account.list('goals', project)[0]);
    const other = idOf(account.create('experiments', project, { description: 'B', edit_url: 'u' }));
    account.update('goals', goal, { experiment_ids: [experiment, other] });
    account.create('schedules', experiment, { start_time: '2016-07-01T00:00:00Z' });
    account.remove('experiments', experiment);
    expect(account.list('variations').map(({ experiment_id }) => experiment_id)).toEqual([other, other]);
    expect(account.list('schedules')).toEqual([]);
    expect(account.get('goals', goal)?.experiment_ids).toEqual([other]);
    expect(
      account.handle({
        method: 'GET',
        path: `experiments/${experiment}/stats`,
        headers: { token: account.token },
      }).status,
    ).toBe(404);
  });
  test("another's edit leaves last_modified alone, unless the account is told to bump it", () => {
    for (const bumpsReferrers of [false, true]) {
      const { account, project, experiment } = createSmallAccount({ bumpsReferrers });
      const before = account.get('experiments', experiment)?.last_modified;
      account.update('goals', idOf(account.list('goals', project)[0]), { experiment_ids: [experiment] });
      expect(account.get('experiments', experiment)?.last_modified === before).toBe(!bumpsReferrers);
    }
  });
});

describe("a colleague's hand", () => {
  test('what it is given is a copy', () => {
    const { account, project } = small;
    const goal = idOf(account.list('goals', project)[0]);
    const copy = account.get('goals', goal);
    if (copy !== undefined) copy.title = 'changed';
    expect(account.get('goals', goal)?.title).toBe('Engagement');
  });
  test('it keeps to the verbs, but may make anything vanish silently', () => {
    const { account, project } = small;
    expect(() => account.remove('projects', project)).toThrow(/can't be deleted/);
    account.removeSilently('projects', project);
    expect(account.list('projects')).toEqual([]);
  });
  test('an unknown id is a 404', () => {
    expect(() => createAccount().update('goals', 5, {})).toThrow(expect.objectContaining({ status: 404 }));
  });
});
