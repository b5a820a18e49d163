/** What each decision makes of each kind of conflict. Source: CONTRACT.md, How a push decides, 4 to 6. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { Database } from '../../src/db/open.ts';
import { type Intent, putState, setOutbox, stateOf } from '../../src/db/outbox.ts';
import { guarded } from '../../src/db/transaction.ts';
import { dropEdits, retryEdits } from '../../src/sync/drop.ts';
import { type Decision, resolve } from '../../src/sync/resolve.ts';
import {
  changesThere,
  contents,
  goesThere,
  ids,
  makeMirror,
  now,
  outbox,
  plainOn,
  rowOf,
} from '../capture/support.ts';

const { project, experiment, variation, click } = ids;

function edited(sql: string) {
  const { file, db } = makeMirror();
  const client = plainOn(file);
  client.run(sql);
  const decide = (decision: Decision, id = 1) => resolve(db, id, decision, now);
  const set = (values: JsonObject) => decide({ kind: 'set', values });
  return { db, run: client.run, decide, set };
}

const logged = (db: Database) =>
  (db.prepare('SELECT outcome, op, changes FROM push_log ORDER BY id').all() as Record<string, string>[]).map(
    ({ outcome, op, changes }) => [
      outcome,
      op,
      JSON.parse(changes ?? '[]').map((each: { field: string }) => each.field),
    ],
  );
const errorOf = (db: Database) => db.prepare('SELECT error FROM outbox').pluck().get();

/** Two fields in conflict, one that is not; the API changed a fourth. */
function conflicting() {
  const all = edited(
    `UPDATE experiments SET description = 'ours', custom_js = 'ours', percentage_included = 1 WHERE id = ${experiment}`,
  );
  changesThere(all.db, 'experiments', experiment, {
    description: 'theirs',
    custom_js: 'theirs',
    custom_css: 'theirs',
  });
  expect(outbox(all.db)).toMatchObject([{ status: 'conflict' }]);
  return all;
}

describe('an edit of fields that somebody else changed as well', () => {
  test('ours: our values go out, on the base of theirs', () => {
    const { db, decide } = conflicting();
    expect(decide({ kind: 'ours' })).toMatchObject({ id: 1, status: 'pending', error: null });
    expect(outbox(db)).toEqual([
      {
        resource: 'experiments',
        entity_id: experiment,
        op: 'update',
        status: 'pending',
        changes: {
          description: { base: 'theirs', local: 'ours' },
          custom_js: { base: 'theirs', local: 'ours' },
          percentage_included: { base: 10000, local: 1 },
        },
      },
    ]);
    expect(stateOf(db, 1).baseBody).toBeNull();
    expect(rowOf(db, 'experiments', experiment)).toMatchObject({ description: 'ours', custom_css: 'theirs' });
    expect(logged(db)).toEqual([]);
  });

  test('theirs: our edits of the fields in conflict are dropped, and only those', () => {
    const { db, decide } = conflicting();
    expect(decide({ kind: 'theirs' })).toMatchObject({ status: 'pending', error: null });
    expect(outbox(db)).toMatchObject([{ changes: { percentage_included: { base: 10000, local: 1 } } }]);
    expect(Object.keys(outbox(db)[0]?.changes ?? {})).toEqual(['percentage_included']);
    expect(rowOf(db, 'experiments', experiment)).toMatchObject({
      description: 'theirs',
      custom_js: 'theirs',
      percentage_included: 1,
    });
    expect(logged(db)).toEqual([['theirs', 'update', ['description', 'custom_js']]]);
  });

  test('theirs of all that was edited leaves nothing', () => {
    const { db, decide } = edited(`UPDATE variations SET weight = 1 WHERE id = ${variation}`);
    changesThere(db, 'variations', variation, { weight: 2 });
    expect(decide({ kind: 'theirs' })).toBeUndefined();
    expect(outbox(db)).toEqual([]);
    expect(rowOf(db, 'variations', variation)).toMatchObject({ weight: 2 });
    expect(logged(db)).toEqual([['theirs', 'update', ['weight']]]);
  });

  test('a third value for every field in conflict goes out', () => {
    const { db, set } = conflicting();
    expect(set({ description: 'agreed', custom_js: '' })).toMatchObject({ status: 'pending' });
    expect(outbox(db)).toMatchObject([
      {
        changes: {
          description: { base: 'theirs', local: 'agreed' },
          custom_js: { base: 'theirs', local: '' },
        },
      },
    ]);
    expect(rowOf(db, 'experiments', experiment)).toMatchObject({
      description: 'agreed',
      custom_js: '',
      custom_css: 'theirs',
    });
  });

  test('a third value for one of them leaves the conflict of the other', () => {
    const { db, set, decide } = conflicting();
    expect(set({ description: 'agreed' })).toMatchObject({ status: 'conflict' });
    expect(outbox(db)).toMatchObject([
      {
        changes: {
          description: { base: 'theirs', local: 'agreed' },
          custom_js: { base: '', local: 'ours', remote: 'theirs' },
        },
      },
    ]);
    expect(decide({ kind: 'theirs' })).toMatchObject({ status: 'pending' });
    expect(Object.keys(outbox(db)[0]?.changes ?? {})).toEqual(['description', 'percentage_included']);
  });

  test('their value set as the third one needs no sending', () => {
    const { db, set } = conflicting();
    set({ description: 'theirs', custom_js: 'mine' });
    expect(outbox(db)).toMatchObject([{ status: 'pending', changes: { custom_js: { local: 'mine' } } }]);
    expect(logged(db)).toEqual([['converged', 'update', ['description']]]);
  });

  test.each<[string, JsonObject, string]>([
    [
      'a field that was not edited',
      { custom_css: 'x' },
      'outbox 1 has no edit of custom_css; it edits description, custom_js, percentage_included',
    ],
    ['no field at all', { nonsense: 1 }, 'has no edit of nonsense'],
    ['a null where none is allowed', { description: null }, "edit of experiment: description can't be null"],
    ['a value out of range', { percentage_included: 10001 }, 'percentage_included is from 0 to 10000'],
    ['nothing', {}, 'give at least one FIELD=VALUE'],
  ])('%s is refused, and nothing is decided', (_, values, words) => {
    const { db, set } = conflicting();
    const before = contents(db);
    expect(() => set(values)).toThrow(words);
    expect(contents(db)).toEqual(before);
  });

  test('it may be dropped altogether', () => {
    const { db } = conflicting();
    dropEdits(db, [1], now);
    expect(outbox(db)).toEqual([]);
    expect(rowOf(db, 'experiments', experiment)).toMatchObject({
      description: 'theirs',
      custom_js: 'theirs',
      percentage_included: 10000,
    });
    expect(logged(db)).toEqual([['dropped', 'update', ['description', 'custom_js', 'percentage_included']]]);
  });
});

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
    expect(() => gone().set({ weight: 3 })).toThrow('outbox 1 is no conflict of values');
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
      'is no conflict of values',
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

describe('what is no conflict', () => {
  const all = edited(`UPDATE goals SET title = 'T' WHERE id = ${click}`);

  test.each<Decision>([
    { kind: 'ours' },
    { kind: 'theirs' },
    { kind: 'new' },
    { kind: 'set', values: { title: 'x' } },
  ])('%o is refused', (decision) => {
    expect(() => all.decide(decision)).toThrow('outbox 1 is pending, not in conflict');
    expect(() => all.decide(decision, 9)).toThrow('the outbox has no 9; see: optimirror outbox');
  });

  test('only what was refused can be tried again', () => {
    const { db } = all;
    expect(() => retryEdits(db, [1], now)).toThrow(
      'outbox 1 is pending, not failed: there is nothing to retry',
    );
    guarded<void>(db, () => setOutbox(db, 1, 'failed', '400 no', now));
    expect(() => retryEdits(db, [1, 9], now)).toThrow('the outbox has no 9');
    expect(errorOf(db)).toBe('400 no');
    retryEdits(db, [1], now);
    expect(outbox(db)).toMatchObject([{ status: 'pending' }]);
    expect(errorOf(db)).toBeNull();
  });
});
