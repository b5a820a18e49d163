/** What is believed of an answer, what is set apart, and what is refused as a whole. */
import { describe, expect, it, test } from 'vitest';
import { canonical, checkEntity, checkList } from '../../src/api/validate.ts';
import { MalformedResponseError } from '../../src/errors.ts';

const row = { variation_id: '925781903', goal_id: 820360058 };

describe('a list', () => {
  it('is taken as it is, unlisted fields and nulls included', () => {
    const goals = [
      { id: 1, project_id: 5, title: null, novelty: { deep: [1] } },
      { id: 2 ** 53 - 1, experiment_ids: [3], goal_type: 0 },
    ];
    expect(checkList('goals', 5, goals)).toEqual({ items: goals, rejected: [] });
  });

  test.each([
    ['an object', {}, 'expected a list of goals, got an object'],
    ['null', null, 'got null'],
    ['a text', 'goals', 'got a text'],
    ['a list with a number', [{ id: 1 }, 5], 'element 1 of the list: expected an object, got a whole number'],
    ['a list with a list', [[]], 'expected an object, got a list'],
    ['a list with null', [null], 'expected an object, got null'],
    ['an id twice', [{ id: 7 }, { id: 8 }, { id: 7 }], '7 is listed twice'],
    ['no id', [{}], 'expected an id from 1 to 2^53 - 1, got nothing'],
    ['a text as an id', [{ id: '7' }], 'got a text'],
    ['zero as an id', [{ id: 0 }], 'expected an id'],
    ['a negative id', [{ id: -7 }], 'expected an id'],
    ['a fraction as an id', [{ id: 7.5 }], 'got a number'],
    ['an id that lost digits', [{ id: 2 ** 53 }], 'expected an id'],
  ])('that is %s is refused as a whole', (_name, value, message) => {
    expect(() => checkList('goals', 5, value)).toThrow(MalformedResponseError);
    expect(() => checkList('goals', 5, value)).toThrow(message);
    expect(() => checkList('goals', 5, value)).toThrow('GET projects/5/goals');
  });

  test.each([
    ['a text', 'title', 5, 'a text, got a whole number'],
    ['a boolean', 'archived', 'no', 'true or false, got a text'],
    ['a number', 'goal_type', '3', 'a number, got a text'],
    ['a list', 'urls', {}, 'a list of texts, got an object'],
    ['a list of ids', 'experiment_ids', ['5'], 'a list of ids, got a list'],
    ['a list of ids that lost digits', 'experiment_ids', [2 ** 60], 'a list of ids, got a list'],
    ['a list of texts', 'urls', [null], 'a list of texts, got a list'],
    ['a list of numbers', 'url_match_types', ['exact'], 'a list of numbers, got a list'],
    ['a time', 'created', 1_400_000_000, 'a text, got a whole number'],
    ['the parent of the URL', 'project_id', 6, '5, as in the URL, got 6'],
  ])('sets apart an entity whose field is not %s', (_name, field, value, problem) => {
    const good = { id: 1, title: 'good' };
    const checked = checkList('goals', 5, [{ id: 2, [field]: value }, good]);
    expect(checked.items).toEqual([good]);
    expect(checked.rejected).toEqual([{ id: 2, message: `goals 2: ${field}: expected ${problem}` }]);
  });

  it('takes any finite number for an integer, and url_conditions as objects', () => {
    const experiment = { id: 1, percentage_included: 99.5, url_conditions: [{ value: 'x' }] };
    expect(checkList('experiments', 5, [experiment]).items).toEqual([experiment]);
    expect(checkList('experiments', 5, [{ id: 1, url_conditions: ['x'] }]).rejected).toHaveLength(1);
  });

  it('knows no parent to contradict below the account', () => {
    expect(checkList('projects', null, [{ id: 1, account_id: 9 }]).items).toHaveLength(1);
  });
});

describe('rows of results', () => {
  it('turn ids that came as numbers into texts', () => {
    const { items } = checkList('results', 15, [{ ...row, variation_id: 925781903, baseline_id: 924521605 }]);
    expect(items).toEqual([{ ...row, baseline_id: '924521605' }]);
  });

  it('may name several variations, and one variation for several goals', () => {
    const rows = [row, { ...row, goal_id: 4 }, { ...row, variation_id: '1_2' }];
    expect(checkList('results', 15, rows).items).toEqual(rows);
  });

  test.each([
    ['without a variation', [{ goal_id: 1 }], 'variation_id: expected a text, got nothing'],
    ['without a goal', [{ variation_id: '1' }], 'goal_id: expected an id, got nothing'],
    [
      'with a goal that is text',
      [{ variation_id: '1', goal_id: '1' }],
      'goal_id: expected an id, got a text',
    ],
    ['with one key twice', [row, { ...row, visitors: 5 }], 'listed twice'],
  ])('%s are refused as a whole', (_name, rows, message) => {
    expect(() => checkList('stats', 15, rows)).toThrow(message);
  });

  it('with a field of the wrong kind are set apart under their goal', () => {
    const { items, rejected } = checkList('stats', 15, [{ ...row, visitors: 'many' }]);
    expect(items).toEqual([]);
    expect(rejected).toEqual([
      {
        id: 820360058,
        message: 'stats variation_id 925781903, goal_id 820360058: visitors: expected a number, got a text',
      },
    ]);
  });

  it('have the visitors still needed under one name, whichever came', () => {
    const main = { visitors_until_statistically_significant: 100 };
    expect(canonical('stats', { visitors_until_significance: 100 })).toEqual(main);
    expect(canonical('stats', { ...main, visitors_until_significance: 5 })).toEqual(main);
    expect(canonical('stats', main)).toBe(main);
    expect(checkList('stats', 15, [{ ...row, visitors_until_significance: 100 }]).items).toEqual([
      { ...row, ...main },
    ]);
  });
});

describe('a single entity', () => {
  it('is taken as it is', () => {
    const project = { id: 5, project_name: 'x', more: 1 };
    expect(checkEntity('projects', project, { id: 5 })).toBe(project);
  });

  test.each([
    ['a list', [], {}, 'expected an object, got a list'],
    ['nothing', undefined, {}, 'got nothing'],
    ['another one', { id: 6 }, { id: 5 }, 'expected id 5, got 6'],
    ['one of another parent', { id: 6, project_id: 4 }, { parentId: 3 }, 'project_id: expected 3'],
    ['one with a wrong field', { id: 6, title: 5 }, {}, 'title: expected a text, got a whole number'],
  ])('is refused where it is %s', (_name, value, expectation, message) => {
    expect(() => checkEntity('goals', value, expectation)).toThrow(MalformedResponseError);
    expect(() => checkEntity('goals', value, expectation)).toThrow(message);
  });
});
