/** The history that pulls write: of every field, of what came and went, and of results. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { dump } from './equal.ts';
import { hour, isPaused, Rig } from './support.ts';

interface Change {
  readonly run_id: number;
  readonly resource: string;
  readonly entity_id: number;
  readonly field: string | null;
  readonly old_value: string | null;
  readonly new_value: string | null;
}

async function pulled(): Promise<Rig> {
  const rig = new Rig();
  await rig.pull();
  return rig;
}

/** The changes of the last run, by resource, id and field. */
function changesOf(rig: Rig): Map<string, Change> {
  const rows = rig.all('SELECT * FROM changes WHERE run_id = (SELECT max(run_id) FROM sync_runs)');
  return new Map(
    (rows as unknown[] as Change[]).map((row) => [`${row.resource}/${row.entity_id}/${row.field}`, row]),
  );
}

const idOf = ({ id }: JsonObject) => id as number;
const parsed = (text: string | null | undefined) => (text ? (JSON.parse(text) as unknown) : text);

describe('changes', () => {
  it('are not written by the first pull', async () => {
    const rig = await pulled();
    expect(rig.one('SELECT count(*) FROM changes')).toBe(0);
  });

  it('are not written by a first pull that was interrupted and gone on with', async () => {
    const rig = new Rig();
    const stop = new AbortController();
    const stopAfter =
      (lists: number) =>
      ({ done }: { done: number }) =>
        void (done >= lists && stop.abort());
    await expect(rig.pull({ signal: stop.signal, onProgress: stopAfter(12) })).rejects.toThrow('interrupted');
    rig.account.update('experiments', rig.some('experiments', isPaused).id, { description: 'Meanwhile' });
    expect(await rig.pull()).toMatchObject({ mode: 'full', status: 'complete' });
    expect(rig.one('SELECT count(*) FROM changes')).toBe(0);
  });

  it('hold every field that changed, listed or not, with both values as JSON', async () => {
    const rig = await pulled();
    const before = rig.some('experiments', isPaused);
    rig.account.update('experiments', before.id, {
      description: 'Renamed "there"',
      percentage_included: 1234,
    });
    rig.account.plant('experiments', before.id, { auto_allocate: { now: 'an object' }, novel: [1] });
    const { run_id } = await rig.pull();
    const after = rig.account.get('experiments', before.id) ?? {};
    const changes = changesOf(rig);
    expect([...changes.keys()].sort()).toEqual(
      ['auto_allocate', 'description', 'last_modified', 'novel', 'percentage_included'].map(
        (field) => `experiments/${before.id}/${field}`,
      ),
    );
    for (const { field, old_value, new_value, run_id: by } of changes.values()) {
      expect(by).toBe(run_id);
      expect(parsed(old_value)).toEqual((before as JsonObject)[field ?? ''] ?? null);
      expect(parsed(new_value)).toEqual(after[field ?? '']);
    }
  });

  it('say when: as the mirror writes times, not before the run began', async () => {
    const rig = await pulled();
    rig.clock.pass(hour);
    rig.account.update('experiments', rig.some('experiments', isPaused).id, { description: 'x' });
    await rig.pull();
    const [{ observed_at, started_at, finished_at } = {}] = rig.all(
      'SELECT * FROM changes JOIN sync_runs USING (run_id) LIMIT 1',
    );
    expect(observed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(String(observed_at) >= String(started_at) && String(observed_at) <= String(finished_at)).toBe(
      true,
    );
  });

  it('hold what came whole, with all that came below it', async () => {
    const rig = await pulled();
    const made = rig.account.create('experiments', idOf(rig.some('projects')), {
      description: 'New',
      edit_url: 'https://example.com/',
    });
    rig.account.create('schedules', idOf(made), { start_time: '2016-07-01T08:00:00Z' });
    await rig.pull();
    const came = [...changesOf(rig).values()].filter(({ field }) => field === null);
    expect(came.map(({ resource }) => resource).sort()).toEqual([
      'experiments',
      'schedules',
      'variations',
      'variations',
    ]);
    const whole = came.find(({ resource }) => resource === 'experiments');
    expect(whole?.old_value).toBeNull();
    expect(parsed(whole?.new_value)).toEqual(rig.account.get('experiments', idOf(made)));
  });

  it('hold what went whole, cascades included', async () => {
    const rig = await pulled();
    const gone = rig.some('experiments', isPaused);
    const before = rig.account.get('experiments', gone.id);
    const below = [...rig.list('variations', gone.id), ...rig.list('schedules', gone.id)].map(idOf);
    rig.account.remove('experiments', gone.id);
    const report = await rig.pull();
    const went = [...changesOf(rig).values()].filter(({ field }) => field === null);
    expect(went.map(({ entity_id }) => entity_id).sort()).toEqual([gone.id, ...below].sort());
    const whole = went.find(({ entity_id }) => entity_id === gone.id);
    expect(parsed(whole?.old_value)).toEqual(before);
    expect(whole?.new_value).toBeNull();
    expect(report.resources.experiments.deleted).toBe(1);
    expect(report.resources.variations.deleted + report.resources.schedules.deleted).toBe(below.length);
  });

  it('of a project that no pull had looked at are no news', async () => {
    const rig = new Rig();
    const [first, second] = rig.list('projects').map(idOf);
    await rig.pull({ projects: [first ?? 0] });
    await rig.pull();
    expect(rig.one('SELECT count(*) FROM goals WHERE project_id = ?', second)).toBeGreaterThan(0);
    expect(rig.one('SELECT count(*) FROM changes')).toBe(0);
    rig.account.update(
      'goals',
      idOf(rig.list('goals', second).find((goal) => goal.is_editable !== false) ?? {}),
      {
        description: 'y',
      },
    );
    await rig.pull();
    expect(rig.one('SELECT count(*) FROM changes')).toBe(2);
  });

  it('leave the order of keys and the spacing alone', async () => {
    let turned = false;
    const turn = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turn);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, turn(inner)]),
      );
    };
    const rig = new Rig({
      alter: (_, body) => (turned ? JSON.stringify(turn(JSON.parse(body)), null, 3) : body),
    });
    await rig.pull();
    const before = dump(rig.db);
    turned = true;
    expect((await rig.pull({ full: true })).resources.experiments.updated).toBe(0);
    expect(dump(rig.db)).toBe(before);
  });
});

describe('the history of results', () => {
  it('holds each observation once for as long as it stays the same: A, A, B, A are three', async () => {
    const rig = new Rig();
    const experiment = rig.some(
      'experiments',
      (each) => each.status === 'Running' && String(each.created) > '2015-02',
    );
    const [variation] = rig.list('variations', experiment.id);
    const runs: number[] = [];
    for (const name of ['A', 'A', 'B', 'A']) {
      rig.account.plant('variations', idOf(variation ?? {}), { description: name });
      runs.push((await rig.pull()).run_id);
    }
    const rows = rig.all(
      'SELECT DISTINCT run_id, variation_name FROM stats_history WHERE experiment_id = ? AND variation_id = ? ORDER BY id',
      experiment.id,
      String(variation?.id),
    );
    expect(rows).toEqual([
      { run_id: runs[0], variation_name: 'A' },
      { run_id: runs[2], variation_name: 'B' },
      { run_id: runs[3], variation_name: 'A' },
    ]);
  });

  it('holds a row that went and came back unchanged once', async () => {
    const rig = await pulled();
    const experiment = rig.some(
      'experiments',
      (each) => each.status === 'Running' && String(each.created) > '2015-02',
    );
    const { display_goal_order_lst: goals } = experiment;
    const count = () => rig.one('SELECT count(*) FROM stats_history WHERE experiment_id = ?', experiment.id);
    const before = count();
    rig.account.plant('experiments', experiment.id, { display_goal_order_lst: [] });
    await rig.pull({ acceptDeletions: true });
    expect(rig.one('SELECT count(*) FROM stats WHERE experiment_id = ?', experiment.id)).toBe(0);
    rig.account.plant('experiments', experiment.id, { display_goal_order_lst: goals as number[] });
    await rig.pull();
    expect(rig.one('SELECT count(*) FROM stats WHERE experiment_id = ?', experiment.id)).toBe(before);
    expect(count()).toBe(before);
  });

  it('keeps what was observed of an experiment that went', async () => {
    const rig = await pulled();
    const { id } = rig.some(
      'experiments',
      (each) => each.status === 'Running' && String(each.created) > '2015-02',
    );
    rig.account.remove('experiments', id);
    await rig.pull({ acceptDeletions: true });
    expect(rig.one('SELECT count(*) FROM stats WHERE experiment_id = ?', id)).toBe(0);
    expect(rig.one('SELECT count(*) FROM stats_history WHERE experiment_id = ?', id)).toBeGreaterThan(0);
  });
});
