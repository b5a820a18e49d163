/** Edits by program: one road, SQL on the tables, with every refusal and every count. */
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { type EntityName, fieldOf } from '../../src/api/resources.ts';
import type { Database } from '../../src/db/open.ts';
import { editBatch } from '../../src/edits/batch.ts';
import { readBatch } from '../../src/edits/batch-file.ts';
import { createEntity, deleteEntity } from '../../src/edits/create.ts';
import { editEntity, editWhere } from '../../src/edits/edit.ts';
import { readValue } from '../../src/edits/values.ts';
import { imbalances, weighedBy } from '../../src/edits/weights.ts';
import { UsageError } from '../../src/errors.ts';
import { getEntity } from '../../src/query/get.ts';
import { readOutbox } from '../../src/query/outbox.ts';
import { account, mirrorOf } from '../query/support.ts';

describe('editEntity', () => {
  test('captures exactly what changed, each value of its kind', () => {
    const db = mirrorOf(account);
    const changes = { description: 'N', audience_ids: [6, 5], percentage_included: 50, status: 'Running' };
    expect(editEntity(db, 'experiments', 11, changes)).toEqual({ matched: 1, edited: 1, outbox_ids: [1] });
    expect(getEntity(db, 'experiments', 11)).toMatchObject(changes);
    expect(readOutbox(db)[0]?.changes.map(({ field, local }) => [field, local])).toEqual([
      ['description', 'N'],
      ['audience_ids', [6, 5]],
      ['percentage_included', 50],
    ]);
  });

  test('counts no edit where nothing changes, however the list was written', () => {
    const db = mirrorOf(account);
    db.exec("UPDATE experiments SET audience_ids = ' [5,  6] ' WHERE id = 11");
    expect(editEntity(db, 'experiments', 11, { audience_ids: [5, 6], description: 'A' })).toEqual({
      matched: 1,
      edited: 0,
      outbox_ids: [],
    });
  });

  test('leaves the outbox when it is set back to its base', () => {
    const db = mirrorOf(account);
    editEntity(db, 'experiments', 11, { description: 'N' });
    expect(editEntity(db, 'experiments', 11, { description: 'A' })).toEqual({
      matched: 1,
      edited: 1,
      outbox_ids: [],
    });
    expect(readOutbox(db)).toEqual([]);
  });

  const refused: readonly [string, EntityName, number, JsonObject, RegExp][] = [
    ['an unknown field', 'experiments', 11, { descriptoin: 'x' }, /did you mean description/],
    ['a field of the server', 'experiments', 11, { created: 'x' }, /set by the server/],
    ['the parent', 'experiments', 11, { project_id: 2 }, /can't be changed/],
    ['the id', 'experiments', 11, { id: 2 }, /set by the server/],
    ['a text for a number', 'variations', 111, { weight: '5' }, /weight is a whole number, not "5"/],
    ['true for a number', 'variations', 111, { weight: true }, /whole number, not "true"/],
    ['half a number', 'variations', 111, { weight: 0.5 }, /whole number/],
    ['1 for a boolean', 'variations', 111, { is_paused: 1 }, /true or false, not "1"/],
    ['a list for a text', 'experiments', 11, { custom_js: ['x'] }, /a text, not a list/],
    ['a text for a list', 'experiments', 11, { audience_ids: '5' }, /a list, not "5"/],
    ['a list of something else', 'experiments', 11, { audience_ids: ['5'] }, /list of ids/],
    ['a broken URL condition', 'experiments', 11, { url_conditions: [{ value: 'x' }] }, /needs match_type/],
    ['a frozen entity', 'experiments', 21, { description: 'x' }, /multivariate/],
    ['an old goal', 'goals', 32, { title: 'x' }, /is_editable false/],
    ['a schedule without times', 'schedules', 51, { start_time: null }, /needs start_time or stop_time/],
    ['an entity that is not there', 'goals', 99, { title: 'x' }, /has no goal 99/],
  ];
  test.each(refused)('refuses %s as a UsageError and changes nothing', (_, resource, id, changes, says) => {
    const db = mirrorOf(account);
    const edit = () => editEntity(db, resource, id, changes);
    expect(edit).toThrow(UsageError);
    expect(edit).toThrow(says);
    expect(readOutbox(db)).toEqual([]);
  });
});

describe('editWhere', () => {
  test('edits all that match, or none', () => {
    const db = mirrorOf(account);
    expect(editWhere(db, 'experiments', 'project_id = 1', { status: 'Paused' })).toEqual({
      matched: 2,
      edited: 1,
      outbox_ids: [1],
    });
    expect(() => editWhere(db, 'experiments', '1', { custom_css: 'x' })).toThrow(/multivariate/);
    expect(readOutbox(db)).toHaveLength(1);
    expect(() => editWhere(db, 'experiments', '1', { custom_css: 'x' })).toThrow(
      /^nothing was edited, since 1 of the 3 experiments can't be edited so:\n {2}21: edit of experiment: /,
    );
    expect(editWhere(db, 'experiments', '0', { status: 'Paused' })).toMatchObject({ matched: 0, edited: 0 });
  });

  test('refuses a condition that is none', () => {
    const db = mirrorOf(account);
    expect(() => editWhere(db, 'goals', 'titel = 1', { title: 'x' })).toThrow(/did you mean title/);
    expect(() => editWhere(db, 'goals', '1); DELETE FROM goals; --', { title: 'x' })).toThrow(UsageError);
    expect(getEntity(db, 'goals', 31)).toMatchObject({ title: 'Clicks' });
  });
});

describe('createEntity and deleteEntity', () => {
  test('choose the next negative id, or take the one that is given', () => {
    const db = mirrorOf(account);
    const made = (id?: number) =>
      createEntity(db, 'dimensions', { project_id: 1, name: `d${id}`, ...(id === undefined ? {} : { id }) });
    expect([made(), made(-7), made()].map(({ entity_id: id }) => id)).toEqual([-1, -7, -8]);
    expect(() => made(7)).toThrow(/negative/);
    expect(getEntity(db, 'dimensions', -7)).toMatchObject({ name: 'd-7', project_id: 1 });
  });

  test('record a delete, and forget what only existed here', () => {
    const db = mirrorOf(account);
    expect(deleteEntity(db, 'goals', 31)).toEqual({ outbox_id: 1, resource: 'goals', entity_id: 31 });
    const { entity_id: own } = createEntity(db, 'audiences', { project_id: 1, name: 'n' });
    expect(deleteEntity(db, 'audiences', own)).toMatchObject({ outbox_id: null });
    expect(() => deleteEntity(db, 'projects', 1)).toThrow(/does not delete projects/);
    expect(() => deleteEntity(db, 'goals', 31)).toThrow(/has no goal 31/);
  });

  test('refuse what is missing', () => {
    const db = mirrorOf(account);
    expect(() => createEntity(db, 'goals', {})).toThrow(UsageError);
    expect(() => createEntity(db, 'goals', { project_id: 1, title: 't', goal_type: 1 })).toThrow(
      /needs event/,
    );
    expect(() => createEntity(db, 'goals', { project_id: 9, title: 't', goal_type: 0 })).toThrow(
      /project_id/,
    );
    expect(readOutbox(db)).toEqual([]);
  });
});

describe('a batch', () => {
  const csv = (...lines: string[]) => readBatch('variations', lines.join('\n'));
  const refusalsOf = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return (error as { refusals?: unknown }).refusals;
    }
    return undefined;
  };

  test('reads CSV with quotes, line breaks, a mark at its start, and empty cells', () => {
    const text = '\uFEFFid,description,weight,is_paused\r\n111,"a ""b""\r\nc",,true\r\n112,x,1,\r\n';
    expect(readBatch('variations', text)).toEqual({
      rows: [
        { line: 2, id: 111, changes: { description: 'a "b"\r\nc', is_paused: true } },
        { line: 4, id: 112, changes: { description: 'x', weight: 1 } },
      ],
      refusals: [],
    });
  });

  test.each([';', '\t'])('reads the separator %j as well', (separator) => {
    expect(csv(['id', 'weight'].join(separator), ['111', '7'].join(separator)).rows).toEqual([
      { line: 2, id: 111, changes: { weight: 7 } },
    ]);
  });

  test('reads JSON lines by their types', () => {
    const { rows, refusals } = readBatch(
      'experiments',
      '{"id": 11, "custom_js": null}\n\n{"id": 12, "audience_ids": "5"}\n[1]\n{"id": "x"}\n{broken\n',
    );
    expect(rows).toEqual([{ line: 1, id: 11, changes: { custom_js: null } }]);
    expect(refusals.map(({ line, column }) => [line, column])).toEqual([
      [3, 'audience_ids'],
      [4, null],
      [5, 'id'],
      [6, null],
    ]);
  });

  test.each([
    ['no id', ['weight', '5'], null],
    ['an unknown column', ['id,wieght', '111,5'], 'wieght'],
    ['a column twice', ['id,weight,weight', '111,5,5'], 'weight'],
  ])('refuses %s at once', (_, lines, column) => {
    expect(refusalsOf(() => csv(...lines))).toEqual([{ line: 1, column, message: expect.any(String) }]);
  });

  test('refuses an empty file, and one that is no CSV', () => {
    expect(() => csv('')).toThrow(/empty/);
    expect(() => csv('id,description', '111,"open')).toThrow(/no CSV/);
  });

  test('is applied whole, read-only columns that say what is there included', () => {
    const db = mirrorOf(account);
    const { rows } = csv('id,experiment_id,weight', '111,11,6000', '112,11,4000', '211,21,');
    expect(editBatch(db, 'variations', rows)).toEqual({ matched: 3, edited: 2, outbox_ids: [1, 2] });
  });

  test('is refused whole, with every line and column that is wrong', () => {
    const db = mirrorOf(account);
    const lines = [
      'id,weight,is_paused,created',
      '111,20000,,',
      '112,5,maybe,',
      '211,7,,now',
      '9,1,,',
      '211,8,,',
      '1,2',
    ];
    const { rows, refusals } = csv(...lines);
    expect(refusalsOf(() => editBatch(db, 'variations', rows, refusals))).toEqual([
      { line: 2, column: 'weight', message: 'weight is from 0 to 10000' },
      { line: 3, column: 'is_paused', message: 'is_paused is true or false, not "maybe"' },
      { line: 4, column: 'created', message: "created is set by the server and can't be edited" },
      { line: 5, column: 'id', message: 'the mirror has no variation 9' },
      { line: 6, column: 'id', message: '211 stands in line 4 already' },
      { line: 7, column: null, message: 'there are 2 cells for 4 columns' },
    ]);
    expect(readOutbox(db)).toEqual([]);
    expect(getEntity(db, 'variations', 211)).toMatchObject({ weight: null });
  });
});

describe('values as people type them', () => {
  const cases: readonly [EntityName, string, string, unknown][] = [
    ['variations', 'is_paused', 'Yes', true],
    ['variations', 'is_paused', '0', false],
    ['variations', 'weight', ' 42 ', 42],
    ['variations', 'weight', '4.2', null],
    ['variations', 'weight', '', null],
    ['variations', 'weight', '99999999999999999999', null],
    ['variations', 'description', ' as it is ', ' as it is '],
    ['experiments', 'audience_ids', '5, 6', [5, 6]],
    ['experiments', 'audience_ids', '[5,6]', [5, 6]],
    ['experiments', 'audience_ids', '', []],
    ['experiments', 'audience_ids', '5;6', null],
    ['experiments', 'url_conditions', 'https://a', null],
    ['goals', 'urls', 'https://a', ['https://a']],
    ['goals', 'urls', 'https://a, https://b', ['https://a', 'https://b']],
    ['goals', 'urls', 'a,b', null],
    ['goals', 'url_match_types', '3', [3]],
    ['audiences', 'conditions', '[1]', '[1]'],
  ];
  test.each(cases)('%s %s=%s means %j, or is refused', (resource, name, text, value) => {
    const field = fieldOf(resource, name);
    if (field === undefined) throw new Error(`no field ${name}`);
    if (value === null) expect(() => readValue(name, field, text)).toThrow(UsageError);
    else expect(readValue(name, field, text)).toEqual(value);
  });
});

test('weights that no longer add up are found, and only where a weight was set', () => {
  const db = mirrorOf(account);
  editEntity(db, 'variations', 111, { description: 'other' });
  expect(weighedBy(db, [1])).toEqual([]);
  editEntity(db, 'variations', 111, { weight: 1 });
  expect(imbalances(db, weighedBy(db, [1]))).toEqual([{ experiment_id: 11, sum: 5001, coming: 0 }]);
  editEntity(db, 'variations', 211, { weight: 1 });
  expect(imbalances(db, weighedBy(db, [2]))).toEqual([{ experiment_id: 21, sum: 1, coming: 0 }]);
});

/** An experiment that the API does not have yet. */
function madeOffline(db: Database): number {
  const data = { project_id: 1, description: 'New', edit_url: 'https://new.example/' };
  return createEntity(db, 'experiments', data).entity_id;
}

test('weights of an experiment made offline count the variations that the API will make beside ours', () => {
  const db = mirrorOf(account);
  const id = madeOffline(db);
  const create = (weight: number) =>
    createEntity(db, 'variations', { experiment_id: id, description: String(weight), weight });
  create(5000);
  expect(imbalances(db, [id])).toEqual([]);
  create(3000);
  expect(imbalances(db, [id])).toEqual([{ experiment_id: id, sum: 8000, coming: 0 }]);
  editEntity(db, 'variations', create(2000).entity_id, { description: 'third' });
  expect(imbalances(db, [id])).toEqual([]);
});

test('one variation of an experiment made offline, with another weight than the half, is told with the one that comes', () => {
  const db = mirrorOf(account);
  const id = madeOffline(db);
  createEntity(db, 'variations', { experiment_id: id, description: 'A', weight: 3000 });
  expect(imbalances(db, [id])).toEqual([{ experiment_id: id, sum: 8000, coming: 5000 }]);
});
