/** While an experiment is deleted here, the API goes on: what was set aside comes back onto what it holds by then. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { Database } from '../../src/db/open.ts';
import { type Intent, mustGetOutboxRow, putState, setOutbox } from '../../src/db/outbox.ts';
import { getRemoteBody } from '../../src/db/rows.ts';
import { inSight } from '../../src/db/set-aside.ts';
import { guarded } from '../../src/db/transaction.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import { finishUpdate, type Sent } from '../../src/sync/finish.ts';
import { finishCreate } from '../../src/sync/finish-create.ts';
import {
  changesThere,
  goesThere,
  ids,
  makeMirror,
  now,
  outbox,
  outboxIds,
  plainOn,
  rowOf,
} from './support.ts';

const { experiment, variation, second, schedule } = ids;

describe('while an experiment is deleted here', () => {
  const deleted = () => {
    const { file, db } = makeMirror();
    const client = plainOn(file);
    client.run(
      `UPDATE variations SET weight = 1 WHERE id IN (${variation}, ${second}); UPDATE schedules SET stop_time = '2016-01-01T00:00:00Z'`,
    );
    client.run(`DELETE FROM experiments WHERE id = ${experiment}`);
    return db;
  };
  const drop = (db: ReturnType<typeof deleted>) => dropEdits(db, outboxIds(db).slice(-1), now);

  test('what somebody else changes below conflicts with the edits that come back', () => {
    const db = deleted();
    changesThere(db, 'variations', variation, { weight: 7 });
    changesThere(db, 'variations', second, { description: 'theirs' });
    changesThere(db, 'schedules', schedule, { stop_time: '2016-01-01T00:00:00Z' });
    expect(rowOf(db, 'variations', variation)).toBeUndefined();
    drop(db);
    expect(outbox(db)).toEqual([
      {
        resource: 'variations',
        entity_id: variation,
        op: 'update',
        status: 'conflict',
        changes: { weight: { base: 5000, local: 1, remote: 7 } },
      },
      {
        resource: 'variations',
        entity_id: second,
        op: 'update',
        status: 'pending',
        changes: { weight: { base: 5000, local: 1 } },
      },
    ]);
    expect(rowOf(db, 'variations', variation)).toMatchObject({ weight: 1 });
    expect(rowOf(db, 'variations', second)).toMatchObject({ weight: 1, description: 'theirs' });
    const logged = db.prepare('SELECT resource, op, outcome FROM push_log ORDER BY id').all();
    expect(logged).toEqual([
      { resource: 'experiments', op: 'delete', outcome: 'dropped' },
      { resource: 'schedules', op: 'update', outcome: 'converged' },
    ]);
  });

  test('what somebody else deletes below comes back as a conflict that shows our edit', () => {
    const db = deleted();
    goesThere(db, 'variations', variation);
    drop(db);
    expect(outbox(db)[0]).toEqual({
      resource: 'variations',
      entity_id: variation,
      op: 'update',
      status: 'conflict',
      changes: { weight: { base: 5000, local: 1 } },
    });
    expect(rowOf(db, 'variations', variation)).toMatchObject({
      weight: 1,
      description: 'Original',
      experiment_id: experiment,
    });
  });

  test('what somebody else adds below comes back with the rest', () => {
    const db = deleted();
    changesThere(db, 'variations', variation, { id: 9_300_000_099, description: 'theirs' });
    expect(rowOf(db, 'variations', 9_300_000_099)).toBeUndefined();
    drop(db);
    expect(rowOf(db, 'variations', 9_300_000_099)).toMatchObject({ description: 'theirs' });
  });
});

describe('an operation on the wire while its experiment is deleted here', () => {
  const context = { runId: 1, now, recordChanges: false };

  /** Sends the first operation, deletes the experiment, and gives what the answer is settled with. */
  const sending = (sql: string, op: Intent['op'], body: JsonObject) => {
    const { file, db } = makeMirror();
    const client = plainOn(file);
    client.run(sql);
    const intent: Intent = {
      runId: 1,
      op,
      method: 'PUT',
      path: `experiments/${experiment}/variations`,
      body,
      known: [],
    };
    guarded<void>(db, () => {
      putState(db, 1, { intent });
      setOutbox(db, 1, 'in_flight', null, now);
    });
    const row = mustGetOutboxRow(db, 1);
    client.run(`DELETE FROM experiments WHERE id = ${experiment}`);
    expect(outbox(db)).toMatchObject([{ resource: 'experiments', op: 'delete' }]);
    const settle = (act: (sent: Sent) => void) =>
      guarded<void>(db, () => inSight(db, 1, () => act({ row, intent, originId: null, status: 200 })));
    return { db, settle, drop: () => dropEdits(db, outboxIds(db), now) };
  };
  const logged = (db: Database) =>
    db.prepare('SELECT resource, entity_id, op, outcome FROM push_log ORDER BY id').all();

  test('an edit that was taken is done, and does not come back', () => {
    const { db, settle, drop } = sending(
      `UPDATE variations SET weight = 1 WHERE id = ${variation}`,
      'update',
      { weight: 1 },
    );
    const answer = { ...getRemoteBody(db, 'variations', variation), weight: 1 };
    settle((sent) => finishUpdate({ db, ...context }, sent, answer));
    drop();
    expect(outbox(db)).toEqual([]);
    expect(rowOf(db, 'variations', variation)).toMatchObject({ weight: 1 });
    expect(logged(db)).toMatchObject([
      { resource: 'variations', op: 'update', outcome: 'sent' },
      { resource: 'experiments', op: 'delete', outcome: 'dropped' },
    ]);
  });

  test('a create that was carried out comes back under its real id, and is not sent again', () => {
    const given = { description: 'New', weight: 3 };
    const { db, settle, drop } = sending(
      `INSERT INTO variations (experiment_id, description, weight) VALUES (${experiment}, 'New', 3)`,
      'create',
      given,
    );
    const answer = { ...getRemoteBody(db, 'variations', variation), ...given, id: 9_300_000_777 };
    settle((sent) => finishCreate({ db, ...context }, sent, experiment, answer));
    expect(rowOf(db, 'variations', 9_300_000_777)).toBeUndefined();
    drop();
    expect(outbox(db)).toEqual([]);
    expect(rowOf(db, 'variations', 9_300_000_777)).toMatchObject(given);
    expect(rowOf(db, 'variations', -1)).toBeUndefined();
  });

  test('one that was refused comes back as refused', () => {
    const { db, settle, drop } = sending(
      `UPDATE variations SET weight = 1 WHERE id = ${variation}`,
      'update',
      { weight: 1 },
    );
    settle(() => {
      putState(db, 1, { intent: null });
      setOutbox(db, 1, 'failed', '400 no', now);
    });
    drop();
    expect(outbox(db)).toMatchObject([{ status: 'failed', changes: { weight: { base: 5000, local: 1 } } }]);
  });
});
