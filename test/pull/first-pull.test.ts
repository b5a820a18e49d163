/** The first pull, and the second one that finds nothing. */
import { describe, expect, it } from 'vitest';
import { dump, expectEqual } from './equal.ts';
import { everyList, Rig } from './support.ts';

describe('a first pull', () => {
  it('of 10 x 100 experiments asks for each list once, and leaves the mirror equal to the server', async () => {
    const rig = new Rig({ account: { projects: 10, experimentsPerProject: 100 } });
    const report = await rig.pull();
    expect(report).toMatchObject({ mode: 'full', status: 'complete', retries: 0, errors: [] });
    expect(report.requests).toBe(rig.asked.length);
    expect(rig.asked.toSorted()).toEqual(everyList(rig));
    expectEqual(rig.db, rig.account);
    expect(report.resources.experiments).toEqual({
      seen: 1000,
      inserted: 1000,
      updated: 0,
      deleted: 0,
      unchanged: 0,
    });
    const before = dump(rig.db);
    for (const full of [true, false]) {
      const again = await rig.pull({ full });
      expect(again).toMatchObject({ mode: full ? 'full' : 'incremental', status: 'complete' });
      for (const counts of Object.values(again.resources))
        expect(counts).toMatchObject({ inserted: 0, updated: 0, deleted: 0, unchanged: counts.seen });
      expect(dump(rig.db)).toBe(before);
    }
  });

  it('keeps what no document lists, and what the description has other names for', async () => {
    const rig = new Rig({ account: { useAliases: true } });
    const experiment = rig.some(
      'experiments',
      ({ status, created }) => status === 'Running' && String(created) > '2015',
    );
    rig.account.plant('experiments', experiment.id, { novel: { deep: [1, null, { a: 'ü' }] } });
    await rig.pull();
    expectEqual(rig.db, rig.account);
    expect(rig.one('SELECT extra FROM remote_experiments WHERE id = ?', experiment.id)).toContain('"novel"');
    expect(
      rig.one('SELECT count(*) FROM stats WHERE visitors_until_statistically_significant > 0'),
    ).toBeGreaterThan(0);
    expect(rig.one('SELECT count(*) FROM stats WHERE extra IS NOT NULL')).toBe(0);
  });

  it('fills in the id of the parent where only the URL tells it', async () => {
    const rig = new Rig({
      account: { sparseLists: { goals: ['project_id'], variations: ['experiment_id'] } },
    });
    const report = await rig.pull();
    expect(report.requests).toBe(everyList(rig).length);
    expectEqual(rig.db, rig.account);
  });

  it('of an account without projects is complete', async () => {
    const rig = new Rig({ account: { projects: 0 } });
    expect(await rig.pull()).toMatchObject({ mode: 'full', status: 'complete', requests: 1 });
    expect(await rig.pull()).toMatchObject({ mode: 'incremental', status: 'complete' });
  });

  it('tells how far it is, and never more than there is to do', async () => {
    const rig = new Rig();
    const seen: { done: number; waiting: number }[] = [];
    await rig.pull({ onProgress: ({ done, waiting }) => void seen.push({ done, waiting }) });
    expect(seen.at(-1)).toEqual({ done: everyList(rig).length, waiting: 0 });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
  });

  it('writes down the run', async () => {
    const rig = new Rig();
    const { run_id, requests } = await rig.pull();
    expect(rig.all('SELECT * FROM sync_runs')).toMatchObject([
      { run_id, kind: 'pull', mode: 'full', status: 'complete', requests, retries: 0, error: null },
    ]);
  });
});
