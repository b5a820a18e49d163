/** The reports against a naive model of each, and what stands in every row of the small ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { guarded } from '../../src/db/transaction.ts';
import { listEntities } from '../../src/query/list.ts';
import { mustBeReport, reports } from '../../src/query/reports/index.ts';
import type { ReportOptions, ReportRow } from '../../src/query/reports/report.ts';
import { visitorsNeeded } from '../../src/query/reports/statistics.ts';
import { mustBeStatus } from '../../src/query/reports/statuses.ts';
import { day, idOf, Scene } from './scene.ts';

let world: Scene;

beforeAll(async () => {
  world = new Scene({ seed: 11, projects: 3, experimentsPerProject: 14 });
  await world.pull();
  for (let round = 0; round < 9; round++) {
    world.pass(day);
    await world.pull();
  }
});
afterAll(() => world.close());

function rows(name: string, options: ReportOptions = {}, section?: string): readonly ReportRow[] {
  const { tables } = mustBeReport(name).run({ db: world.db, now: world.now }, options);
  const table = section === undefined ? tables[0] : tables.find((each) => each.name === section);
  if (table === undefined) throw new Error(`${name} has no table ${section}`);
  return table.rows;
}

const all = (resource: Parameters<typeof listEntities>[1]) => listEntities(world.db, resource);
const list = (value: Json | undefined) => (Array.isArray(value) ? value : []);
const number = (value: Json | undefined) => (typeof value === 'number' ? value : Number.NEGATIVE_INFINITY);

/** How an experiment stands, told the long way round. */
function naiveStanding(experiment: JsonObject) {
  const id = experiment.id;
  const ofStats = all('stats').filter((row) => row.experiment_id === id);
  const ofResults = all('results').filter((row) => row.experiment_id === id);
  const lowest = (found: JsonObject[]) =>
    found.map((row) => row.goal_id).sort((a, b) => number(a) - number(b))[0];
  const goal =
    experiment.primary_goal_id ??
    list(experiment.display_goal_order_lst)[0] ??
    lowest(ofStats) ??
    lowest(ofResults);
  const onGoal = (found: JsonObject[]) => found.filter((row) => row.goal_id === goal);
  const found = onGoal(ofStats).length > 0 ? onGoal(ofStats) : onGoal(ofResults);
  const others = found.filter((row) => row.variation_id !== row.baseline_id);
  const best = others.sort(
    (a, b) =>
      Number(b.status === 'winner') - Number(a.status === 'winner') ||
      number(b.improvement) - number(a.improvement),
  )[0];
  const baseline = found.find((row) => row.variation_id === row.baseline_id);
  return {
    experiment_id: id,
    goal_id: goal ?? null,
    source: found.length === 0 ? null : onGoal(ofStats).length > 0 ? 'stats' : 'results',
    visitors: found.length === 0 ? null : found.reduce((sum, row) => sum + number(row.visitors), 0),
    best_variation_id: best?.variation_id ?? null,
    improvement: best?.improvement ?? null,
    verdict: best?.status ?? null,
    baseline_rate: baseline?.conversion_rate ?? baseline?.revenue_per_visitor ?? null,
  };
}

describe('overview', () => {
  it('says of every experiment what the rows say, told the long way round', () => {
    const told = rows('overview').map((row) => ({
      experiment_id: row.experiment_id,
      goal_id: row.goal_id,
      source: row.source,
      visitors: row.visitors,
      best_variation_id: row.best_variation_id,
      improvement: row.improvement,
      verdict: row.verdict,
      baseline_rate: row.baseline_rate,
    }));
    const byId = (a: { experiment_id: unknown }, b: { experiment_id: unknown }) =>
      Number(a.experiment_id) - Number(b.experiment_id);
    expect(told.sort(byId)).toEqual(all('experiments').map(naiveStanding).sort(byId));
    expect(told.some(({ source }) => source === 'results')).toBe(true);
    expect(all('experiments').some((e) => e.primary_goal_id === null)).toBe(true);
  });

  it('has an interval around every improvement, by the API or for the older statistics by the mirror', () => {
    for (const row of rows('overview')) {
      if (row.improvement === null) expect(row.interval_by).toBeNull();
      else if (!row.is_revenue) expect(row.interval_by).toBe(row.source === 'stats' ? 'api' : 'mirror');
      if (row.interval_by === null) continue;
      expect(Number(row.improvement_min)).toBeLessThanOrEqual(Number(row.improvement));
      expect(Number(row.improvement_max)).toBeGreaterThanOrEqual(Number(row.improvement));
    }
  });

  it('puts what is running first, and takes project, status, since and limit', () => {
    const found = rows('overview');
    const statuses = [...new Set(found.map((row) => row.status))];
    expect(statuses.slice(0, 2)).toEqual(['Running', 'Paused']);
    const [project] = all('projects');
    expect(
      rows('overview', { projectId: idOf(project) }).every((row) => row.project_id === project?.id),
    ).toBe(true);
    expect(new Set(rows('overview', { status: 'Paused' }).map((row) => row.status))).toEqual(
      new Set(['Paused']),
    );
    for (const limit of [1, 3, 12, 20, 100])
      expect(rows('overview', { limit })).toEqual(found.slice(0, limit));
    const paused = rows('overview', { status: 'Paused', projectId: idOf(project) });
    expect(rows('overview', { status: 'Paused', projectId: idOf(project), limit: 1 })).toEqual(
      paused.slice(0, 1),
    );
    const recent = rows('overview', { since: world.now - 2 * day });
    expect(recent.length).toBeGreaterThan(0);
    expect(recent.every((row) => Date.parse(String(row.end_time)) >= world.now - 2 * day)).toBe(true);
  });

  it('falls back to the first goal shown, and then to the lowest that has results', () => {
    const experiment = all('experiments').find(
      (e) => number(e.primary_goal_id) > 0 && naiveStanding(e).source !== null,
    );
    const id = idOf(experiment);
    const goals = list(experiment?.display_goal_order_lst);
    const set = (field: string, value: unknown) =>
      world.db.exec(
        `BEGIN; INSERT INTO sync_guard VALUES ('sync'); UPDATE experiments SET ${field} = ${value} WHERE id = ${id}; DELETE FROM sync_guard; COMMIT`,
      );
    const chosen = () =>
      world.db
        .prepare('SELECT goal_id, goal_chosen FROM experiment_overview WHERE experiment_id = ?')
        .get(id);
    expect(chosen()).toEqual({ goal_id: experiment?.primary_goal_id, goal_chosen: 'primary' });
    set('primary_goal_id', 'NULL');
    expect(chosen()).toEqual({ goal_id: goals[0], goal_chosen: 'first' });
    set('display_goal_order_lst', "'[]'");
    const lowest = world.db
      .prepare('SELECT min(goal_id) FROM latest_results WHERE experiment_id = ?')
      .pluck()
      .get(id);
    expect(chosen()).toEqual({ goal_id: lowest, goal_chosen: 'measured' });
    set('display_goal_order_lst', `'${JSON.stringify(goals)}'`);
    set('primary_goal_id', experiment?.primary_goal_id);
  });
});

describe('winners', () => {
  it('are those of the overview, the newest first, with what their winner does on other goals', () => {
    const won = rows('overview').filter((row) => row.verdict === 'winner');
    const found = rows('winners');
    expect(found.map((row) => row.experiment_id).sort()).toEqual(won.map((row) => row.experiment_id).sort());
    const ends = found.map((row) => String(row.end_time));
    expect(ends).toEqual([...ends].sort().reverse());
    for (const row of found) {
      const same = all(row.source === 'stats' ? 'stats' : 'results').filter(
        (other) =>
          other.experiment_id === row.experiment_id &&
          other.variation_id === row.best_variation_id &&
          other.goal_id !== row.goal_id,
      );
      expect(row.also_wins).toBe(same.filter(({ status }) => status === 'winner').length);
      expect(row.but_loses).toBe(same.filter(({ status }) => status === 'loser').length);
    }
  });
});

describe('power', () => {
  it('projects the visitors needed at the rate of the last days', () => {
    const found = rows('power');
    const waiting = rows('overview').filter(
      (row) => row.status === 'Running' && row.verdict === 'inconclusive',
    );
    expect(found.map((row) => row.experiment_id).sort()).toEqual(
      waiting.map((row) => row.experiment_id).sort(),
    );
    expect(found.length).toBeGreaterThan(1);
    for (const row of found) {
      const [latest, week] = [0, 7].map((ago) =>
        world.db
          .prepare(
            'SELECT visitors FROM results_trend WHERE experiment_id = ? AND variation_id = ? AND goal_id = ? AND observed_at >= ? ORDER BY observed_at LIMIT 1',
          )
          .pluck()
          .get(
            row.experiment_id,
            row.best_variation_id,
            row.goal_id,
            new Date(world.now - ago * day).toISOString(),
          ),
      );
      expect(row.rate_days).toBeCloseTo(7, 6);
      expect(row.visitors_per_day).toBeCloseTo((Number(latest) - Number(week)) / 7, 6);
      if (row.source === 'stats') expect(row.needed_by).toBe('api');
      else {
        expect(row.needed_by).toBe('mirror');
        const arms = [
          { visitors: Number(row.baseline_visitors), conversions: Number(row.baseline_conversions) },
          { visitors: Number(row.best_visitors), conversions: Number(row.best_conversions) },
        ] as const;
        expect(row.visitors_needed).toBe(visitorsNeeded(...arms));
      }
      if (row.days_needed !== null)
        expect(row.days_needed).toBeCloseTo(Number(row.visitors_needed) / Number(row.visitors_per_day), 6);
    }
    const days = found.map((row) => Number(row.days_needed ?? Number.POSITIVE_INFINITY));
    expect(days).toEqual([...days].sort((a, b) => a - b));
  });
});

describe('power, where the API names only a limit', () => {
  it.each([
    [1_000_000, false],
    [999_999, true],
    [100_000, false],
    [99_999, true],
  ])('%i visitors have days: %s', (needed, hasDays) => {
    const [row] = rows('power').filter(({ source, visitors_per_day: rate }) => source === 'stats' && rate);
    const said = 'visitors_until_statistically_significant';
    const set = world.db.prepare(
      `UPDATE stats SET ${said} = ? WHERE experiment_id = ? AND variation_id = ? AND goal_id = ?`,
    );
    const key = [row?.experiment_id, row?.best_variation_id, row?.goal_id] as const;
    guarded(world.db, () => set.run(needed, ...key));
    const shown = rows('power').find(({ experiment_id: id }) => id === row?.experiment_id);
    guarded(world.db, () => set.run(row?.visitors_needed, ...key));
    expect(shown).toMatchObject({ visitors_needed: needed, needed_by: 'api' });
    expect(shown?.days_needed !== null).toBe(hasDays);
    if (!hasDays) expect(shown?.ready_at).toBeNull();
  });
});

describe('experiment', () => {
  const running = () => rows('overview').find((row) => row.status === 'Running' && row.source === 'stats');
  const id = () => Number(running()?.experiment_id);

  it('tells the same as the overview, and every goal and variation', () => {
    const [facts] = rows('experiment', { experimentId: id() });
    expect(facts).toMatchObject({ ...running() });
    const results = rows('experiment', { experimentId: id() }, 'results');
    expect(results).toHaveLength(all('stats').filter((row) => row.experiment_id === id()).length);
    const best = results.find(
      (row) => row.goal_id === facts?.goal_id && row.variation_id === facts?.best_variation_id,
    );
    expect(best?.improvement_min).toBe(facts?.improvement_min);
    expect(best?.improvement_max).toBe(facts?.improvement_max);
  });

  it('shows each variation of the goal that decides over time, the baseline first', () => {
    const result = mustBeReport('experiment').run({ db: world.db, now: world.now }, { experimentId: id() });
    const trend = result.tables.find(({ name }) => name === 'trend');
    const series = trend?.picture?.series ?? [];
    expect(series.map(({ points }) => points.length)).toEqual(series.map(() => 10));
    expect(trend?.rows).toHaveLength(10 * series.length);
    for (const { points } of series) {
      const times = points.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
    const baseline = all('stats').find((row) => row.experiment_id === id() && row.status === 'baseline');
    expect(series[0]?.label).toBe(baseline?.variation_name);
  });

  it('is refused without an id, and for one that the mirror does not have', () => {
    expect(() => rows('experiment')).toThrow(/which experiment/);
    expect(() => rows('experiment', { experimentId: 5 })).toThrow(/no experiment 5/);
  });

  it('shows what waits to be pushed', () => {
    world.db.exec(`UPDATE experiments SET description = 'mine' WHERE id = ${id()}`);
    expect(rows('experiment', { experimentId: id() }, 'pending')).toMatchObject([
      { name: 'mine', op: 'update', field: 'description', local_value: '"mine"' },
    ]);
    world.db.exec(
      `UPDATE experiments SET description = (SELECT json_extract(body, '$.description') FROM remote_experiments WHERE id = ${id()}) WHERE id = ${id()}`,
    );
    expect(rows('experiment', { experimentId: id() }, 'pending')).toEqual([]);
  });
});

describe('names of reports and statuses', () => {
  it('are suggested where they are near', () => {
    expect(reports.map(({ name }) => name)).toEqual([
      'overview',
      'experiment',
      'winners',
      'stale',
      'changes',
      'power',
    ]);
    expect(() => mustBeReport('winner')).toThrow(/did you mean winners/);
    expect(mustBeStatus('not started')).toBe('Not started');
    expect(mustBeStatus('draft')).toBe('Draft');
    expect(() => mustBeStatus('runing')).toThrow(/did you mean Running/);
  });
});
