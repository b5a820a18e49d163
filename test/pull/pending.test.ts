/** What a pull does to edits that wait: it moves them onto the new base, and overwrites none. */
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { expectEqual } from './equal.ts';
import { everyList, isPaused, Rig } from './support.ts';

let rig: Rig;
/** Somebody's sqlite3 shell. */
let shell: Database;
let experiment: number;
let between: (path: string) => void;

const idOf = ({ id }: JsonObject) => id as number;

beforeEach(async () => {
  between = () => {};
  rig = new Rig({
    transport: {
      onRequest: ({ path }) => {
        rig.asked.push(path);
        between(path);
      },
    },
  });
  await rig.pull();
  shell = new Sqlite(rig.file);
  experiment = rig.some('experiments', isPaused).id;
});
afterEach(() => {
  shell.close();
});

const edit = (set: string, id = experiment, table = 'experiments') =>
  shell.prepare(`UPDATE ${table} SET ${set} WHERE id = ?`).run(id);
const shown = (field: string, id = experiment, table = 'experiments') =>
  rig.one(`SELECT ${field} FROM ${table} WHERE id = ?`, id);
const outbox = () => rig.all('SELECT resource, entity_id, op, status, error FROM outbox ORDER BY id');
const changes = () =>
  rig.all(
    'SELECT field, base_value, local_value, remote_value FROM outbox_changes ORDER BY outbox_id, field',
  );
const log = () => rig.all('SELECT resource, entity_id, op, outcome FROM push_log ORDER BY id');

describe('an edit that waits', () => {
  it('is left alone by a pull that finds nothing', async () => {
    edit("description = 'Ours'");
    expect((await rig.pull({ full: true })).resources.experiments.updated).toBe(0);
    expect(shown('description')).toBe('Ours');
    expect(outbox()).toMatchObject([{ op: 'update', status: 'pending' }]);
  });

  it('stays where another field changed there, and the row shows both', async () => {
    edit("description = 'Ours'");
    rig.account.update('experiments', experiment, { percentage_included: 4200 });
    await rig.pull();
    expect([shown('description'), shown('percentage_included')]).toEqual(['Ours', 4200]);
    expect(outbox()).toMatchObject([{ op: 'update', status: 'pending', error: null }]);
    expect(changes()).toMatchObject([{ field: 'description', local_value: '"Ours"', remote_value: null }]);
  });

  it('conflicts where the same field changed there to another value, as soon as that is seen', async () => {
    const before = rig.some('experiments', ({ id }) => id === experiment).description as string;
    edit("description = 'Ours'");
    rig.account.update('experiments', experiment, { description: 'Theirs' });
    const report = await rig.pull();
    expect(report).toMatchObject({ status: 'complete', errors: [] });
    expect(shown('description')).toBe('Ours');
    expect(outbox()).toMatchObject([{ op: 'update', status: 'conflict' }]);
    expect(changes()).toEqual([
      {
        field: 'description',
        base_value: JSON.stringify(before),
        local_value: '"Ours"',
        remote_value: '"Theirs"',
      },
    ]);
    rig.account.update('experiments', experiment, { description: before });
    await rig.pull();
    expect(outbox()).toMatchObject([{ op: 'update', status: 'pending', error: null }]);
  });

  it('converges where the API holds the same by now', async () => {
    edit("description = 'Both'");
    rig.account.update('experiments', experiment, { description: 'Both' });
    await rig.pull();
    expect(outbox()).toEqual([]);
    expect(log()).toMatchObject([
      { resource: 'experiments', entity_id: experiment, op: 'update', outcome: 'converged' },
    ]);
  });

  it('merges as a set where the field is a list of ids', async () => {
    const [first, second, third] = rig.list('experiments', rig.some('projects').id).map(idOf);
    const goal = rig.list('goals', rig.some('projects').id).find((each) => each.is_editable !== false) ?? {};
    rig.account.plant('goals', idOf(goal), { experiment_ids: [first ?? 0] });
    await rig.pull();
    edit(`experiment_ids = '[${first},${second}]'`, idOf(goal), 'goals');
    rig.account.update('goals', idOf(goal), { experiment_ids: [first ?? 0, third ?? 0] });
    await rig.pull();
    expect(outbox()).toMatchObject([{ status: 'pending' }]);
    const merged = JSON.parse(String(shown('experiment_ids', idOf(goal), 'goals'))) as number[];
    expect(merged.toSorted()).toEqual([first, second, third].sort());
  });

  it('keeps its row as a conflict where the API deleted the entity', async () => {
    edit("description = 'Ours'");
    rig.account.remove('experiments', experiment);
    const report = await rig.pull();
    expect(report).toMatchObject({ status: 'complete', resources: { experiments: { deleted: 1 } } });
    expect(outbox()).toMatchObject([{ op: 'update', status: 'conflict', error: 'the API has deleted it' }]);
    expect(shown('description')).toBe('Ours');
    expect(rig.one('SELECT count(*) FROM variations WHERE experiment_id = ?', experiment)).toBe(0);
    await rig.pull({ full: true });
    expect(shown('description')).toBe('Ours');
    expect(outbox()).toHaveLength(1);
  });

  it('survives below an experiment that the API deleted', async () => {
    const [variation] = rig.list('variations', experiment).map(idOf);
    edit("description = 'Ours'", variation, 'variations');
    rig.account.remove('experiments', experiment);
    await rig.pull();
    expect(outbox()).toMatchObject([{ resource: 'variations', op: 'update', status: 'conflict' }]);
    expect(shown('description', variation, 'variations')).toBe('Ours');
    expect(shown('count(*)')).toBe(0);
  });

  it('survives below a project that is given up', async () => {
    edit("description = 'Ours'");
    const project = rig.some('experiments', ({ id }) => id === experiment).project_id;
    rig.account.removeSilently('projects', project);
    await rig.pull({ acceptDeletions: true });
    expect(outbox()).toMatchObject([{ resource: 'experiments', op: 'update', status: 'conflict' }]);
    expect(shown('description')).toBe('Ours');
  });
});

describe('an offline delete', () => {
  it('stays out of sight, with all below it, whatever a pull reads', async () => {
    shell.prepare('DELETE FROM experiments WHERE id = ?').run(experiment);
    for (const full of [false, true]) {
      await rig.pull({ full, maxAge: 0 });
      expect(shown('count(*)')).toBe(0);
      for (const table of ['variations', 'schedules', 'results', 'stats'])
        expect(rig.one(`SELECT count(*) FROM ${table} WHERE experiment_id = ?`, experiment)).toBe(0);
      expect(outbox()).toMatchObject([{ resource: 'experiments', op: 'delete', status: 'pending' }]);
      expect(rig.asked.filter((path) => path.startsWith(`experiments/${experiment}/`))).toEqual([]);
    }
  });

  it('conflicts where somebody edited the entity there', async () => {
    shell.prepare('DELETE FROM experiments WHERE id = ?').run(experiment);
    rig.account.update('experiments', experiment, { description: 'Theirs' });
    await rig.pull();
    expect(outbox()).toMatchObject([{ op: 'delete', status: 'conflict' }]);
    expect(changes()).toMatchObject([{ field: 'description', remote_value: '"Theirs"' }]);
    expect(shown('count(*)')).toBe(0);
  });

  it('is fulfilled where the API has deleted the entity too', async () => {
    shell.prepare('DELETE FROM experiments WHERE id = ?').run(experiment);
    rig.account.remove('experiments', experiment);
    await rig.pull();
    expect(outbox()).toEqual([]);
    expect(log()).toMatchObject([{ op: 'delete', outcome: 'converged' }]);
    expectEqual(rig.db, rig.account);
  });
});

describe('what is made offline', () => {
  it('is no row of the API: it is neither compared nor deleted', async () => {
    shell
      .prepare("INSERT INTO dimensions (project_id, name) VALUES (?, 'Ours')")
      .run(idOf(rig.some('projects')));
    await rig.pull({ full: true });
    expect(outbox()).toMatchObject([{ resource: 'dimensions', op: 'create', status: 'pending' }]);
    expect(rig.one("SELECT id FROM dimensions WHERE name = 'Ours'")).toBeLessThan(0);
  });
});

describe('an edit made while a pull is at work', () => {
  /** Once that list was asked for, and before its answer is applied. */
  const whenAsked = (list: string, act: () => void) => {
    between = (path) => {
      if (path !== list) return;
      between = () => {};
      act();
    };
  };
  const listOf = (id: number) => `projects/${rig.account.get('experiments', id)?.project_id}/experiments`;

  it('on an entity that is just being read is kept, and compared with what was read', async () => {
    rig.account.update('experiments', experiment, { description: 'Theirs', percentage_included: 4200 });
    whenAsked(listOf(experiment), () => edit("description = 'Ours'"));
    await rig.pull();
    expect([shown('description'), shown('percentage_included')]).toEqual(['Ours', 4200]);
    expect(outbox()).toMatchObject([{ op: 'update', status: 'conflict' }]);
  });

  it('that deletes an experiment whose lists are still to come hides them as well', async () => {
    whenAsked(`experiments/${experiment}/variations`, () =>
      shell.prepare('DELETE FROM experiments WHERE id = ?').run(experiment),
    );
    const report = await rig.pull({ full: true });
    expect(report.status).toBe('complete');
    for (const table of ['variations', 'results', 'stats'])
      expect(rig.one(`SELECT count(*) FROM ${table} WHERE experiment_id = ?`, experiment)).toBe(0);
    expect(outbox()).toMatchObject([{ op: 'delete', status: 'pending' }]);
  });

  it('on an entity that is just being deleted there becomes a conflict', async () => {
    rig.account.remove('experiments', experiment);
    const project = rig.one('SELECT project_id FROM experiments WHERE id = ?', experiment);
    whenAsked(`projects/${project}/experiments`, () => edit("description = 'Ours'"));
    await rig.pull();
    expect(outbox()).toMatchObject([{ op: 'update', status: 'conflict', error: 'the API has deleted it' }]);
    expect(shown('description')).toBe('Ours');
  });

  it('waits for no more than one short transaction', async () => {
    shell.pragma('busy_timeout = 0');
    const ids = rig.list('experiments').filter(isPaused).map(idOf);
    let edits = 0;
    between = () => {
      edit(`description = 'Edit ${++edits}'`, ids[edits % ids.length]);
    };
    await rig.pull({ full: true });
    expect(edits).toBe(everyList(rig).length);
    expect(outbox()).toHaveLength(ids.length);
    expect(rig.one("SELECT count(*) FROM outbox WHERE status = 'pending'")).toBe(ids.length);
  });
});
