/** While an experiment is deleted here, the API goes on: what was set aside comes back onto what it holds by then. */
import { describe, expect, test } from 'vitest';
import { dropEdits } from '../../src/sync/drop.ts';
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
