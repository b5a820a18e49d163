/** Which lists a later pull asks for. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { push } from '../../src/sync/push.ts';
import { expectEntitiesEqual, expectEqual } from './equal.ts';
import { everyList, hour, isPaused, Rig } from './support.ts';

let rig: Rig;

beforeEach(async () => {
  rig = new Rig();
  await rig.pull();
});

const idOf = ({ id }: JsonObject) => id as number;

/** The lists of every project, which each pull asks for. */
function projectLists(of = rig): string[] {
  return everyList(of).filter((list) => !list.startsWith('experiments/'));
}

/** The lists below experiments that were asked for, as `id/list`. */
function askedBelow(): string[] {
  return rig.asked.filter((list) => list.startsWith('experiments/')).toSorted();
}

function listsOf(experiment: JsonObject): string[] {
  return everyList(rig).filter((list) => list.startsWith(`experiments/${experiment.id}/`));
}

const running = () => rig.list('experiments').filter(({ status }) => status === 'Running');
/** What is asked below experiments where nothing happened: that of the running ones, without the other kind of results. */
const usual = () => running().flatMap(listsOf);

describe('a later pull', () => {
  it('asks for every project, and below experiments only for what is running', async () => {
    expect(await rig.pull()).toMatchObject({ mode: 'incremental', status: 'complete' });
    expect(rig.asked.toSorted()).toEqual([...projectLists(), ...usual()].sort());
  });

  it('asks below an experiment that is new', async () => {
    const made = rig.account.create('experiments', idOf(rig.some('projects')), {
      description: 'New',
      edit_url: 'https://example.com/',
    });
    await rig.pull();
    const lists = ['schedules', 'variations'].map((list) => `experiments/${made.id}/${list}`);
    expect(askedBelow()).toEqual([...usual(), ...lists].sort());
    expectEqual(rig.db, rig.account);
  });

  it('asks below an experiment that changed, in whatever field', async () => {
    const paused = rig.some('experiments', isPaused);
    rig.account.plant('experiments', paused.id, { unlisted_counter: 1 });
    const [variation] = rig.list('variations', paused.id);
    rig.account.update('variations', idOf(variation ?? {}), { description: 'Renamed there' });
    await rig.pull();
    expect(askedBelow()).toEqual([...usual(), ...listsOf(paused)].sort());
    expectEqual(rig.db, rig.account);
  });

  it('does not ask below an experiment that nobody touched, until it was not looked at for so long', async () => {
    const paused = rig.some('experiments', isPaused);
    const [variation] = rig.list('variations', paused.id);
    rig.account.update('variations', idOf(variation ?? {}), { description: 'Renamed there' });
    rig.clock.pass(23 * hour);
    await rig.pull();
    expect(askedBelow()).toEqual(usual().sort());
    rig.clock.pass(hour);
    await rig.pull();
    expect(rig.asked.toSorted()).toEqual(everyList(rig));
    expectEqual(rig.db, rig.account);
    await rig.pull();
    expect(askedBelow()).toEqual(usual().sort());
  });

  it.each([
    ['two hours', 2 * hour, false],
    ['nothing', 0, true],
  ])('takes the longest age it is given: %s', async (_, maxAge, all) => {
    rig.clock.pass(hour);
    await rig.pull({ maxAge });
    expect(askedBelow()).toEqual(
      all ? everyList(rig).filter((list) => list.startsWith('exp')) : usual().sort(),
    );
  });

  it('asks again for a list that failed, and for no other beside it', async () => {
    const paused = rig.some('experiments', isPaused);
    rig.account.forbid(`experiments/${paused.id}/variations`);
    const failed = await rig.pull({ full: true });
    expect(failed).toMatchObject({ status: 'partial' });
    rig.account.allow();
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expect(askedBelow()).toEqual([...usual(), `experiments/${paused.id}/variations`].sort());
    await rig.pull();
    expect(askedBelow()).toEqual(usual().sort());
  });

  it('asks below an experiment that came while its project could not be read', async () => {
    const project = idOf(rig.some('projects'));
    rig.account.forbid(`projects/${project}/experiments`);
    const made = rig.account.create('experiments', project, { description: 'New', edit_url: 'https://a.b/' });
    await rig.pull();
    expect(askedBelow().some((list) => list.includes(String(made.id)))).toBe(false);
    rig.account.allow();
    await rig.pull();
    expect(askedBelow()).toEqual(expect.arrayContaining(listsOf(made)));
  });

  it('asks below an experiment that a push was the first to see changed', async () => {
    const { id } = rig.some('experiments', isPaused);
    rig.db.prepare("UPDATE experiments SET description = 'Ours' WHERE id = ?").run(id);
    rig.account.update('experiments', id, { percentage_included: 4200 });
    rig.account.update('variations', idOf(rig.list('variations', id)[0] ?? {}), { description: 'Theirs' });
    expect((await push(rig.deps)).pushed).toHaveLength(1);
    expect(await rig.pull()).toMatchObject({ resources: { variations: { updated: 1 } } });
    expectEqual(rig.db, rig.account);
  });

  it('sees what was deleted, archived and started', async () => {
    const [gone, archived] = rig.list('experiments').filter(isPaused).map(idOf);
    rig.account.remove('experiments', gone ?? 0);
    rig.account.update('experiments', archived ?? 0, { status: 'Archived' });
    const dimension = rig.some('dimensions');
    rig.account.remove('dimensions', dimension.id);
    await rig.pull();
    expectEqual(rig.db, rig.account);
  });
});

describe('results', () => {
  it('are not asked of an experiment that never ran, even in full', async () => {
    const never = rig
      .list('experiments')
      .filter(({ status }) => status === 'Not started' || status === 'Draft');
    await rig.pull({ full: true });
    expect(never.length).toBeGreaterThan(1);
    for (const { id } of never)
      expect(rig.asked.filter((list) => list.startsWith(`experiments/${id}/`)).toSorted()).toEqual([
        `experiments/${id}/schedules`,
        `experiments/${id}/variations`,
      ]);
  });

  it('are asked of the kind that belongs to the day of creation', async () => {
    for (const [created, kind] of [
      ['2015-01-20T23:59:59.999999Z', 'results'],
      ['2015-01-21T00:00:00.000000Z', 'stats'],
      [null, 'stats'],
    ] as const) {
      const experiment = rig.some('experiments', ({ status }) => status === 'Running');
      rig.account.plant('experiments', experiment.id, { created });
      await rig.pull();
      expect(rig.asked.filter((list) => list.startsWith(`experiments/${experiment.id}/`))).toContain(
        `experiments/${experiment.id}/${kind}`,
      );
      expect(
        rig.asked.filter((list) => /results|stats/.test(list) && list.includes(String(experiment.id))),
      ).toHaveLength(1);
    }
  });

  it('of the other kind are asked by a full pull where the first is empty, and by no other', async () => {
    const experiment = rig.some(
      'experiments',
      ({ status, created }) => status === 'Running' && String(created) > '2015-02',
    );
    const { id, display_goal_order_lst = [] } = experiment;
    rig.account.plant('experiments', id, { display_goal_order_lst: [] });
    await rig.pull();
    expect(rig.asked).toContain(`experiments/${id}/stats`);
    expect(rig.asked).not.toContain(`experiments/${id}/results`);
    await rig.pull({ full: true });
    expect(rig.asked).toContain(`experiments/${id}/results`);
    rig.account.plant('experiments', id, { display_goal_order_lst });
    await rig.pull({ full: true });
    expect(rig.asked).not.toContain(`experiments/${id}/results`);
    expectEqual(rig.db, rig.account);
  });

  it('grow, and are seen to', async () => {
    rig.account.advance(5 * hour);
    const report = await rig.pull();
    expect((report.resources.stats.updated ?? 0) + report.resources.results.updated).toBeGreaterThan(0);
    expectEqual(rig.db, rig.account);
    expect(rig.one('SELECT count(*) FROM stats_history')).toBeGreaterThan(
      rig.one('SELECT count(*) FROM stats') as number,
    );
  });
});

describe('a pull of some projects', () => {
  it('asks for the list of projects and for theirs alone', async () => {
    const [first, second] = rig.list('projects').map(idOf);
    const outside = idOf(rig.list('goals', second)[0] ?? {});
    rig.account.update('audiences', idOf(rig.list('audiences', first)[0] ?? {}), { name: 'Renamed there' });
    rig.account.plant('goals', outside, { title: 'Not looked at' });
    const report = await rig.pull({ projects: [first ?? 0, first ?? 0] });
    expect(report.status).toBe('complete');
    expect(rig.asked.filter((list) => list.startsWith(`projects/${second}`))).toEqual([]);
    expect(rig.asked.filter((list) => list.startsWith(`projects/${first}/`))).toHaveLength(4);
    expect(new Set(rig.asked).size).toBe(rig.asked.length);
    expect(rig.one('SELECT title FROM goals WHERE id = ?', outside)).not.toBe('Not looked at');
    await rig.pull();
    expectEntitiesEqual(rig.db, rig.account);
  });

  it('names one that the API does not list, and does the others', async () => {
    const listed = rig.list('projects').map(idOf);
    const [first] = listed;
    const message = `the API lists no project 4711; it lists ${listed.join(', ')}`;
    const report = await rig.pull({ projects: [first ?? 0, 4711] });
    expect(report).toMatchObject({
      status: 'partial',
      errors: [{ resource: 'projects', parent_id: null, status: null, message }],
    });
    expect(rig.asked).toContain(`projects/${first}/goals`);
  });
});

it('no pull asks for a list twice, whatever happens between them', async () => {
  const many = new Rig({ account: { projects: 4, experimentsPerProject: 15 } });
  for (const options of [{}, { full: true }, {}, { maxAge: 0 }, { full: true }]) {
    await many.pull(options);
    expect(new Set(many.asked).size).toBe(many.asked.length);
    expectEntitiesEqual(many.db, many.account);
    const experiment = many.some('experiments', isPaused);
    many.account.update('experiments', experiment.id, { description: `Renamed at ${many.asked.length}` });
    many.account.advance(hour);
  }
});
