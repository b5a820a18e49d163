/** Every file of a mirror belongs to its owner alone, whatever the umask and whatever was there before. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createWorld,
  plainly,
  pulledWorld,
  run,
  startPlain,
  temporaryFolder,
  type World,
} from '../processes/support.ts';

const modeOf = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);

/** The mirror's own files in the folder, each with its rights. */
function modes(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder).filter((name) => name.includes('.db'));
  return Object.fromEntries(names.toSorted().map((name) => [name, modeOf(path.join(folder, name))]));
}

const files = ['mirror.db', 'mirror.db-shm', 'mirror.db-wal', 'mirror.db.lock'];
const allPrivate = Object.fromEntries(files.map((name) => [name, '600']));

/** Runs work while a reader keeps the log and its index in place, as they are while programs are at work. */
async function whileRead(file: string, work: () => Promise<void> | void): Promise<void> {
  const reader = startPlain(file, 'hold', 'SELECT count(*) FROM goals');
  await reader.says('held');
  await work();
  await reader.kill();
}

const runWith = (world: World, umask: string, ...args: string[]) => run(args, { env: world.env, umask });

describe('the mirror has mode 0600', () => {
  test.each(['000', '022', '077'])('where it is made under umask %s', async (umask) => {
    const world = await createWorld({ projects: 1 });
    expect((await runWith(world, umask, 'pull')).status).toBe(0);
    expect((await runWith(world, umask, 'edit', 'projects', '--where', '1', 'project_name=x')).status).toBe(
      0,
    );
    await whileRead(world.db, async () => {
      expect((await runWith(world, umask, 'pull', '--full')).status).toBe(0);
      expect(modes(world.folder)).toEqual(allPrivate);
    });
  });

  test.each(['pull', 'status', 'list goals', 'outbox', 'sql', 'edit'])(
    'once %s has opened it, where it had other rights',
    async (command) => {
      const world = await pulledWorld({ projects: 1 });
      const args = { sql: ['SELECT 1'], edit: ['projects', '--where', '1', 'project_name=x'] }[command] ?? [];
      await whileRead(world.db, async () => {
        // As a copy made by somebody else's program, still open there, may be.
        for (const name of files) fs.chmodSync(path.join(world.folder, name), 0o644);
        expect((await runWith(world, '000', ...command.split(' '), ...args)).status).toBe(0);
        expect(modes(world.folder)).toEqual(allPrivate);
      });
    },
  );

  test('behind a link, and the link stays one', async () => {
    const world = await pulledWorld({ projects: 1 });
    const link = path.join(temporaryFolder(), 'link.db');
    fs.symlinkSync(world.db, link);
    const env = { ...world.env, OPTIMIRROR_DB: link };
    await whileRead(link, async () => {
      for (const name of files) fs.chmodSync(path.join(world.folder, name), 0o666);
      expect((await run(['pull', '--full'], { env, umask: '000' })).status).toBe(0);
      expect(modes(world.folder)).toEqual(allPrivate);
    });
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readdirSync(path.dirname(link))).toEqual(['link.db']);
  });

  test('where a link leads to a file that is not there yet', async () => {
    const world = await createWorld({ projects: 1 });
    const link = path.join(temporaryFolder(), 'link.db');
    fs.symlinkSync(world.db, link);
    const { status } = await run(['pull'], { env: { ...world.env, OPTIMIRROR_DB: link }, umask: '000' });
    expect(status).toBe(0);
    expect(modes(world.folder)).toEqual({ 'mirror.db': '600', 'mirror.db.lock': '600' });
  });
});

test('a mirror and a link to it share what waits, and one lock', async () => {
  const world = await pulledWorld({ projects: 1 });
  const link = path.join(temporaryFolder(), 'link.db');
  fs.symlinkSync(world.db, link);
  await plainly(link, "UPDATE goals SET title = 'x' WHERE id = (SELECT min(id) FROM goals)");
  expect((await world.run('status', '--json')).stdout).toContain('"pending":1');
  world.sandbox.faults.next({ kind: 'stall' });
  const pulling = world.start('pull', '--verbose');
  await pulling.says('> GET');
  const env = { ...world.env, OPTIMIRROR_DB: link };
  expect((await run(['push'], { env })).status).toBe(6);
  await pulling.kill();
});

test('a file that is no mirror keeps its rights, and its bytes', async () => {
  const file = path.join(temporaryFolder(), 'notes.db');
  fs.writeFileSync(file, 'my notes');
  // Whatever umask the tests run under.
  fs.chmodSync(file, 0o644);
  for (const args of [['status'], ['pull'], ['sql', 'SELECT 1'], ['edit', 'goals', '1', 'title=x']]) {
    expect((await run(args, { env: { OPTIMIRROR_DB: file, OPTIMIZELY_TOKEN: 'x' } })).status).toBe(1);
  }
  expect(modeOf(file)).toBe('644');
  expect(fs.readFileSync(file, 'utf8')).toBe('my notes');
  expect(fs.readdirSync(path.dirname(file))).toEqual(['notes.db']);
});

const source = path.resolve(import.meta.dirname, '../../src');
const sources = (fs.readdirSync(source, { recursive: true }) as string[]).filter((name) =>
  name.endsWith('.ts'),
);
const naming = (pattern: RegExp) =>
  sources.filter((name) => pattern.test(fs.readFileSync(path.join(source, name), 'utf8')));

describe('the program', () => {
  test("takes no file away: neither SQLite's nor anybody's, but for an export's own", () => {
    const removing = naming(/\bfs(?:\.promises)?\.(?:unlink|rm|rmdir|truncate|ftruncate|rename)(?:Sync)?\b/);
    expect(removing.filter((name) => !name.startsWith('exports'))).toEqual([]);
  });

  test('ends no process but the one that it started for a query', () => {
    expect(naming(/\.kill\(/).toSorted()).toEqual(['query/sql-apart.ts', 'query/sql-process.ts']);
  });

  test('starts no process but that one', () => {
    expect(naming(/node:child_process/)).toEqual(['query/sql-apart.ts']);
  });
});
