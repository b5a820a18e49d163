/** Reading a mirror without the network: entities, lists, SQL, names. */
import { describe, expect, test } from 'vitest';
import { getEntity, mustGetEntity } from '../../src/query/get.ts';
import { type ListOptions, listEntities } from '../../src/query/list.ts';
import { didYouMean, near } from '../../src/query/near.ts';
import { labelOf, readOutbox } from '../../src/query/outbox.ts';
import { distinct, runSql } from '../../src/query/sql.ts';
import { isRisky } from '../../src/query/sql-risk.ts';
import { readStatus } from '../../src/query/status.ts';
import { account, fill, mirrorOf } from './support.ts';

describe('getEntity', () => {
  test('gives JSON values: booleans, lists, and null for what the API left out', () => {
    const db = mirrorOf(account);
    expect(getEntity(db, 'experiments', 11)).toMatchObject({ audience_ids: [5, 6], is_multivariate: null });
    expect(getEntity(db, 'variations', 112)).toMatchObject({ is_paused: true, weight: 5000 });
    expect(getEntity(db, 'goals', 99)).toBeUndefined();
    expect(() => mustGetEntity(db, 'goals', 99)).toThrow('the mirror has no goal 99');
  });

  test.each([[[]], [[1]], [[-1, 2147483648, 9007199254740881]], [[1, 22, 333]]])(
    'gives the ids %j as they are',
    (ids) => {
      const db = mirrorOf({ goals: [{ id: 1, project_id: 1, title: 't', experiment_ids: ids }] });
      expect(getEntity(db, 'goals', 1)).toMatchObject({ experiment_ids: ids });
      db.exec(`UPDATE goals SET experiment_ids = ' [ 7,  8 ] '`);
      expect(getEntity(db, 'goals', 1)).toMatchObject({ experiment_ids: [7, 8] });
    },
  );

  test('gives the fields that nobody listed, as soon as the API sends the first of them', async () => {
    const db = mirrorOf(account);
    expect(getEntity(db, 'goals', 31)).not.toHaveProperty('surprise');
    fill(db, { goals: [{ id: 31, project_id: 1, title: 'Clicks', surprise: { deep: [1] } }] });
    expect(getEntity(db, 'goals', 31)).toMatchObject({ title: 'Clicks', surprise: { deep: [1] } });
    expect(getEntity(db, 'goals', 32)).not.toHaveProperty('surprise');
    expect(getEntity(db, 'goals', 32)).not.toHaveProperty('extra');
  });
});

describe('listEntities', () => {
  const cases: readonly [string, ListOptions, number[]][] = [
    ['all of them by id', {}, [11, 12, 21]],
    ['those of a project', { projectId: 1 }, [11, 12]],
    ['those below a parent', { parentId: 2 }, [21]],
    ['those that a condition selects', { where: "status = 'Paused'" }, [12, 21]],
    ['those that a condition with values selects', { where: 'status = ?', params: ['Running'] }, [11]],
    ['all conditions together', { where: 'status = ? -- only', params: ['Paused'], projectId: 1 }, [12]],
    ['an order and a limit', { order: 'description DESC', limit: 2 }, [21, 12]],
    ['a condition over other tables', { where: 'id IN (SELECT experiment_id FROM variations)' }, [11, 21]],
    [
      'a condition that looks into lists',
      { where: '5 IN (SELECT value FROM json_each(audience_ids))' },
      [11],
    ],
  ];
  test.each(cases)('gives %s', (_, options, ids) => {
    const found = listEntities(mirrorOf(account), 'experiments', options);
    expect(found.map(({ id }) => id)).toEqual(ids);
  });

  test('finds the project of a resource through its parent', () => {
    const db = mirrorOf(account);
    expect(listEntities(db, 'schedules', { projectId: 2 }).map(({ id }) => id)).toEqual([52]);
    expect(listEntities(db, 'projects', { projectId: 2 }).map(({ id }) => id)).toEqual([2]);
  });

  test.each([
    ['an unknown field', 'statsu = 1', /no such column: statsu; did you mean status/],
    ['broken SQL', 'status =', /syntax error|incomplete/],
    ['a second statement', '1); DELETE FROM goals; --', /more than one statement/],
  ])('refuses %s', (_, where, says) => {
    expect(() => listEntities(mirrorOf(account), 'experiments', { where })).toThrow(says);
  });

  test.each([
    ['status = Running', "no such column: Running; did you mean 'Running'? A text stands in single quotes"],
    ['status = "running"', `no such column: "running"; did you mean 'Running'?`],
    ['status = Not started', "did you mean 'Not started'?"],
    ['status = Runing', "did you mean 'Running'?"],
    ['description = Checkout', "no such column: Checkout; a text stands in single quotes: 'Checkout'"],
    ['"statsu" = 1', 'no such column: "statsu"; did you mean status?'],
  ])('says of %s what may lack its quotes', (where, words) => {
    expect(() => listEntities(mirrorOf(account), 'experiments', { where })).toThrow(words);
  });

  test.each([
    ['experiment', /; did you mean experiments\?$/],
    ['variation', /; did you mean variations\?$/],
    ['qqq', /; there is: projects, audiences, .*, stats$/],
  ])('names what is near to the table %s, the nearest alone', (table, words) => {
    expect(() => runSql(mirrorOf(account), `SELECT * FROM ${table}`)).toThrow(words);
  });

  test('proposes the column, where a word of a value stands where columns do', () => {
    const ask = () => runSql(mirrorOf(account), 'SELECT started FROM sync_runs');
    expect(ask).toThrow(/; did you mean status or started_at\?$/);
  });

  test('shows an edit made by anybody at once', () => {
    const db = mirrorOf(account);
    listEntities(db, 'experiments');
    db.exec("UPDATE experiments SET description = 'edited' WHERE id = 11");
    expect(listEntities(db, 'experiments', { limit: 1 })).toMatchObject([{ description: 'edited' }]);
  });
});

describe('SQL', () => {
  test.each([
    ['one table', 'SELECT * FROM experiments', false],
    ['a look-up', 'SELECT * FROM variations v JOIN experiments e ON e.id = v.experiment_id', false],
    ['its lists', 'SELECT value FROM goals, json_each(experiment_ids)', false],
    ['an aggregate', 'SELECT status, count(*) FROM experiments GROUP BY 1', false],
    ['a PRAGMA', 'PRAGMA table_info(goals)', false],
    ['a cross join', 'SELECT count(*) FROM changes a, changes b, changes c', true],
    ['a recursion', 'WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT * FROM c', true],
    [
      'a subquery for each row',
      'SELECT (SELECT count(*) FROM goals g WHERE g.id > e.id) FROM experiments e',
      true,
    ],
  ])('that reads %s may run for ever: %#', (_, text, risky) => {
    expect(isRisky(mirrorOf(account), text)).toBe(risky);
  });

  test('gives columns and rows, repeated names told apart', () => {
    const { columns, batches } = runSql(mirrorOf(account), 'SELECT id, id FROM projects WHERE id = ?', [2]);
    expect(distinct(columns)).toEqual(['id', 'id:1']);
    expect([...(batches as Iterable<unknown>)]).toEqual([[[2, 2]]]);
  });
});

test('the outbox shows what will be pushed, and names what was deleted', () => {
  const db = mirrorOf(account);
  db.exec("UPDATE experiments SET description = 'N', audience_ids = '[6]' WHERE id = 11");
  db.exec('DELETE FROM goals WHERE id = 32');
  const [update, removal] = readOutbox(db);
  expect(update).toMatchObject({ id: 1, resource: 'experiments', entity_id: 11, op: 'update', error: null });
  expect(update?.changes).toEqual([
    { field: 'description', base: 'A', local: 'N', remote: null },
    { field: 'audience_ids', base: [5, 6], local: [6], remote: null },
  ]);
  expect(removal).toMatchObject({ op: 'delete', entity_id: 32 });
  expect(labelOf(db, 'goals', 32)).toBe('Old');
  expect(readOutbox(db, 'conflict')).toEqual([]);
  expect(readStatus(db, 'x').outbox).toEqual({ pending: 2, in_flight: 0, conflict: 0, failed: 0 });
});

test.each([
  ['experiment', ['experiments', 'goals'], '; did you mean experiments?'],
  ['statsu', ['status', 'title'], '; did you mean status?'],
  ['xyz', ['status', 'title'], '; there is: status, title'],
  ['xyz', [], ''],
])('what somebody meant by %s among %j', (given, candidates, words) => {
  expect(didYouMean(given, candidates)).toBe(words);
  expect(near(given, candidates).length).toBeLessThanOrEqual(3);
});
