/** A condition or an order that somebody types is one expression: it smuggles in no statement, no write, no other table. */
import { beforeAll, describe, expect, test } from 'vitest';
import { openMirrorFile, openReadOnly } from '../../src/db/open.ts';
import { editWhere } from '../../src/edits/edit.ts';
import { UsageError } from '../../src/errors.ts';
import { listEntities } from '../../src/query/list.ts';
import { plainly, pulledWorld, type World } from '../processes/support.ts';

let world: World;
beforeAll(async () => {
  world = await pulledWorld();
});

const smuggling = [
  '1); DELETE FROM goals; --',
  '1); DELETE FROM goals; SELECT (1',
  '1) --',
  '1) /*',
  '1) ORDER BY id; --',
  '1) OR (1',
  '1) UNION SELECT id FROM goals WHERE (1',
  '1) UNION SELECT * FROM experiments WHERE (1',
  '1) LIMIT 1 OFFSET (0',
  '1 THEN 1 END FROM goals; DELETE FROM goals; --',
  '1 THEN 1 END FROM goals UNION SELECT CASE WHEN 1',
  '1 GROUP BY 1',
  '1; SELECT 1',
  '1 /* no end',
  '(1',
  '1)',
  '',
  ' ',
  '--',
  'DELETE FROM goals',
  'PRAGMA query_only = 0',
  '(DELETE FROM goals RETURNING id)',
  'id IN (DELETE FROM goals RETURNING id)',
  "id IN (SELECT load_extension('/tmp/x'))",
  '?',
  ':x',
  'count(*) > 1',
  'row_number() OVER () = 1',
];

const honest = [
  '1',
  "status = 'Running' OR (id > 0)",
  "description LIKE '%) --%' OR 1 -- a comment",
  "description <> ';' /* a comment */",
  'id IN (SELECT experiment_id FROM variations)',
  'CASE WHEN id > 0 THEN 1 ELSE 0 END',
];

/** Everything that an edit could have changed. */
const state = () =>
  plainly(
    world.db,
    "SELECT (SELECT count(*) FROM goals), (SELECT count(*) FROM outbox), (SELECT count(*) FROM experiments WHERE description = 'smuggled')",
  );

describe('a condition', () => {
  test.each(smuggling)('of a list is refused: %j', (where) => {
    const db = openReadOnly(world.db);
    expect(() => listEntities(db, 'experiments', { where })).toThrow(UsageError);
    db.close();
  });

  test.each(smuggling)('of an edit is refused, and edits nothing: %j', async (where) => {
    const before = await state();
    const db = openMirrorFile(world.db);
    expect(() => editWhere(db, 'experiments', where, { description: 'smuggled' })).toThrow(UsageError);
    db.close();
    expect(await state()).toEqual(before);
  });

  test.each(honest)('that is one is taken: %j', (where) => {
    const db = openMirrorFile(world.db);
    expect(listEntities(db, 'experiments', { where, limit: 1 })).toHaveLength(1);
    expect(editWhere(db, 'experiments', where, {}).matched).toBeGreaterThan(0);
    db.close();
  });
});

test.each([
  'id; DELETE FROM goals',
  'id) UNION SELECT (1',
  'id UNION SELECT 1',
  'id LIMIT 1',
  '(DELETE FROM goals RETURNING id)',
  "load_extension('x')",
])('an order is refused that is none: %j', (order) => {
  const db = openReadOnly(world.db);
  expect(() => listEntities(db, 'experiments', { order, limit: 2 })).toThrow(UsageError);
  db.close();
});

test('a comment at the end of an order hides no limit', () => {
  const db = openReadOnly(world.db);
  expect(listEntities(db, 'experiments', { order: 'id DESC --', limit: 2 })).toHaveLength(2);
  db.close();
});

test('the program refuses them in one line, with 2', async () => {
  for (const args of [
    ['list', 'experiments', '--where', '1); DELETE FROM goals; --'],
    ['list', 'experiments', '--order', 'id; DELETE FROM goals'],
    ['edit', 'experiments', '--where', '1); DELETE FROM goals; --', 'description=smuggled'],
    ['edit', 'experiments', '--where', '?', 'description=smuggled'],
  ]) {
    const { status, stdout, stderr } = await world.run(...args);
    expect({ status, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      status: 2,
      stdout: '',
      lines: 1,
    });
  }
  expect(await state()).toEqual([[expect.any(Number), 0, 0]]);
});
