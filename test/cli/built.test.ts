/** The build: few files a command, the same mirrors as the library beside it, and the licences of what is in it. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { createWorld, type World } from './support.ts';

const dist = new URL('../../dist/', import.meta.url);

/** A mirror that the built library made, and no program has opened. */
async function madeByLibrary(): Promise<World> {
  const world = await createWorld();
  const { OptimizelyClient, openMirror } = (await import(
    new URL('index.js', dist).href
  )) as typeof import('../../src/index.ts');
  const client = new OptimizelyClient({ token: world.sandbox.token, base: world.sandbox.url, rate: 0 });
  const mirror = openMirror({ db: world.db, client });
  await mirror.pull();
  mirror.close();
  await client.close();
  return world;
}

/** Whoever lays views and triggers anew leaves another count of changes of the schema in it. */
function mark({ db: file }: World): unknown {
  const db = new Sqlite(file, { readonly: true });
  const found = db.prepare("SELECT value FROM mirror_meta WHERE key = 'objects'").pluck().get();
  db.close();
  return found;
}

describe('a mirror that the library laid', () => {
  test.each([
    ['a command that reads', ['status']],
    ['a query, in its own process', ['sql', 'SELECT 1']],
    ['a command that writes', ['pull']],
  ])('is left as it is by %s', async (_, args) => {
    const world = await madeByLibrary();
    const before = mark(world);
    expect(await world.optimirror(...args)).toMatchObject({ status: 0 });
    expect(mark(world)).toBe(before);
  });

  test.each([
    ['a command that reads', ['status']],
    ['a query, in its own process', ['sql', 'SELECT 1']],
  ])('gets a trigger back that somebody dropped, by %s', async (_, args) => {
    const world = await madeByLibrary();
    const db = new Sqlite(world.db);
    db.exec('DROP TRIGGER goals_capture_update');
    expect(await world.optimirror(...args)).toMatchObject({ status: 0 });
    const found = db
      .prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'goals_capture_update'")
      .pluck();
    expect(found.get()).toBe(1);
    db.close();
  });
});

/** The files that one imports without being asked, itself among them, and what they import from elsewhere. */
function loadedBy(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  if (!name.startsWith('./')) return found;
  const text = fs.readFileSync(new URL(`cli/${name}`, dist), 'utf8');
  for (const [, from = ''] of text.matchAll(/^(?:import|export) (?:.* from )?"([^"]+)";$/gm)) {
    loadedBy(from, found);
  }
  return found;
}

describe('a start', () => {
  test('loads few files', () => {
    const files = [...loadedBy('./main.js'), ...loadedBy('./status.js')].filter((name) =>
      name.startsWith('./'),
    );
    expect([...new Set(files)].sort()).toEqual(['./main.js', './mirror.js', './start.js', './status.js']);
  });

  test.each(['main', 'sandbox', 'completion'])('of what needs no mirror loads no SQLite: %s', (name) => {
    expect([...loadedBy(`./${name}.js`)]).not.toContain('better-sqlite3');
  });
});

test('what others wrote has its licence beside it', () => {
  const licences = fs.readFileSync(new URL('cli/licences.txt', dist), 'utf8');
  const own = fs.readFileSync(
    fileURLToPath(import.meta.resolve('commander')).replace(/index\.js$/, 'LICENSE'),
    'utf8',
  );
  expect(licences).toContain(own.trim());
});
