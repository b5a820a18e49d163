/** What each decision makes of deletes on either side, and of creates in doubt. Source: CONTRACT.md, How a push decides, 5 and 6. */
import { describe, expect, test } from 'vitest';
import { type Intent, putState, setOutbox, stateOf } from '../../src/db/outbox.ts';
import { guarded } from '../../src/db/transaction.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import { changesThere, goesThere, ids, now, outbox, rowOf } from '../capture/support.ts';
import { edited, errorOf, logged } from './deciding.ts';

const { project, experiment, variation } = ids;

describe('an edit of what the API has deleted', () => {
  const gone = () => {
    const all = edited(`UPDATE variations SET weight = 1, is_paused = 1 WHERE id = ${variation}`);
    goesThere(all.db, 'variations', variation);
    expect(outbox(all.db)).toMatchObject([{ status: 'conflict' }]);
    expect(rowOf(all.db, 'variations', variation)).toMatchObject({ weight: 1 });
    return all;
  };

  test('ours stays a conflict that says why', () => {
    const { db, decide } = gone();
    expect(decide({ kind: 'ours' })).toMatchObject({ status: 'conflict' });
    expect(errorOf(db)).toContain("what it has deleted can't come back");
    expect(outbox(db)).toMatchObject([{ changes: { weight: { base: 5000, local: 1 } } }]);
  });

  test('theirs gives the edit up, and the row goes', () => {
    const { db, decide } = gone();
    expect(decide({ kind: 'theirs' })).toBeUndefined();
    expect(outbox(db)).toEqual([]);
    expect(rowOf(db, 'variations', variation)).toBeUndefined();
    expect(logged(db)).toEqual([['theirs', 'update', ['is_paused', 'weight']]]);
  });

  test('a third value has no place', () => {
    expect(() => gone().set({ weight: 3 })).toThrow(
      'outbox 1 is an edit of what the API has deleted: decide it with --theirs',
    );
  });

  test('dropping it removes the row as well', () => {
    const { db } = gone();
    dropEdits(db, [1], now);
    expect(rowOf(db, 'variations', variation)).toBeUndefined();
  });
});

describe('a delete of what somebody else has edited', () => {
  const kept = () => {
    const all = edited(
      `UPDATE variations SET weight = 1 WHERE id = ${variation}; DELETE FROM experiments WHERE id = ${experiment}`,
    );
    changesThere(all.db, 'experiments', experiment, { description: 'theirs' });
    expect(outbox(all.db)).toMatchObject([
      { op: 'delete', status: 'conflict', changes: { description: { base: 'Headline', remote: 'theirs' } } },
    ]);
    return all;
  };

  test('ours: it is deleted all the same', () => {
    const { db, decide } = kept();
    expect(decide({ kind: 'ours' }, 2)).toMatchObject({ op: 'delete', status: 'pending', error: null });
    expect(outbox(db)).toMatchObject([{ op: 'delete', changes: {} }]);
    expect(rowOf(db, 'experiments', experiment)).toBeUndefined();
  });

  test('theirs: it comes back as they left it, with all that was taken along', () => {
    const { db, decide } = kept();
    expect(decide({ kind: 'theirs' }, 2)).toBeUndefined();
    expect(rowOf(db, 'experiments', experiment)).toMatchObject({ description: 'theirs' });
    expect(outbox(db)).toMatchObject([
      { resource: 'variations', op: 'update', changes: { weight: { local: 1 } } },
    ]);
    expect(db.prepare('SELECT count(*) FROM results').pluck().get()).toBe(2);
    expect(logged(db)).toEqual([['theirs', 'delete', ['description']]]);
  });

  test('a third value has no place', () => {
    const { decide } = kept();
    expect(() => decide({ kind: 'set', values: { description: 'x' } }, 2)).toThrow(
      'is a delete of what was changed on the API: decide it with --ours or --theirs',
    );
  });

  test('a delete of what the API has deleted too is no conflict', () => {
    const { db } = kept();
    goesThere(db, 'experiments', experiment);
    expect(outbox(db)).toEqual([]);
    expect(logged(db)).toEqual([
      ['converged', 'delete', []],
      ['dropped', 'update', ['weight']],
    ]);
  });
});

describe('a create in doubt', () => {
  const intent: Intent = {
    runId: 1,
    op: 'create',
    method: 'POST',
    path: `projects/${project}/audiences`,
    body: { name: 'A' },
    known: [1],
  };
  const doubtful = () => {
    const all = edited(`INSERT INTO audiences (project_id, name) VALUES (${project}, 'A')`);
    guarded<void>(all.db, () => {
      putState(all.db, 1, { intent });
      setOutbox(all.db, 1, 'conflict', 'is one of them it?', now);
    });
    return all;
  };

  test('adopt: the push is told which it is', () => {
    const { db, decide } = doubtful();
    expect(decide({ kind: 'adopt', remoteId: 77 })).toMatchObject({ status: 'pending', error: null });
    expect(stateOf(db, 1).intent).toEqual({ ...intent, adopt: 77 });
  });

  test('new: it is sent again', () => {
    const { db, decide } = doubtful();
    expect(decide({ kind: 'new' })).toMatchObject({ status: 'pending', error: null });
    expect(stateOf(db, 1).intent).toBeNull();
    expect(outbox(db)).toMatchObject([{ op: 'create', changes: { name: { local: 'A' } } }]);
  });

  test.each(['ours', 'theirs'] as const)('%s has no place', (kind) => {
    expect(() => doubtful().decide({ kind })).toThrow(
      'is a create in doubt: decide it with --adopt REMOTE_ID or --new',
    );
  });

  test('it may be dropped: nobody waits for it any more', () => {
    const { db } = doubtful();
    dropEdits(db, [1], now);
    expect(outbox(db)).toEqual([]);
    expect(rowOf(db, 'audiences', -1)).toBeUndefined();
    expect(logged(db)).toEqual([['dropped', 'create', ['project_id', 'name']]]);
  });

  test('deleted while it was on the wire, and that delete dropped, it waits for its answer again', () => {
    const { db, run } = doubtful();
    run('DELETE FROM audiences WHERE id = -1');
    dropEdits(db, [1], now);
    expect(outbox(db)).toMatchObject([
      { op: 'create', entity_id: -1, changes: { project_id: { local: project }, name: { local: 'A' } } },
    ]);
    expect(stateOf(db, 1).intent).toEqual(intent);
    expect(rowOf(db, 'audiences', -1)).toMatchObject({ name: 'A', project_id: project });
  });
});
