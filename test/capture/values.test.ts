/** Values keep their JSON type, to the last character, on their way from the tables into the outbox and back. */

import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/api/description.ts';
import { type EntityName, fieldOf } from '../../src/api/resources.ts';
import { toCell } from '../../src/db/columns.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import fc from '../draws.ts';
import { changesThere, clients, ids, makeMirror, now, outbox, outboxIds, plainOn, rowOf } from './support.ts';

const control = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('');
const strange = `"quotes" 'apostrophes' \\back\\slashes\\ \u007f \u2028 \ufeff é 漢字 😀 </script> {"json": true} ${control.slice(1)}`;
const condition = { match_type: 'regex', value: strange, negate: true };

/** Values of every kind of field, each far from the ordinary. */
const values: readonly (readonly [resource: EntityName, id: number, field: string, value: Json])[] = [
  ['projects', ids.project, 'project_javascript', strange],
  ['projects', ids.project, 'project_javascript', ''],
  ['projects', ids.project, 'project_javascript', 'null'],
  ['projects', ids.project, 'project_javascript', 'true'],
  ['projects', ids.project, 'project_javascript', '12'],
  ['projects', ids.project, 'project_javascript', 'x'.repeat(200_000)],
  ['projects', ids.project, 'exclude_names', true],
  ['projects', ids.project, 'exclude_names', false],
  ['projects', ids.project, 'include_jquery', false],
  ['projects', ids.project, 'dcp_service_id', 9_007_199_254_740_991],
  ['projects', ids.project, 'dcp_service_id', -9_007_199_254_740_991],
  ['projects', ids.project, 'dcp_service_id', 2_147_483_648],
  ['projects', ids.project, 'dcp_service_id', 0],
  ['projects', ids.project, 'ip_filter', null],
  ['experiments', ids.experiment, 'audience_ids', [ids.audience, 9_007_199_254_740_991, -7]],
  ['experiments', ids.experiment, 'audience_ids', []],
  [
    'experiments',
    ids.experiment,
    'url_conditions',
    [condition, { ...condition, other: [1.5, null, { a: [] }] }],
  ],
  ['experiments', ids.experiment, 'status', 'Running'],
  ['variations', ids.variation, 'weight', null],
  ['variations', ids.variation, 'weight', 0],
  ['schedules', ids.schedule, 'stop_time', '2016-02-29T23:59:59Z'],
  ['audiences', ids.audience, 'conditions', JSON.stringify(['and', strange])],
  ['goals', ids.click, 'goal_type', 3],
  ['goals', ids.click, 'urls', [strange, '']],
  ['goals', ids.click, 'url_match_types', [1, 4]],
];

/** An SQL literal, without the characters that a shell would not pass on. */
function sqlOf(resource: EntityName, field: string, value: Json): string {
  const description = fieldOf(resource, field);
  const cell = description ? toCell(description, value) : null;
  if (cell === null || typeof cell === 'number') return String(cell).toUpperCase();
  return `CAST(x'${Buffer.from(String(cell)).toString('hex')}' AS TEXT)`;
}

describe.each(clients)('through %s', (_, connect) => {
  const { file, db } = makeMirror();
  const client = connect(file);

  test.each(values)('%s %i: %s', (resource, id, field, value) => {
    const base = rowOf(db, resource, id)?.[field];
    client.run(`UPDATE "${resource}" SET "${field}" = ${sqlOf(resource, field, value)} WHERE id = ${id}`);
    const [waits] = outbox(db);
    expect(waits?.changes[field]?.local).toEqual(value);
    expect(rowOf(db, resource, id)?.[field]).toEqual(toCell({ ...fieldOf(resource, field) } as never, value));
    dropEdits(db, outboxIds(db), now);
    expect(rowOf(db, resource, id)?.[field]).toEqual(base);
    expect(outbox(db)).toEqual([]);
  });
});

test.each(values)('%s %i: an edit of %s set back to a base that a pull has renewed leaves', (...edit) => {
  const [resource, id, field, value] = edit;
  for (const [name, connect] of clients) {
    const { file, db } = makeMirror();
    const client = connect(file);
    const write = (written: Json) =>
      client.run(`UPDATE "${resource}" SET "${field}" = ${sqlOf(resource, field, written)} WHERE id = ${id}`);
    changesThere(db, resource, id, { [field]: value });
    write(differentFrom(value));
    changesThere(db, resource, id, { unlisted: 'changed' });
    expect(outbox(db), name).toMatchObject([{ op: 'update', changes: { [field]: { base: value } } }]);
    write(value);
    expect(outbox(db), name).toEqual([]);
  }
});

/** Another value of the same kind. */
function differentFrom(value: Json): Json {
  if (Array.isArray(value)) return value.length === 0 ? [7] : [];
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value === 1 ? 0 : 1;
  if (value === null) return 1;
  if (value.toString().startsWith('2016-')) return '2015-01-01T00:00:00Z';
  return value === 'Running' ? 'Archived' : '[]';
}

test('any text is the same JSON text to SQLite and to the program', () => {
  const { file } = makeMirror();
  const plain = plainOn(file);
  const quote = plain.db.prepare('SELECT json_quote(?)').pluck();
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  fc.assert(
    fc.property(text, (any) => quote.get(any) === JSON.stringify(any.toWellFormed())),
    { numRuns: 2000 },
  );
});

test.each(clients)('any character is the same JSON text through %s', (_, connect) => {
  const rows = connect(makeMirror().file).rows(
    'WITH RECURSIVE c(code) AS (VALUES (0) UNION ALL SELECT code + 1 FROM c WHERE code < 10000) ' +
      "SELECT code, hex(json_quote('a' || char(code) || 'b')) AS quoted FROM c",
  );
  for (const { code, quoted } of rows) {
    const text = `a${String.fromCodePoint(Number(code))}b`;
    expect(Buffer.from(String(quoted), 'hex').toString()).toBe(JSON.stringify(text));
  }
});

test('a text with a NUL is kept whole', () => {
  for (const [name, connect] of clients) {
    const { file, db } = makeMirror();
    const client = connect(file);
    client.run(`UPDATE projects SET project_javascript = 'a' || char(0) || 'b'`);
    expect(outbox(db)[0]?.changes.project_javascript?.local, name).toBe('a\0b');
    client.run(`UPDATE projects SET project_javascript = 'a' || char(0) || 'c'`);
    expect(outbox(db)[0]?.changes.project_javascript?.local, name).toBe('a\0c');
  }
});
