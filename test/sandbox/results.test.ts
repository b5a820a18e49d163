/** Results: which experiments have them, how they grow, and that their numbers agree with each other. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { fieldsOf, type ObservationName, observationNames } from '../../src/api/resources.ts';
import { createAccount, createSmallAccount, idOf } from './help.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** An experiment that runs, with the engagement and the revenue goal of its project. */
function createRunning() {
  const small = createSmallAccount();
  const { account, project, experiment } = small;
  for (const goal of account.list('goals', project))
    account.update('goals', idOf(goal), { experiment_ids: [experiment] });
  account.update('experiments', experiment, { status: 'Running' });
  const rows = (of: ObservationName = 'stats') => account.list(of, experiment);
  return { ...small, rows };
}

const visitors = (rows: JsonObject[]) => rows.reduce((sum, row) => sum + Number(row.visitors), 0);

describe('which experiments have results', () => {
  test('one that never ran has none, and one without goals has none', () => {
    const { account, experiment } = createSmallAccount();
    expect(account.list('stats', experiment)).toEqual([]);
    account.update('experiments', experiment, { status: 'Running' });
    account.advance(day);
    expect(account.list('stats', experiment)).toEqual([]);
  });
  test('each that ran has one of the two kinds, by the day on which it was created', () => {
    const account = createAccount({ projects: 2, experimentsPerProject: 30 });
    const kinds = new Set<string>();
    for (const { id, created, status } of account.list('experiments')) {
      const has = observationNames.filter((name) => account.list(name, Number(id)).length > 0);
      const ran = status !== 'Not started' && status !== 'Draft';
      expect(has).toEqual(ran ? [String(created) < '2015-01-21' ? 'results' : 'stats'] : []);
      kinds.add(has.join());
    }
    expect(kinds).toEqual(new Set(['results', 'stats', '']));
  });
  test('they go with their experiment', () => {
    const { account, experiment, rows } = createRunning();
    account.remove('experiments', experiment);
    expect(() => rows()).toThrow(expect.objectContaining({ status: 404 }));
  });
});

describe('how they grow', () => {
  test('two readings in a row see the same, and a day later there are more visitors', () => {
    const { account, rows } = createRunning();
    account.advance(day);
    const first = rows();
    expect(rows()).toEqual(first);
    account.advance(day);
    expect(visitors(rows())).toBeGreaterThan(visitors(first));
  });
  test('nothing changes within a minute', () => {
    const { account, rows } = createRunning();
    account.advance(day);
    const first = rows();
    account.advance(minute - 1);
    expect(rows()).toEqual(first);
    account.advance(1);
    expect(rows()[0]?.end_time).not.toEqual(first[0]?.end_time);
  });
  test('a paused experiment keeps its results, and grows on from them when it goes on', () => {
    const { account, experiment, rows } = createRunning();
    account.advance(day);
    account.update('experiments', experiment, { status: 'Paused' });
    const paused = rows();
    account.advance(day);
    expect(rows()).toEqual(paused);
    account.update('experiments', experiment, { status: 'Running' });
    expect(rows().map((row) => row.visitors)).toEqual(paused.map((row) => row.visitors));
    account.advance(day);
    expect(visitors(rows())).toBeGreaterThan(visitors(paused));
    expect(rows()[0]?.begin_time).toBe(paused[0]?.begin_time);
  });
  test('neither visitors nor conversions nor money ever fall', () => {
    const { account, rows } = createRunning();
    let before = rows();
    for (let i = 0; i < 40; i++) {
      account.advance(i < 20 ? 7 * minute : day);
      const now = rows();
      for (const [index, row] of now.entries())
        for (const field of ['visitors', 'conversions', 'revenue'])
          expect(Number(row[field] ?? 0)).toBeGreaterThanOrEqual(Number(before[index]?.[field] ?? 0));
      before = now;
    }
  });
});

describe('their numbers agree', () => {
  const account = createAccount({ projects: 3, experimentsPerProject: 20 });
  const rowsOf = (name: ObservationName) =>
    account
      .list('experiments')
      .map(({ id }) => account.list(name, Number(id)))
      .filter((rows) => rows.length > 0);
  const rate = (row: JsonObject) => Number(row.is_revenue ? row.revenue_per_visitor : row.conversion_rate);

  describe.each(observationNames)('%s', (name) => {
    const all = rowsOf(name);
    test('have only fields of the description, and all but those of the other kind of goal', () => {
      const known = fieldsOf(name).map(([field]) => field);
      for (const row of all.flat()) {
        const missing = row.is_revenue ? ['conversion_rate'] : ['revenue', 'revenue_per_visitor'];
        const expected = known.filter((field) => field !== 'experiment_id' && !missing.includes(field));
        expect(Object.keys(row)).toEqual(expected);
      }
    });
    test('have one row for each variation and goal, and one baseline for each goal', () => {
      for (const rows of all) {
        expect(new Set(rows.map((row) => `${row.variation_id}/${row.goal_id}`)).size).toBe(rows.length);
        for (const row of rows) expect(row.status === 'baseline').toBe(row.variation_id === row.baseline_id);
      }
    });
    test('derive rates, differences and improvements from what they counted', () => {
      for (const row of all.flat()) {
        const baseline = all
          .flat()
          .find((one) => one.variation_id === row.baseline_id && one.goal_id === row.goal_id);
        expect(Number(row.conversions)).toBeLessThanOrEqual(Number(row.visitors));
        const counted = Number(row.is_revenue ? row.revenue : row.conversions);
        expect(rate(row)).toBeCloseTo(counted / Math.max(1, Number(row.visitors)), 4);
        expect(Number(row.difference)).toBeCloseTo(rate(row) - rate(baseline ?? {}), 4);
        if (rate(baseline ?? {}) > 0)
          expect(Number(row.improvement)).toBeCloseTo(Number(row.difference) / rate(baseline ?? {}), 2);
      }
    });
    test('have a winner where the difference is real and positive, a loser where it is negative', () => {
      for (const row of all.flat()) {
        if (row.status === 'winner') expect(Number(row.difference)).toBeGreaterThan(0);
        if (row.status === 'loser') expect(Number(row.difference)).toBeLessThan(0);
      }
      expect(new Set(all.flat().map(({ status }) => status)).size).toBeGreaterThan(2);
    });
  });

  test('a verdict of stats is one where the significance is 90 % and the interval leaves 0 out', () => {
    for (const row of rowsOf('stats')
      .flat()
      .filter(({ status }) => status !== 'baseline')) {
      const decided = row.status !== 'inconclusive';
      const [low, high] = [
        Number(row.difference_confidence_interval_min),
        Number(row.difference_confidence_interval_max),
      ];
      expect(Number(row.statistical_significance) >= 0.9).toBe(decided);
      expect(low > 0 || high < 0).toBe(decided);
      expect(row.visitors_until_statistically_significant === 0).toBe(decided);
    }
  });
  test('a verdict of results follows from the chance to beat the baseline', () => {
    for (const { status, confidence } of rowsOf('results').flat()) {
      if (status === 'winner') expect(Number(confidence)).toBeGreaterThanOrEqual(0.95);
      if (status === 'loser') expect(Number(confidence)).toBeLessThanOrEqual(0.05);
    }
  });
  test('the rows of a multivariate test join the ids of one variation of each section', () => {
    const [experiment] = account.list('experiments').filter(({ is_multivariate }) => is_multivariate);
    const ids = new Set(
      account.list('stats', idOf(experiment)).map(({ variation_id }) => String(variation_id)),
    );
    expect(ids.size).toBe(6);
    for (const id of ids)
      for (const part of id.split('_')) expect(experiment?.variation_ids).toContain(Number(part));
  });
});

describe('segments', () => {
  const { account, experiment, project, rows } = createRunning();
  account.advance(30 * day);
  const audience = idOf(account.create('audiences', project, { name: 'A' }));
  const dimension = idOf(account.create('dimensions', project, { name: 'D' }));
  const ask = (query: string) => {
    const { status, body } = account.handle({
      method: 'GET',
      path: `experiments/${experiment}/stats/?${query}`,
      headers: { token: account.token },
    });
    return { status, rows: JSON.parse(body) as JsonObject[] };
  };
  test.each([`audience_id=${audience}`, `dimension_id=${dimension}&dimension_value=gold`])(
    '%s gives a part of the visitors, the same every time',
    (query) => {
      const part = ask(query);
      expect(part.status).toBe(200);
      expect(visitors(part.rows)).toBeGreaterThan(0);
      expect(visitors(part.rows)).toBeLessThan(visitors(rows()));
      expect(ask(query)).toEqual(part);
    },
  );
  test('another value is another segment', () => {
    const ofValue = (value: string) => ask(`dimension_id=${dimension}&dimension_value=${value}`).rows;
    expect(ofValue('gold')).not.toEqual(ofValue('silver'));
  });
  test('half a question and an unknown id are refused', () => {
    expect(ask(`dimension_id=${dimension}`).status).toBe(400);
    expect(ask('audience_id=1').status).toBe(400);
  });
});

test('the other name of a field is sent where that is asked for', () => {
  const account = createAccount({ projects: 1, useAliases: true });
  const [row] = account.list('stats', idOf(account.list('experiments')[0]));
  expect(row).toHaveProperty('visitors_until_significance');
  expect(row).not.toHaveProperty('visitors_until_statistically_significant');
});
