/** What people name things can't act in the terminal of whoever reads it, on any command, and JSON stays JSON. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, editableFields, entityNames, entityResource } from '../../src/api/resources.ts';
import type { Transport } from '../../src/api/transport.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { reports } from '../../src/query/reports/index.ts';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** Sets a title, clears the screen, moves, colours as the program does, hides, reorders, and fakes a line of its own. */
const poison =
  '\u001b]0;owned\u0007\u001b[2J\u001b[1;1H\u009b31m\u001b[31m\u001b[2m\b\r\nFAKED: \u202e\u2066\u200b\ufeff\u2028\u061c\u0000\u007f\u0085end';
/** None of it may reach a terminal, and nothing may begin a line that the program did not begin. */
const acting =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]|^FAKED/m;

const now = Date.UTC(2016, 5, 1);

/** An account in which every text says it. */
function poisonedAccount(): SandboxAccount {
  const account = new SandboxAccount({ now: () => now, projects: 1, experimentsPerProject: 4 });
  for (const resource of entityNames)
    for (const { id } of account.list(resource)) spoil(account, resource, id as number);
  return account;
}

function spoil(account: SandboxAccount, resource: EntityName, id: number, words = poison): void {
  const texts = editableFields(resource).filter(
    ([, field]) => field.kind === 'text' && field.values === undefined,
  );
  const fields: JsonObject = Object.fromEntries(texts.map(([name]) => [name, words]));
  account.plant(resource, id, { ...fields, [`unlisted ${words}`]: words });
  const { conflictToken } = entityResource(resource);
  if (conflictToken !== null)
    account.plant(resource, id, { [conflictToken]: new Date(now + words.length).toISOString() });
}

/** Refuses the lists of audiences, and edits of variations, in such words. */
const refusing = (transport: Transport): Transport => ({
  ...transport,
  async send(request) {
    const { method, path } = request;
    if (!/^GET .*audiences|^PUT variations/.test(`${method} ${path}`)) return transport.send(request);
    return { status: 400, headers: {}, body: JSON.stringify({ message: `no: ${poison}` }) };
  },
});

let terminal: Terminal;
let ids: Record<EntityName, number>;

beforeAll(async () => {
  const account = poisonedAccount();
  ids = Object.fromEntries(entityNames.map((name) => [name, account.list(name)[0]?.id])) as typeof ids;
  terminal = createTerminal(account, refusing);
  expect((await terminal.run('pull')).status).toBe(4);
  // A second one, so that something has changed; and a colleague's edit beside our own, for a conflict.
  for (const resource of entityNames)
    if (resource !== 'variations') spoil(account, resource, ids[resource], `${poison} again`);
  const db = openMirrorFile(terminal.db);
  db.prepare('UPDATE experiments SET description = ?, custom_css = ? WHERE id = ?').run(
    poison + 1,
    poison,
    ids.experiments,
  );
  db.prepare('UPDATE goals SET title = ? WHERE id = ?').run(poison + 2, ids.goals);
  db.prepare('UPDATE projects SET project_name = ? WHERE id = ?').run(poison + 3, ids.projects);
  db.prepare('DELETE FROM dimensions WHERE id = ?').run(ids.dimensions);
  db.prepare('UPDATE variations SET description = ? WHERE id = ?').run(poison + 4, ids.variations);
  db.prepare('INSERT INTO dimensions (project_id, name) VALUES (?, ?)').run(ids.projects, poison);
  db.close();
});

const reading: readonly (readonly string[])[] = [
  ['status'],
  ...[...entityNames, 'results', 'stats'].flatMap((name) => [
    ['list', name],
    ['list', name, '--format', 'csv'],
    ['list', name, '--format', 'csv', '--safe-csv'],
    ['list', name, '--format', 'jsonl'],
    ['list', name, '--json'],
  ]),
  ...['table', 'csv', 'json', 'jsonl'].flatMap((format) => [
    ['sql', 'SELECT * FROM experiments', '--format', format],
    ['sql', 'SELECT * FROM changes', '--format', format],
    ['sql', `SELECT 1 AS "${poison.replaceAll('\u0000', '')}"`, '--format', format],
  ]),
  ['sql', `SELECT ${poison.replaceAll('\u0000', '')}`],
  ['list', 'goals', '--where', `${poison} = 1`],
  ['list', 'goals', '--columns', poison],
  ['list', poison],
  [poison],
  [`--${poison}`],
  ['get', 'goals', poison],
  ['outbox'],
  ['outbox', '--json'],
  ['outbox', 'diff'],
  ['outbox', 'diff', '--json'],
  ['push', '--dry-run'],
  ['push', '--dry-run', '--json'],
  ['push', '--dry-run', '--verbose'],
];

const writing: readonly (readonly string[])[] = [
  ['edit', 'goals', '1', `${poison}=1`],
  ['edit', 'goals', '1', `goal_type=${poison}`],
  ['create', 'goals', `title=${poison}`],
  ['pull', '--full'],
  ['pull', '--full', '--json'],
  ['conflicts'],
  ['conflicts', '--json'],
  ['push'],
  ['push', '--json'],
  ['outbox'],
  ['outbox', 'diff'],
  ['resolve', '1', '--set', `description=${poison}`],
  ['status'],
];

async function expectHarmless(args: readonly string[]): Promise<void> {
  const { stdout, stderr } = await terminal.run(...args);
  const found = acting.exec(stdout) ?? acting.exec(stderr);
  expect(
    found && { args, found: found[0], near: (stdout + stderr).slice(found.index - 40, found.index + 40) },
  ).toBeNull();
  if (args.includes('--json') && stdout !== '') expect(() => JSON.parse(stdout)).not.toThrow();
}

describe('a terminal obeys nobody but the program', () => {
  test.each(reading)('%j', async (...args) => {
    await expectHarmless(args);
  });

  test.each(entityNames)('get %s', async (resource) => {
    await expectHarmless(['get', resource, String(ids[resource])]);
    await expectHarmless(['get', resource, String(ids[resource]), '--json']);
  });

  test.each(reports.map(({ name }) => name))('report %s', async (name) => {
    const id = name === 'experiment' ? [String(ids.experiments)] : [];
    for (const format of ['table', 'json', 'csv', 'markdown'])
      await expectHarmless(['report', name, ...id, '--format', format]);
  });

  test('through everything that writes, with conflicts and refusals', async () => {
    for (const args of writing) await expectHarmless(args);
    const { stdout } = await terminal.run('outbox', 'diff');
    expect(stdout).toContain('no: ');
    expect(stdout).toContain('theirs');
    expect(stdout).toContain('\\e]0;owned');
  });
});

test('JSON on a terminal and beside it holds what is stored, character by character', async () => {
  const every = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');
  const account = new SandboxAccount({ now: () => now, projects: 1, experimentsPerProject: 1 });
  const [goal] = account.list('goals');
  const id = goal?.id as number;
  account.plant('goals', id, { title: every, [every]: every });
  for (const isTTY of [true, false]) {
    const { run } = createTerminal(account, undefined, isTTY);
    await run('pull');
    const got = JSON.parse((await run('get', 'goals', String(id), '--json')).stdout) as Record<string, Json>;
    expect(got.title).toBe(every);
    expect(got[every]).toBe(every);
    const list = JSON.parse((await run('list', 'goals', '--json')).stdout) as { id: number; title: string }[];
    expect(list.find((each) => each.id === id)?.title).toBe(every);
  }
});

test('what is no character at all makes JSON that can be read', async () => {
  const account = new SandboxAccount({ now: () => now, projects: 1, experimentsPerProject: 1 });
  const [goal] = account.list('goals');
  account.plant('goals', goal?.id as number, { title: 'a\ud800b', unlisted: '\udfff' });
  const { run } = createTerminal(account);
  for (const args of [
    ['pull', '--json'],
    ['pull', '--full', '--json'],
    ['list', 'goals', '--json'],
  ]) {
    const { stdout, status } = await run(...args);
    expect(status).toBe(0);
    expect(() => JSON.parse(stdout)).not.toThrow();
  }
  const changes = JSON.parse((await run('sql', 'SELECT count(*) AS n FROM changes', '--json')).stdout);
  expect(changes).toEqual([{ n: 0 }]);
});
