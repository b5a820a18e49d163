/** The reports on what nobody looks after, and on what somebody did. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listEntities } from '../../src/query/list.ts';
import { mustBeReport } from '../../src/query/reports/index.ts';
import type { ReportOptions, ReportRow } from '../../src/query/reports/report.ts';
import { day, hour, idOf, Scene } from './scene.ts';

let world: Scene;
beforeEach(() => {
  world = new Scene({ projects: 0 });
});
afterEach(() => world.close());

function rows(name: string, options: ReportOptions = {}): readonly ReportRow[] {
  return mustBeReport(name).run({ db: world.db, now: world.now }, options).tables[0]?.rows ?? [];
}

const stale = (why: string, options: ReportOptions = {}) =>
  rows('stale', options)
    .filter((row) => row.why === why)
    .map((row) => row.id);

/** A project with one experiment on one goal, and something that nobody uses of each kind. */
function furnish() {
  const { account } = world;
  const project = idOf(account.create('projects', null, { project_name: 'P' }));
  const experiment = idOf(
    account.create('experiments', project, { description: 'E', edit_url: 'https://a.example/' }),
  );
  const goal = idOf(
    account.create('goals', project, { title: 'G', goal_type: 1, event: 'g', experiment_ids: [experiment] }),
  );
  const audience = idOf(account.create('audiences', project, { name: 'A' }));
  return { account, project, experiment, goal, audience };
}

describe('stale', () => {
  it('finds goals and audiences as soon as nobody uses them, and no longer when somebody does', async () => {
    const { account, project, experiment, goal, audience } = furnish();
    await world.pull();
    expect(stale('audience that no experiment uses')).toEqual([audience]);
    expect(stale('goal that no experiment tracks')).not.toContain(goal);
    account.update('experiments', experiment, { audience_ids: [audience] });
    account.update('goals', goal, { experiment_ids: [] });
    await world.pull();
    expect(stale('audience that no experiment uses')).toEqual([]);
    expect(stale('goal that no experiment tracks')).toContain(goal);
    expect(stale('experiment without goals')).toEqual([experiment]);
    expect(rows('stale', { projectId: project + 1 })).toEqual([]);
    account.update('goals', goal, { archived: true });
    await world.pull();
    expect(stale('goal that no experiment tracks')).not.toContain(goal);
  });

  it('finds a running experiment without a verdict after so many days', async () => {
    const { account, experiment } = furnish();
    account.update('experiments', experiment, { status: 'Running' });
    await world.pull();
    world.pass(20 * day);
    await world.pull();
    const [row] = listEntities(world.db, 'stats', { where: "status <> 'baseline'" });
    const open = row?.status === 'inconclusive' ? [experiment] : [];
    expect(stale('running without a verdict')).toEqual([]);
    expect(stale('running without a verdict', { runningDays: 20 })).toEqual(open);
    expect(stale('running without a verdict', { runningDays: 21 })).toEqual([]);
  });

  it('finds one that never had a visitor by when it was seen to run', async () => {
    const { account, experiment, goal } = furnish();
    account.update('goals', goal, { experiment_ids: [] });
    await world.pull();
    world.pass(40 * day);
    account.update('experiments', experiment, { status: 'Running' });
    await world.pull();
    world.pass(10 * day);
    await world.pull();
    const [found] = rows('stale', { runningDays: 5 }).filter((each) => each.id === experiment);
    expect(found).toMatchObject({ why: 'running without a verdict', days: 10, note: 'no results' });
  });

  it('finds a paused experiment that nobody touched, unless a schedule will start it', async () => {
    const { account, experiment } = furnish();
    account.update('experiments', experiment, { status: 'Running' });
    account.update('experiments', experiment, { status: 'Paused' });
    await world.pull();
    world.pass(100 * day);
    expect(stale('paused and forgotten')).toEqual([experiment]);
    expect(stale('paused and forgotten', { pausedDays: 101 })).toEqual([]);
    const start = new Date(world.now + day).toISOString().replace(/\.\d+/, '');
    account.create('schedules', experiment, { start_time: start });
    await world.pull({ full: true });
    expect(stale('paused and forgotten')).toEqual([]);
  });
});

describe('changes', () => {
  it('tells what came, went and changed, by name, and when it was seen', async () => {
    const { account, project, experiment, goal } = furnish();
    await world.pull();
    expect(rows('changes')).toEqual([]);
    world.pass(day);
    account.update('experiments', experiment, { description: 'E2' });
    account.remove('goals', goal);
    const other = idOf(account.create('goals', project, { title: 'H', goal_type: 1, event: 'h' }));
    const seen = world.now;
    await world.pull();
    world.pass(hour);
    const found = rows('changes').map(
      ({ what, resource, entity_id, name, field, old_value, new_value, observed_at, project: in_ }) => ({
        what,
        resource,
        entity_id,
        name,
        field,
        old_value,
        new_value,
        observed_at,
        in_,
      }),
    );
    const at = new Date(seen).toISOString();
    const common = { observed_at: at, in_: 'P' };
    const whole = { field: null, old_value: null, new_value: null };
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        {
          ...common,
          what: 'changed',
          resource: 'experiments',
          entity_id: experiment,
          name: 'E2',
          field: 'description',
          old_value: '"E"',
          new_value: '"E2"',
        },
        { ...common, ...whole, what: 'removed', resource: 'goals', entity_id: goal, name: 'G' },
        { ...common, ...whole, what: 'added', resource: 'goals', entity_id: other, name: 'H' },
      ]),
    );
  });

  it('begins where it is told to, a week ago unless it is, and takes project and limit', async () => {
    const { account, project, experiment } = furnish();
    await world.pull();
    for (const name of ['one', 'two', 'three']) {
      world.pass(4 * day);
      account.update('experiments', experiment, { description: name });
      await world.pull();
    }
    const values = (options: ReportOptions = {}) => rows('changes', options).map((row) => row.new_value);
    expect(values()).toEqual(['"three"', '"two"']);
    expect(values({ since: world.now - 30 * day })).toEqual(['"three"', '"two"', '"one"']);
    expect(values({ since: world.now })).toEqual(['"three"']);
    expect(values({ since: world.now - 30 * day, limit: 2 })).toEqual(['"three"', '"two"']);
    expect(values({ projectId: project })).toHaveLength(2);
    expect(values({ projectId: project + 1 })).toEqual([]);
  });

  it('leaves out what this mirror pushed: that is nobody else’s change', async () => {
    const { experiment } = furnish();
    await world.pull();
    world.db.exec(`UPDATE experiments SET description = 'ours' WHERE id = ${experiment}`);
    await world.push();
    world.pass(hour);
    await world.pull();
    expect(rows('changes')).toEqual([]);
  });
});
