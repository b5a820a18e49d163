/** Edits of what is in conflict, was refused, or is on the wire: nothing vanishes that an answer may still decide. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/description.ts';
import { type Intent, putState, setOutbox, stateOf } from '../../src/db/outbox.ts';
import { guarded } from '../../src/db/transaction.ts';
import {
  changesThere,
  clients,
  goesThere,
  ids,
  makeMirror,
  now,
  outbox,
  outboxIds,
  rowOf,
} from './support.ts';

const { project, experiment, variation } = ids;

describe.each(clients)('through %s', (_, connect) => {
  const open = () => {
    const { file, db } = makeMirror();
    const client = connect(file);
    return {
      db,
      client,
      run: (sql: string) => client.run(sql),
      error: () => db.prepare('SELECT error FROM outbox').pluck().get(),
    };
  };

  describe('in conflict', () => {
    const conflicting = () => {
      const all = open();
      all.run(
        `UPDATE experiments SET description = 'ours', custom_js = 'ours', audience_ids = '[]' WHERE id = ${experiment}`,
      );
      changesThere(all.db, 'experiments', experiment, {
        description: 'theirs\n"quoted"',
        custom_css: 'theirs',
      });
      expect(outbox(all.db)).toMatchObject([
        { status: 'conflict', changes: { description: { remote: 'theirs\n"quoted"' } } },
      ]);
      return all;
    };

    test('another value is our new value in the same conflict', () => {
      const { run, db } = conflicting();
      run(`UPDATE experiments SET description = 'ours again' WHERE id = ${experiment}`);
      expect(outbox(db)).toMatchObject([
        {
          status: 'conflict',
          changes: { description: { base: 'Headline', local: 'ours again', remote: 'theirs\n"quoted"' } },
        },
      ]);
    });

    test('back to its base, the field shows theirs; the last one ends the conflict', () => {
      const { run, db, error } = conflicting();
      run(`UPDATE experiments SET description = 'Headline' WHERE id = ${experiment}`);
      expect(rowOf(db, 'experiments', experiment)).toMatchObject({
        description: 'theirs\n"quoted"',
        custom_js: 'ours',
        custom_css: 'theirs',
      });
      expect(outbox(db)).toEqual([
        {
          resource: 'experiments',
          entity_id: experiment,
          op: 'update',
          status: 'pending',
          changes: {
            custom_js: { base: '', local: 'ours' },
            audience_ids: { base: [ids.audience], local: [] },
          },
        },
      ]);
      expect(error()).toBeNull();
      expect(stateOf(db, 1).baseBody).toBeNull();
    });

    test('one of two fields in conflict leaves the other', () => {
      const { run, db } = conflicting();
      changesThere(db, 'experiments', experiment, { custom_js: 'theirs' });
      run(`UPDATE experiments SET custom_js = '' WHERE id = ${experiment}`);
      expect(outbox(db)).toMatchObject([{ status: 'conflict', changes: { description: { local: 'ours' } } }]);
      expect(rowOf(db, 'experiments', experiment)).toMatchObject({
        description: 'ours',
        custom_js: 'theirs',
      });
      expect(stateOf(db, 1).baseBody).toMatchObject({ description: 'Headline' });
    });

    test('with everything back at its base the row is theirs, and nothing waits', () => {
      const { run, db } = conflicting();
      run(
        `UPDATE experiments SET description = 'Headline', custom_js = '', audience_ids = '[ ${ids.audience} ]' WHERE id = ${experiment}`,
      );
      expect(outbox(db)).toEqual([]);
      expect(db.prepare('SELECT count(*) FROM outbox_state').pluck().get()).toBe(0);
      expect(rowOf(db, 'experiments', experiment)).toMatchObject({
        description: 'theirs\n"quoted"',
        custom_js: '',
        custom_css: 'theirs',
      });
    });

    test.each([
      ['experiments', experiment, 'url_conditions', `'[]'`, [{ value: 'é', match_type: 'exact' }]],
      ['experiments', experiment, 'percentage_included', '1', 0],
      ['variations', variation, 'weight', '1', null],
      ['projects', project, 'exclude_names', '1', false],
      ['projects', project, 'ip_filter', `'ours'`, null],
      ['goals', ids.click, 'urls', `'["ours"]'`, ['theirs', 'é\n']],
      ['goals', ids.click, 'url_match_types', `'[1]'`, [2, 3]],
    ] as const)('theirs of %s %i %s is shown as the API has it', (resource, id, field, ours, theirs) => {
      const { run, db } = open();
      const before = rowOf(db, resource, id)?.[field] ?? null;
      run(`UPDATE ${resource} SET ${field} = ${ours} WHERE id = ${id}`);
      changesThere(db, resource, id, { [field]: theirs as Json });
      expect(outbox(db)).toMatchObject([{ status: 'conflict', changes: { [field]: { remote: theirs } } }]);
      const base = typeof before === 'string' ? `'${before}'` : before;
      run(`UPDATE ${resource} SET ${field} = ${base} WHERE id = ${id}`);
      expect(outbox(db)).toEqual([]);
      const shown = Array.isArray(theirs) ? JSON.stringify(theirs) : theirs === false ? 0 : theirs;
      expect(rowOf(db, resource, id)?.[field]).toBe(shown);
    });

    test('a delete takes the place of the edit, and is compared with the base of that', () => {
      const { run, db, error } = conflicting();
      run(`DELETE FROM experiments WHERE id = ${experiment}`);
      expect(outbox(db)).toMatchObject([{ op: 'delete', status: 'pending', changes: {} }]);
      expect(error()).toBeNull();
      expect(stateOf(db, 1).baseBody).toMatchObject({ description: 'Headline' });
    });

    test('an edit of what the API has deleted, taken back, leaves no row', () => {
      const { run, db } = open();
      run(`UPDATE variations SET weight = 1 WHERE id = ${variation}`);
      goesThere(db, 'variations', variation);
      expect(outbox(db)).toMatchObject([{ status: 'conflict' }]);
      run(`UPDATE variations SET weight = 2 WHERE id = ${variation}`);
      expect(outbox(db)).toMatchObject([
        { status: 'conflict', changes: { weight: { base: 5000, local: 2 } } },
      ]);
      run(`UPDATE variations SET weight = 5000 WHERE id = ${variation}`);
      expect(outbox(db)).toEqual([]);
      expect(rowOf(db, 'variations', variation)).toBeUndefined();
    });
  });

  describe('refused by the API', () => {
    test.each([
      [
        'an edit',
        `UPDATE variations SET weight = 1 WHERE id = ${variation}`,
        `UPDATE variations SET is_paused = 1 WHERE id = ${variation}`,
      ],
      [
        'a create',
        `INSERT INTO variations (id, experiment_id, description) VALUES (-1, ${experiment}, 'V')`,
        'UPDATE variations SET weight = 1 WHERE id = -1',
      ],
    ])('%s is pending again when it is edited', (_what, first, then) => {
      const { run, db, error } = open();
      run(first);
      guarded<void>(db, () => setOutbox(db, 1, 'failed', '400 no', now));
      run(then.replace('SET ', 'SET description = description, '));
      expect(outbox(db)).toMatchObject([{ status: 'pending' }]);
      expect(error()).toBeNull();
    });

    test('an UPDATE that changes nothing leaves it as it was', () => {
      const { run, db, error } = open();
      run(`UPDATE variations SET weight = 1 WHERE id = ${variation}`);
      guarded<void>(db, () => setOutbox(db, 1, 'failed', '400 no', now));
      run(`UPDATE variations SET weight = 1, description = description WHERE id = ${variation}`);
      expect(outbox(db)).toMatchObject([{ status: 'failed' }]);
      expect(error()).toBe('400 no');
    });

    test('it leaves when it is taken back or deleted', () => {
      const { run, db } = open();
      run(
        `UPDATE variations SET weight = 1 WHERE id = ${variation}; INSERT INTO audiences (project_id, name) VALUES (${project}, 'A')`,
      );
      guarded<void>(db, () => outboxIds(db).forEach((id) => void setOutbox(db, id, 'failed', '400 no', now)));
      run(`UPDATE variations SET weight = 5000 WHERE id = ${variation}; DELETE FROM audiences WHERE id = -1`);
      expect(outbox(db)).toEqual([]);
    });
  });

  describe('on the wire', () => {
    const sending = (sql: string, op: Intent['op'], body: Intent['body']) => {
      const all = open();
      all.run(sql);
      const intent: Intent = { runId: 1, op, method: 'PUT', path: 'x/1', body, known: null };
      guarded<void>(all.db, () => {
        putState(all.db, 1, { intent });
        setOutbox(all.db, 1, 'in_flight', null, now);
      });
      return all;
    };

    test('an edit set back to its base stays, since the other value may be there by now', () => {
      const { run, db } = sending(`UPDATE variations SET weight = 1 WHERE id = ${variation}`, 'update', {
        weight: 1,
      });
      run(`UPDATE variations SET weight = 5000 WHERE id = ${variation}`);
      expect(outbox(db)).toMatchObject([
        { status: 'in_flight', changes: { weight: { base: 5000, local: 5000 } } },
      ]);
      run(`UPDATE variations SET is_paused = 1 WHERE id = ${variation}`);
      expect(outbox(db)).toMatchObject([
        { status: 'in_flight', changes: { weight: { local: 5000 }, is_paused: { local: true } } },
      ]);
    });

    test('a deleted create waits as a delete', () => {
      const { run, db } = sending(
        `INSERT INTO variations (experiment_id, description) VALUES (${experiment}, 'V')`,
        'create',
        { description: 'V' },
      );
      run('DELETE FROM variations WHERE id = -1');
      expect(outbox(db)).toMatchObject([{ op: 'delete', entity_id: -1, changes: {} }]);
      expect(stateOf(db, 1).intent).toMatchObject({ op: 'create' });
    });

    test('a deleted edit waits as a delete that knows what was sent', () => {
      const { run, db } = sending(`UPDATE variations SET weight = 1 WHERE id = ${variation}`, 'update', {
        weight: 1,
      });
      run(`DELETE FROM variations WHERE id = ${variation}`);
      expect(outbox(db)).toMatchObject([{ op: 'delete', entity_id: variation }]);
      expect(stateOf(db, 1).intent).toMatchObject({ op: 'update' });
    });
  });
});
