/** Which deletions a pull believes. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { ResourceName } from '../../src/api/resources.ts';
import { dump, expectEntitiesEqual, expectEqual } from './equal.ts';
import { everyList, isPaused, Rig } from './support.ts';

const idOf = ({ id }: JsonObject) => id as number;

async function pulled(account: ConstructorParameters<typeof Rig>[0] = {}): Promise<Rig> {
  const rig = new Rig(account);
  await rig.pull();
  return rig;
}

describe('an answer that is no complete list', () => {
  it.each([
    ['403', (rig: Rig, list: string) => rig.account.forbid(list)],
    [
      'a 500 that does not go away',
      (rig: Rig, list: string) => always(rig, list, { kind: 'unavailable', status: 500 }),
    ],
    ['a 418', (rig: Rig, list: string) => always(rig, list, { kind: 'unavailable', status: 418 })],
    ['garbage', (rig: Rig, list: string) => always(rig, list, { kind: 'garbage' })],
    ['half an answer', (rig: Rig, list: string) => always(rig, list, { kind: 'truncate' })],
    ['no connection', (rig: Rig, list: string) => always(rig, list, { kind: 'reset' })],
  ])('deletes nothing and is named: %s', async (_, break_) => {
    const rig = await pulled();
    const [project] = rig.list('projects').map(idOf);
    const paused = rig.some('experiments', isPaused);
    for (const list of [`projects/${project}/goals`, `experiments/${paused.id}/variations`]) {
      break_(rig, list);
      const before = dump(rig.db);
      const report = await rig.pull({ full: true, acceptDeletions: true });
      expect(report.status).toBe('partial');
      const [resource, parent] = list.split('/').reverse();
      expect(report.errors).toMatchObject([{ resource, parent_id: Number(parent) }]);
      expect(report.errors[0]?.message).toContain(list);
      expect(dump(rig.db)).toBe(before);
      rig.account.allow();
      rig.faults.clear();
    }
    expect(await rig.pull()).toMatchObject({ status: 'complete', errors: [] });
  });

  it('on the list of projects ends the pull: nothing else is asked', async () => {
    const rig = await pulled();
    always(rig, 'projects', { kind: 'unavailable' });
    const before = dump(rig.db);
    const report = await rig.pull();
    expect(report).toMatchObject({ status: 'partial', errors: [{ resource: 'projects', status: 503 }] });
    expect(new Set(rig.asked)).toEqual(new Set(['projects']));
    expect(rig.one('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toBe('failed');
    expect(dump(rig.db)).toBe(before);
  });

  it('a 404 below a project that is listed deletes nothing and is named', async () => {
    const rig = await pulled();
    const project = idOf(rig.some('projects'));
    rig.faults.next({
      kind: 'unavailable',
      status: 404,
      match: ({ path }) => path === `projects/${project}/goals`,
    });
    const before = dump(rig.db);
    const report = await rig.pull();
    expect(report.errors).toMatchObject([{ resource: 'goals', parent_id: project, status: 404 }]);
    expect(dump(rig.db)).toBe(before);
  });

  it('a 404 below an experiment that is there deletes nothing and is named', async () => {
    const rig = await pulled();
    const { id } = rig.some('experiments', isPaused);
    rig.faults.next({
      kind: 'unavailable',
      status: 404,
      match: ({ path }) => path === `experiments/${id}/variations`,
    });
    const before = dump(rig.db);
    const report = await rig.pull({ full: true });
    expect(report.errors).toMatchObject([{ resource: 'variations', parent_id: id, status: 404 }]);
    expect(dump(rig.db)).toBe(before);
  });

  it('a 404 below an experiment that went since it was listed is no error, and the next pull sees it', async () => {
    let goes = 0;
    const rig: Rig = new Rig({
      transport: {
        onRequest: ({ path }) => {
          rig.asked.push(path);
          if (goes > 0 && path === `projects/${rig.account.get('experiments', goes)?.project_id}/experiments`)
            rig.account.remove('experiments', goes);
        },
      },
    });
    await rig.pull();
    goes = rig.some('experiments', isPaused).id;
    const report = await rig.pull({ full: true });
    expect(report).toMatchObject({ status: 'complete', errors: [] });
    // One look at the experiment tells for all three lists.
    expect(rig.asked.filter((path) => path === `experiments/${goes}`)).toHaveLength(1);
    expect(rig.one('SELECT count(*) FROM experiments WHERE id = ?', goes)).toBe(1);
    expect(await rig.pull()).toMatchObject({ resources: { experiments: { deleted: 1 } } });
    expectEqual(rig.db, rig.account);
  });

  it('where one member is broken, nobody else is deleted', async () => {
    const rig = await pulled();
    const project = idOf(rig.some('projects'));
    const [broken, gone] = rig.list('dimensions', project).map(idOf);
    rig.account.plant('dimensions', broken ?? 0, { name: 4711 });
    rig.account.remove('dimensions', gone ?? 0);
    const report = await rig.pull();
    expect(report.errors).toMatchObject([{ resource: 'dimensions', parent_id: project, status: null }]);
    expect(report.errors[0]?.message).toContain('name: expected a text');
    expect(report.resources.dimensions.deleted).toBe(0);
    rig.account.plant('dimensions', broken ?? 0, { name: 'whole again' });
    expect(await rig.pull()).toMatchObject({ status: 'complete', resources: { dimensions: { deleted: 1 } } });
    expectEntitiesEqual(rig.db, rig.account);
  });
});

describe('a list that lacks much', () => {
  /** Takes so many away from the end of a list, and puts them back. */
  function shorten(rig: Rig, resource: ResourceName, parent: number, count: number): JsonObject[] {
    return rig.list(resource, parent).slice(-count);
  }

  it.each([
    ['nine of nine goals', 9, 9, true],
    ['ten of fifty goals', 10, 50, true],
    ['eleven of fifty goals', 11, 50, false],
    ['ten of ten goals', 10, 10, false],
  ])('%s: believed %s', async (_, lacking, goals, isBelieved) => {
    const rig = await pulled({ account: { projects: 2, experimentsPerProject: 0, goalsPerProject: goals } });
    const project = idOf(rig.some('projects'));
    const gone = shorten(rig, 'goals', project, lacking).map(idOf);
    for (const id of gone) rig.account.removeSilently('goals', id);
    const report = await rig.pull();
    expect(report.resources.goals.deleted).toBe(isBelieved ? lacking : 0);
    expect(report.status).toBe(isBelieved ? 'complete' : 'partial');
    if (isBelieved) return;
    const error = { resource: 'goals', parent_id: project, status: null };
    expect(report.errors).toMatchObject([error]);
    expect(report.errors[0]?.message).toContain('--accept-deletions');
    expect((await rig.pull()).errors).toMatchObject([error]);
    expect(await rig.pull({ acceptDeletions: true })).toMatchObject({
      status: 'complete',
      resources: { goals: { deleted: lacking } },
    });
    expectEntitiesEqual(rig.db, rig.account);
    expect((await rig.pull()).status).toBe('complete');
  });

  it('counts experiments by what their own list lacks, not by what would go with them', async () => {
    const rig = await pulled({ account: { projects: 1, experimentsPerProject: 60 } });
    const gone = rig.list('experiments').filter(isPaused).slice(0, 9);
    for (const each of gone) rig.account.remove('experiments', idOf(each));
    const report = await rig.pull();
    expect(report).toMatchObject({ status: 'complete', resources: { experiments: { deleted: 9 } } });
    expect(report.resources.variations.deleted).toBeGreaterThan(9);
    expectEqual(rig.db, rig.account);
  });

  it('keeps experiments, asks below those that are left, and says so until it is told to believe', async () => {
    const rig = await pulled({ account: { projects: 2, experimentsPerProject: 12 } });
    const project = idOf(rig.some('projects'));
    for (const each of rig.list('experiments', project).slice(0, 10))
      rig.account.removeSilently('experiments', idOf(each));
    const before = dump(rig.db);
    for (let turn = 0; turn < 2; turn++) {
      const report = await rig.pull();
      expect(report.errors).toMatchObject([{ resource: 'experiments', parent_id: project }]);
      expect(dump(rig.db)).toBe(before);
    }
    const report = await rig.pull({ acceptDeletions: true });
    expect(report).toMatchObject({ status: 'complete', resources: { experiments: { deleted: 10 } } });
    expect(
      rig.all('SELECT * FROM variations WHERE experiment_id NOT IN (SELECT id FROM experiments)'),
    ).toEqual([]);
    expect(rig.all('SELECT * FROM stats WHERE experiment_id NOT IN (SELECT id FROM experiments)')).toEqual(
      [],
    );
  });

  it('keeps variations by the measure of their project', async () => {
    const rig = await pulled({ account: { projects: 1, experimentsPerProject: 6 } });
    const { id } = rig.some('experiments', ({ status }) => status === 'Not started');
    for (let i = 0; i < 12; i++) rig.account.create('variations', id, { description: `V${i}` });
    await rig.pull({ full: true });
    for (const each of rig.list('variations', id).slice(-12))
      rig.account.removeSilently('variations', idOf(each));
    const report = await rig.pull({ full: true });
    expect(report.errors).toMatchObject([{ resource: 'variations', parent_id: id }]);
    // The list is asked for again, and complained of again, although nobody touched the experiment.
    expect((await rig.pull()).errors).toMatchObject([{ resource: 'variations', parent_id: id }]);
    expect(await rig.pull({ acceptDeletions: true })).toMatchObject({
      resources: { variations: { deleted: 12 } },
    });
    expectEntitiesEqual(rig.db, rig.account);
  });

  it('is believed of results whose goals are gone, as after a push that deleted them', async () => {
    const rig = await pulled({ account: { projects: 1, experimentsPerProject: 1 } });
    const { id } = rig.some('experiments');
    const goals = rig.list('goals').map(idOf);
    rig.account.plant('experiments', id, { display_goal_order_lst: goals });
    await rig.pull();
    const rows = rig.one('SELECT count(*) FROM stats') as number;
    for (const goal of goals.slice(1)) rig.account.remove('goals', goal);
    expect((await rig.pull({ full: true })).errors).toEqual([]);
    expect(rig.one('SELECT count(*) FROM stats')).toBe(rows / goals.length);
    expect(rows - rows / goals.length).toBeGreaterThanOrEqual(10);
  });

  it('is believed of results whose variations are known to be gone', async () => {
    const rig = await pulled({ account: { projects: 1, experimentsPerProject: 1 } });
    const { id } = rig.some('experiments');
    rig.account.plant('experiments', id, { display_goal_order_lst: rig.list('goals').map(idOf) });
    rig.account.create('variations', id as number, { description: 'One more' });
    await rig.pull();
    const rows = rig.one('SELECT count(*) FROM stats') as number;
    for (const variation of rig.list('variations', id).map(idOf).slice(1))
      rig.account.remove('variations', variation);
    // The results may come before the list that lacks the variations; then they are asked for again.
    await rig.pull({ full: true });
    expect((await rig.pull({ full: true })).errors).toEqual([]);
    expect(rows - (rig.one('SELECT count(*) FROM stats') as number)).toBeGreaterThanOrEqual(10);
  });

  it('is not believed of results whose goals the mirror never saw', async () => {
    const rig = new Rig({ account: { projects: 1, experimentsPerProject: 1 } });
    const { id } = rig.some('experiments');
    rig.account.plant('experiments', id, { display_goal_order_lst: rig.list('goals').map(idOf) });
    rig.account.forbid(`projects/${rig.some('projects').id}/goals`);
    await rig.pull();
    const rows = rig.one('SELECT count(*) FROM stats') as number;
    expect(rows).toBeGreaterThanOrEqual(10);
    rig.account.plant('experiments', id, { display_goal_order_lst: [] });
    expect((await rig.pull()).errors).toContainEqual(expect.objectContaining({ resource: 'stats' }));
    expect(rig.one('SELECT count(*) FROM stats')).toBe(rows);
  });

  it('keeps results by the measure of their project, and their history in any case', async () => {
    const rig = await pulled({ account: { projects: 1, experimentsPerProject: 1 } });
    const { id } = rig.some('experiments');
    rig.account.plant('experiments', id, { display_goal_order_lst: rig.list('goals').map(idOf) });
    await rig.pull();
    const rows = rig.one('SELECT count(*) FROM stats') as number;
    expect(rows).toBeGreaterThanOrEqual(10);
    rig.account.plant('experiments', id, { display_goal_order_lst: [] });
    const report = await rig.pull();
    expect(report.errors).toMatchObject([{ resource: 'stats', parent_id: id }]);
    expect(rig.one('SELECT count(*) FROM stats')).toBe(rows);
    expect(await rig.pull({ acceptDeletions: true })).toMatchObject({
      resources: { stats: { deleted: rows } },
    });
    expect(rig.one('SELECT count(*) FROM stats')).toBe(0);
    expect(rig.one('SELECT count(*) FROM stats_history')).toBe(rows);
  });
});

describe('a project that is no longer listed', () => {
  it('is kept and named, nothing below it asked or deleted, each time until that is accepted', async () => {
    const rig = await pulled();
    const [gone, left] = rig.list('projects').map(idOf);
    rig.account.removeSilently('projects', gone ?? 0);
    const before = dump(rig.db);
    for (const full of [false, true, false]) {
      const report = await rig.pull({ full });
      expect(report).toMatchObject({
        status: 'partial',
        errors: [{ resource: 'projects', parent_id: null, status: null }],
      });
      expect(report.errors[0]?.message).toContain(String(gone));
      expect(rig.asked.filter((list) => list.startsWith(`projects/${gone}`))).toEqual([]);
      expect(dump(rig.db)).toBe(before);
    }
    expect((await rig.pull({ projects: [left ?? 0], acceptDeletions: true })).errors).toHaveLength(1);
    expect(dump(rig.db)).toBe(before);
    const report = await rig.pull({ acceptDeletions: true });
    expect(report).toMatchObject({ status: 'complete', resources: { projects: { deleted: 1 } } });
    for (const table of ['projects', 'experiments', 'goals', 'audiences', 'dimensions'])
      expect(
        rig.one(
          `SELECT count(*) FROM ${table} WHERE ${table === 'projects' ? 'id' : 'project_id'} = ?`,
          gone,
        ),
      ).toBe(0);
    expect((await rig.pull()).status).toBe('complete');
  });

  it('comes back as it was', async () => {
    const rig = await pulled();
    const [first] = rig.list('projects');
    rig.account.forbid('projects');
    await expect(rig.pull()).rejects.toThrow('refused the token');
    rig.account.allow();
    const report = await rig.pull();
    expect(report.status).toBe('complete');
    expect(rig.one('SELECT count(*) FROM projects WHERE id = ?', idOf(first ?? {}))).toBe(1);
  });
});

describe('a refused token', () => {
  it.each(['projects', 'projects/1/goals'])('ends the pull at once: 401 on %s', async (list) => {
    const rig = await pulled();
    const project = idOf(rig.some('projects'));
    const asked = list.replace('1', String(project));
    rig.faults.next({ kind: 'unavailable', status: 401, match: ({ path }) => path === asked });
    await expect(rig.pull()).rejects.toMatchObject({ exit: 5 });
    expect(rig.asked.length).toBeLessThan(everyList(rig).length / 2);
    expect(rig.one('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toBe('failed');
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expectEqual(rig.db, rig.account);
  });
});

function always(rig: Rig, list: string, fault: Parameters<Rig['faults']['next']>[0]): void {
  rig.faults.next({ ...fault, match: ({ path }) => path === list, times: 100 });
}
