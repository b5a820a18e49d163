/** A delete takes along what is below, and brings it back when it is dropped: rows, results, and what was pending. */
import { describe, expect, test } from 'vitest';
import { dropEdits } from '../../src/sync/drop.ts';
import { clients, contents, ids, makeMirror, now, outbox, outboxIds, rowOf } from './support.ts';

const { project, experiment, other, variation, second, schedule, click, audience } = ids;

/** Everything but the clocks and counters, to see that all came back. */
function state(db: Parameters<typeof contents>[0]) {
  const { push_log: _log, mirror_meta: _meta, ...rest } = contents(db);
  const byKey = (rows: unknown[]) =>
    rows
      .map((row) => ({ ...(row as object), rowid: 0 }))
      .map((row) => JSON.stringify(row))
      .sort();
  return Object.fromEntries(Object.entries(rest).map(([table, rows]) => [table, byKey(rows)]));
}

const counts = (db: Parameters<typeof contents>[0]) =>
  ['variations', 'schedules', 'results', 'stats'].map((table) =>
    db.prepare(`SELECT count(*) FROM ${table} WHERE experiment_id = ?`).pluck().get(experiment),
  );

const pending = `
  UPDATE variations SET weight = 1 WHERE id = ${variation};
  UPDATE variations SET is_paused = 1 WHERE id = ${variation};
  DELETE FROM variations WHERE id = ${second};
  INSERT INTO variations (id, experiment_id, description, weight) VALUES (-5, ${experiment}, 'New', 10);
  UPDATE schedules SET stop_time = '2016-01-01T00:00:00Z' WHERE id = ${schedule};
  INSERT INTO schedules (experiment_id, start_time) VALUES (${experiment}, '2017-01-01T00:00:00Z');
  UPDATE variations SET weight = 2 WHERE experiment_id = ${ids.multivariate};`;

describe.each(clients)('through %s', (_, connect) => {
  test('deleting an experiment takes its variations, schedules and results along', () => {
    const { file, db } = makeMirror();
    expect(counts(db)).toEqual([2, 1, 2, 1]);
    connect(file).run(`DELETE FROM experiments WHERE id = ${experiment}`);
    expect(counts(db)).toEqual([0, 0, 0, 0]);
    expect(outbox(db)).toEqual([
      { resource: 'experiments', entity_id: experiment, op: 'delete', status: 'pending', changes: {} },
    ]);
    expect(rowOf(db, 'goals', click)?.experiment_ids).toBe(JSON.stringify([experiment, other]));
  });

  test('dropping that delete brings all back, to the last digit', () => {
    const { file, db } = makeMirror();
    const before = state(db);
    connect(file).run(`DELETE FROM experiments WHERE id = ${experiment}`);
    dropEdits(db, outboxIds(db), now);
    expect(state(db)).toEqual(before);
  });

  test('what was pending below is set aside, and comes back: edits, creates, deletes', () => {
    const { file, db } = makeMirror();
    const client = connect(file);
    client.run(pending);
    const before = state(db);
    const waits = JSON.stringify(outbox(db));
    client.run(`DELETE FROM experiments WHERE id = ${experiment}`);
    expect(outbox(db).map(({ resource, entity_id, op }) => [resource, entity_id, op])).toEqual([
      ['variations', ids.section, 'update'],
      ['experiments', experiment, 'delete'],
    ]);
    expect(counts(db)).toEqual([0, 0, 0, 0]);
    dropEdits(db, outboxIds(db).slice(-1), now);
    expect(state(db)).toEqual(before);
    expect(JSON.stringify(outbox(db))).toBe(waits);
    const dropped = db.prepare('SELECT resource, op, outcome FROM push_log').all();
    expect(dropped).toEqual([{ resource: 'experiments', op: 'delete', outcome: 'dropped' }]);
  });

  test.each([0, -1])(
    'dropping everything, one after the other from place %i, leaves what the API last said',
    (place) => {
      const { file, db } = makeMirror();
      const before = state(db);
      const client = connect(file);
      client.run(
        `${pending} DELETE FROM experiments WHERE id = ${experiment}; DELETE FROM goals; UPDATE audiences SET name = 'x'`,
      );
      while (outboxIds(db).length > 0) dropEdits(db, [outboxIds(db).at(place) ?? 0], now);
      expect(state(db)).toEqual(before);
    },
  );

  test('a pending edit of the experiment itself gives way to its delete', () => {
    const { file, db } = makeMirror();
    connect(file).run(
      `UPDATE experiments SET status = 'Running' WHERE id = ${experiment}; DELETE FROM experiments WHERE id = ${experiment}`,
    );
    expect(outbox(db)).toMatchObject([{ op: 'delete', changes: {} }]);
    dropEdits(db, outboxIds(db), now);
    expect(rowOf(db, 'experiments', experiment)).toMatchObject({ status: 'Paused' });
    expect(outbox(db)).toEqual([]);
  });

  test('deleting what only exists here takes its children along and leaves the lists that name it', () => {
    const { file, db } = makeMirror();
    const before = state(db);
    const client = connect(file);
    client.run(
      `INSERT INTO projects (id, project_name) VALUES (-20, 'P');
      INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-21, -20, 'E', 'u'), (-22, ${project}, 'F', 'u');
      INSERT INTO variations (id, experiment_id, description) VALUES (-23, -21, 'V');
      INSERT INTO schedules (experiment_id, start_time) VALUES (-21, '2017-01-01T00:00:00Z');
      INSERT INTO audiences (id, project_id, name) VALUES (-25, -20, 'A');
      UPDATE goals SET experiment_ids = '[${experiment},-21,${other},-22]' WHERE id = ${click};
      UPDATE experiments SET audience_ids = '[-25,${audience}]' WHERE id IN (${experiment}, -22);
      DELETE FROM projects WHERE id = -20`,
    );
    expect(outbox(db)).toEqual([
      {
        resource: 'experiments',
        entity_id: -22,
        op: 'create',
        status: 'pending',
        changes: {
          project_id: { local: project },
          description: { local: 'F' },
          edit_url: { local: 'u' },
          audience_ids: { local: [audience] },
        },
      },
      {
        resource: 'goals',
        entity_id: click,
        op: 'update',
        status: 'pending',
        changes: { experiment_ids: { base: [experiment, other], local: [experiment, other, -22] } },
      },
    ]);
    client.run('DELETE FROM experiments WHERE id = -22');
    expect(state(db)).toEqual(before);
  });

  test('DELETE without a condition deletes row by row', () => {
    const { file, db } = makeMirror();
    connect(file).run('DELETE FROM experiments; DELETE FROM dimensions');
    expect(outbox(db).map(({ op }) => op)).toEqual(['delete', 'delete', 'delete', 'delete', 'delete']);
    expect(db.prepare('SELECT count(*) FROM variations').pluck().get()).toBe(0);
  });
});

test('dropping a create drops what was made below it, and logs all of it', () => {
  const { file, db } = makeMirror();
  const [, connect] = clients[0] as (typeof clients)[number];
  connect(file).run(
    `INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-1, ${project}, 'E', 'u');
    INSERT INTO variations (experiment_id, description) VALUES (-1, 'V'), (-1, 'W');
    UPDATE goals SET experiment_ids = json_insert(experiment_ids, '$[#]', -1) WHERE id = ${click}`,
  );
  dropEdits(db, [1, 2], now);
  expect(outbox(db)).toEqual([]);
  expect(rowOf(db, 'variations', -2)).toBeUndefined();
  expect(rowOf(db, 'goals', click)?.experiment_ids).toBe(JSON.stringify([experiment, other]));
  const logged = db.prepare('SELECT outbox_id, op, outcome FROM push_log ORDER BY outbox_id').all();
  expect(logged).toEqual([
    { outbox_id: 1, op: 'create', outcome: 'dropped' },
    { outbox_id: 2, op: 'create', outcome: 'dropped' },
    { outbox_id: 3, op: 'create', outcome: 'dropped' },
    { outbox_id: 4, op: 'update', outcome: 'dropped' },
  ]);
  expect(() => dropEdits(db, [99], now)).toThrow('the outbox has no 99');
  expect(() => dropEdits(db, [1, 99], now)).toThrow('the outbox has no 99');
});
