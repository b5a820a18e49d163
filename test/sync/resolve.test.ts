/** What each decision makes of a conflict of values. Source: CONTRACT.md, How a push decides, 4 to 6. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { setOutbox, stateOf } from '../../src/db/outbox.ts';
import { guarded } from '../../src/db/transaction.ts';
import { dropEdits, retryEdits } from '../../src/sync/drop.ts';
import type { Decision } from '../../src/sync/resolve.ts';
import { changesThere, contents, ids, now, outbox, rowOf } from '../capture/support.ts';
import { edited, errorOf, logged } from './deciding.ts';

const { experiment, variation, click } = ids;

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
