/** Lists that leave out fields. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { vendorSparseLists } from '../../src/sandbox/index.ts';
import { dump, expectEntitiesEqual, expectEqual } from './equal.ts';
import { everyList, isPaused, Rig } from './support.ts';

const idOf = ({ id }: JsonObject) => id as number;
const singles = (rig: Rig) => rig.asked.filter((path) => /^\w+\/\d+$/.test(path));

/** A server that leaves fields out everywhere, of lists and of entities alike. */
function without(fields: readonly string[]) {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => !fields.includes(key)));
  };
  return (_: string, body: string) => JSON.stringify(strip(JSON.parse(body)));
}

describe('where a list leaves out fields', () => {
  it('each entity is read by itself, once', async () => {
    const rig = new Rig({ account: { projects: 3, sparseLists: vendorSparseLists } });
    const report = await rig.pull();
    expect(singles(rig).toSorted()).toEqual(
      rig
        .list('projects')
        .map(({ id }) => `projects/${id}`)
        .sort(),
    );
    expect(report).toMatchObject({ status: 'complete', requests: everyList(rig).length + 3 });
    expectEqual(rig.db, rig.account);
  });

  it('a later pull reads by itself what somebody touched, and knows the rest', async () => {
    const rig = new Rig({ account: { sparseLists: vendorSparseLists } });
    await rig.pull();
    const before = dump(rig.db);
    await rig.pull();
    expect(singles(rig)).toEqual([]);
    expect(dump(rig.db)).toBe(before);
    const { id } = rig.some('projects');
    rig.account.update('projects', id, { project_javascript: 'alert("there")' });
    await rig.pull();
    expect(singles(rig)).toEqual([`projects/${id}`]);
    expectEqual(rig.db, rig.account);
    await rig.pull({ full: true });
    expect(singles(rig)).toHaveLength(2);
  });

  it('a field that changes without last_modified is read by itself each time', async () => {
    const rig = new Rig({ account: { sparseLists: { goals: ['experiment_ids'] } } });
    await rig.pull();
    const { id } = rig.some('goals', ({ experiment_ids }) => (experiment_ids as number[]).length > 1);
    rig.account.plant('goals', id, { experiment_ids: [] });
    await rig.pull();
    expectEntitiesEqual(rig.db, rig.account);
  });

  it('a field that this API never sends is not asked for again and again', async () => {
    const rig = new Rig({ alter: without(['socket_token', 'shareable_results_link']) });
    const report = await rig.pull();
    expect(report.status).toBe('complete');
    // One of each resource for each list that was under way before it was known.
    expect(singles(rig).length).toBeLessThanOrEqual(3);
    expect(singles(rig).length).toBeGreaterThanOrEqual(2);
    await rig.pull();
    expect(singles(rig)).toEqual([]);
    expect(rig.one('SELECT count(*) FROM experiments WHERE shareable_results_link IS NOT NULL')).toBe(0);
  });

  it('a field that the mirror has a value of is asked for, even where the API was seen to leave it out', async () => {
    let left: readonly string[] = [];
    const rig = new Rig({ alter: (path, body) => (path === 'projects' ? without(left)(path, body) : body) });
    await rig.pull();
    left = ['project_javascript'];
    await rig.pull({ full: true });
    expect(singles(rig)).toHaveLength(rig.list('projects').length);
    expectEntitiesEqual(rig.db, rig.account);
  });

  it('an entity that can not be read by itself is named and stays as it was, and what is below it is read', async () => {
    const rig = new Rig({ account: { sparseLists: vendorSparseLists } });
    await rig.pull();
    const { id } = rig.some('projects');
    const name = rig.one('SELECT project_name FROM projects WHERE id = ?', id);
    rig.account.update('projects', id, { project_name: 'Renamed there' });
    rig.account.update('experiments', idOf(rig.list('experiments', id).find(isPaused) ?? {}), {
      description: 'Read',
    });
    rig.faults.next({
      kind: 'unavailable',
      status: 403,
      match: ({ path }) => path === `projects/${id}`,
      times: 9,
    });
    const report = await rig.pull();
    expect(report.errors).toMatchObject([{ resource: 'projects', parent_id: null, status: 403 }]);
    expect(report.errors[0]?.message).toContain(`projects/${id}`);
    expect(rig.one('SELECT project_name FROM projects WHERE id = ?', id)).toBe(name);
    expect(rig.one("SELECT count(*) FROM experiments WHERE description = 'Read'")).toBe(1);
    expect(report.resources.projects.deleted).toBe(0);
    rig.faults.clear();
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expectEqual(rig.db, rig.account);
  });

  it('a token that is refused for a single entity ends the pull', async () => {
    const rig = new Rig({ account: { sparseLists: vendorSparseLists } });
    rig.faults.next({ kind: 'unavailable', status: 401, match: ({ path }) => /^projects\/\d+$/.test(path) });
    await expect(rig.pull()).rejects.toMatchObject({ exit: 5 });
  });
});
