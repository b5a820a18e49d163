/** Answers of the right form and hostile content give errors and do no harm: the next honest pull puts all right. */
import Sqlite from 'better-sqlite3';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { entityNames, fieldsOf, resourceNames } from '../../src/api/resources.ts';
import type { Transport, WireRequest, WireResponse } from '../../src/api/transport.ts';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import { createTerminal, type Terminal } from './terminal.ts';

type Meddle = (
  request: WireRequest,
  honest: () => Promise<WireResponse>,
) => Promise<WireResponse> | WireResponse;

/** Answers in place of the account where it is set. */
let meddle: Meddle | null = null;
let terminal: Terminal;
let account: SandboxAccount;

const between = (transport: Transport): Transport => ({
  ...transport,
  send: async (request) => {
    const honest = () => transport.send(request);
    return meddle ? meddle(request, honest) : honest();
  },
});

const ok = (body: string, status = 200): WireResponse => ({ status, headers: {}, body });

beforeAll(async () => {
  account = new SandboxAccount({ now: () => Date.UTC(2016, 5, 1), projects: 1, experimentsPerProject: 2 });
  terminal = createTerminal(account, between, false);
  expect((await terminal.run('pull')).status).toBe(0);
});

afterEach(() => {
  meddle = null;
});

/** What another program reads there. */
function rows(sql: string): unknown[] {
  const db = new Sqlite(terminal.db, { readonly: true });
  const found = db.prepare(sql).raw().all();
  db.close();
  return found;
}

/** Everything that a pull could harm. */
const counts = () => rows(`SELECT ${resourceNames.map((name) => `(SELECT count(*) FROM ${name})`).join()}`);

/** Nothing was harmed: the mirror is whole, prototypes are clean, and an honest pull brings it level with the API. */
async function expectUnharmed(): Promise<void> {
  meddle = null;
  expect(rows('PRAGMA integrity_check')).toEqual([['ok']]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as JsonObject).polluted).toBeUndefined();
  const { status, stderr } = await terminal.run('pull', '--full', '--accept-deletions');
  expect(status, stderr).toBe(0);
  const verified = await terminal.run('verify', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ missing: [], extra: [], different: [], errors: [] });
}

const deep = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);
const sqlName = `x'); DROP TABLE goals; --"]\``;

/** Lists that can't be trusted as a whole: nothing of them is believed. */
const refused: readonly (readonly [name: string, body: string])[] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a number', '0'],
  ['a text', '"[]"'],
  ['an object', '{}'],
  ['an object with a length', '{"length": 0}'],
  ['a list in an object', '{"data": []}'],
  ['a list of null', '[null]'],
  ['a list of lists', '[[]]'],
  ['an entity without an id', '[{}]'],
  ...[
    '"5"',
    '"5 "',
    '0',
    '-5',
    '1.5',
    '1e400',
    '9007199254740993',
    'true',
    'null',
    '[5]',
    '{"id":5}',
    '"__proto__"',
  ].map((id) => [`the id ${id}`, `[{"id": ${id}}]`] as const),
  ['the same id twice', '[{"id": 5}, {"id": 5}]'],
  ['lists a hundred thousand deep', deep(100_000, '[', ']')],
  ['objects a hundred thousand deep', deep(100_000, '{"a":', '}').replace(':}', ':1}')],
  ['a prototype a hundred thousand deep', deep(100_000, '{"__proto__":', '}').replace(':}', ':1}')],
  ['twelve million parts', `[${'{},'.repeat(6_000_000)}{}]`],
  ['a list cut short', '[{"id": 5}'],
  ['two documents', '[] []'],
  ['a comment', '[] // x'],
  ['a page', '<html><script>alert(1)</script></html>'],
  ['a list with a prototype', '[{"id": 5, "__proto__": {"id": 6}}, {"__proto__": {"polluted": true}}]'],
];

describe('a list that is', () => {
  test.each(refused)('%s is refused, and deletes nothing', async (_name, body) => {
    const before = counts();
    meddle = ({ path }, honest) => (/\/(goals|experiments|variations)$/.test(path) ? ok(body) : honest());
    const { status, stdout, stderr } = await terminal.run('pull', '--full');
    expect({ status, stderr }).toEqual({ status: 4, stderr: '' });
    expect(stdout.length).toBeLessThan(10_000);
    expect(counts()).toEqual(before);
  });
});

/** What may stand where something else is expected. */
const values: readonly Json[] = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  '5',
  `'); DROP TABLE goals; --`,
  'a\u0000b\ud800',
  'x'.repeat(100_000),
  [],
  [null],
  [['x']],
  [-5, 1.5, '7', {}],
  {},
  { id: 5, toString: 'x' },
  JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
];

describe('an entity with', () => {
  test.each(values)('%.40j in every field gives errors at most, and never a crash', async (value) => {
    meddle = async ({ method, path }, honest) => {
      const answer = await honest();
      if (method !== 'GET' || path === 'projects') return answer;
      const list = JSON.parse(answer.body) as JsonObject[] | JsonObject;
      const name = resourceNames.find((each) => path.endsWith(`/${each}`));
      if (!Array.isArray(list) || name === undefined) return answer;
      return ok(JSON.stringify(list.flatMap((entity) => spoilt(name, entity, value))));
    };
    const { status, stderr } = await terminal.run('pull', '--full');
    expect([0, 4]).toContain(status);
    expect(stderr).toBe('');
    for (const resource of entityNames)
      expect((await terminal.run('list', resource, '--json')).status).toBe(0);
    expect((await terminal.run('report', 'overview')).status).toBe(0);
    meddle = null;
    await expectUnharmed();
  });

  test('fields of any name keeps them, and obeys none', async () => {
    const names = [
      '__proto__x',
      'constructor',
      'toString',
      'hasOwnProperty',
      'ID',
      'Title',
      'extra',
      'rowid',
      sqlName,
      '',
      ' ',
      '?',
      ':a',
      '$b',
      '\u0000',
    ];
    const [goal] = account.list('goals');
    const id = goal?.id as number;
    account.plant('goals', id, {
      ...Object.fromEntries(names.map((name) => [name, sqlName])),
      title: sqlName,
    });
    await expectUnharmed();
    const got = JSON.parse((await terminal.run('get', 'goals', String(id), '--json')).stdout) as JsonObject;
    expect(names.map((name) => got[name])).toEqual(names.map(() => sqlName));
    const listed = await terminal.run(
      'list',
      'goals',
      '--where',
      `id = ${id}`,
      '--order',
      'title, id',
      '--json',
    );
    expect(JSON.parse(listed.stdout)).toEqual([got]);
  });

  test('ten thousand fields of its own is kept whole', async () => {
    const [goal] = account.list('goals');
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, index]));
    account.plant('goals', goal?.id as number, many);
    await expectUnharmed();
  });
});

/** The entity as often as it has fields, each time another one spoilt, under ids that are free. */
function spoilt(resource: (typeof resourceNames)[number], entity: JsonObject, value: Json): JsonObject[] {
  const names = fieldsOf(resource)
    .map(([name]) => name)
    .filter((name) => name !== 'id');
  const { id } = entity;
  return [
    entity,
    ...names.map((name, index) => ({
      ...entity,
      ...(typeof id === 'number' && { id: id * 1000 + index }),
      [name]: value,
    })),
  ];
}

/** What may come back for a write. The edit is never lost, whatever it is. */
const answers: readonly (readonly [name: string, answer: (honest: string) => WireResponse])[] = [
  ['nothing', () => ok('', 202)],
  ['null', () => ok('null', 202)],
  ['a list', (honest) => ok(`[${honest}]`, 202)],
  ['another id', (honest) => ok(honest.replace(/"id":\d+/, '"id":5'), 202)],
  ['the id as a text', (honest) => ok(honest.replace(/"id":(\d+)/, '"id":"$1"'), 202)],
  ['a page', () => ok('<html>', 200)],
  ['something deep', () => ok(deep(100_000, '[', ']'), 202)],
  ['something without its fields', (honest) => ok(`{"id":${(JSON.parse(honest) as JsonObject).id}}`, 202)],
  ['no content', () => ok('', 204)],
];

/** Every edit ever made is in exactly one of the two. */
const edits = () => rows('SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM push_log)').flat()[0];

describe('a write that is answered with', () => {
  test.each(answers)('%s is kept until it is known to have arrived', async (name, answer) => {
    const [goal] = account.list('goals');
    const [id, project] = [goal?.id as number, goal?.project_id];
    const before = edits() as number;
    await terminal.run('edit', 'goals', String(id), `title=${name}`);
    await terminal.run('create', 'dimensions', `project_id=${project}`, `name=${name}`);
    meddle = async ({ method }, honest) => {
      const honestly = await honest();
      return method === 'GET' ? honestly : answer(honestly.body);
    };
    const { status } = await terminal.run('push');
    expect([0, 3, 4]).toContain(status);
    expect(edits()).toBe(before + 2);
    meddle = null;
    expect((await terminal.run('push', '--yes')).status).toBe(0);
    expect(account.get('goals', id)).toMatchObject({ title: name });
    expect(account.list('dimensions').filter((each) => each.name === name)).toHaveLength(1);
    await expectUnharmed();
  });

  test('the id of an entity that is there already makes nothing anew, and takes nothing over', async () => {
    const [taken] = account.list('dimensions');
    const before = rows('SELECT * FROM dimensions WHERE id > 0');
    await terminal.run('create', 'dimensions', `project_id=${taken?.project_id}`, 'name=anew');
    meddle = ({ method }, honest) => (method === 'POST' ? ok(JSON.stringify(taken), 201) : honest());
    expect((await terminal.run('push')).status).toBe(4);
    meddle = null;
    expect(rows('SELECT * FROM dimensions WHERE id > 0')).toEqual(before);
    expect((await terminal.run('push')).status).toBe(0);
    expect(account.list('dimensions').filter(({ name }) => name === 'anew')).toHaveLength(1);
    await expectUnharmed();
  });
});
