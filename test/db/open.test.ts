/** Opening: a mirror is made, migrated, kept private; what is none, or a newer one, is refused and left as it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { takeLock } from '../../src/db/lock.ts';
import { mirrorExists, openMirrorFile, openReadOnly } from '../../src/db/open.ts';
import { guarded } from '../../src/db/transaction.ts';
import { MirrorError } from '../../src/errors.ts';
import { outbox, temporaryFolder } from '../capture/support.ts';

const openers = [
  ['to write', (file: string) => openMirrorFile(file).close()],
  ['to create', (file: string) => openMirrorFile(file, { create: true }).close()],
  ['to read', (file: string) => openReadOnly(file).close()],
  ['to see whether it is there', (file: string) => void mirrorExists(file)],
] as const;

/** Everything in a folder, byte by byte. */
function bytesIn(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(path.join(folder, name)).toString('base64')]),
  );
}

/** Files that are no mirror of ours, each with the words that say so. */
const strangers: readonly (readonly [name: string, make: (file: string) => void, words: string])[] = [
  [
    'a text',
    (file) => fs.writeFileSync(file, 'id,name\n1,x\n'),
    'is no mirror: it is not an SQLite database',
  ],
  [
    'a long text',
    (file) => fs.writeFileSync(file, 'x'.repeat(9000)),
    'is no mirror: it is not an SQLite database',
  ],
  [
    'a cut off database',
    (file) => fs.writeFileSync(file, 'SQLite format 3\0'),
    'is no mirror: it is not an SQLite database',
  ],
  [
    'an empty database of somebody else',
    (file) => new Sqlite(file).exec('CREATE TABLE t (x); DROP TABLE t').close(),
    "another program's database",
  ],
  [
    'a database of somebody else in WAL mode',
    (file) => {
      const db = new Sqlite(file);
      db.pragma('journal_mode = WAL');
      db.exec('CREATE TABLE experiments (id); PRAGMA application_id = 7');
      db.close();
    },
    "another program's database",
  ],
  [
    'a newer mirror',
    (file) => {
      openMirrorFile(file, { create: true }).close();
      const db = new Sqlite(file);
      db.pragma('user_version = 99');
      db.close();
    },
    'was written by a newer optimirror (its schema is 99, this program knows',
  ],
];

describe.each(openers)('%s', (_, open) => {
  test.each(strangers)('%s is refused in one line, and left as it was', (_name, make, words) => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'mirror.db');
    make(file);
    fs.chmodSync(file, 0o644);
    const before = bytesIn(folder);
    let caught: unknown;
    try {
      open(file);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(MirrorError);
    expect((caught as Error).message).toContain(words);
    expect((caught as Error).message).toContain(file);
    expect((caught as Error).message).not.toContain('\n');
    expect(bytesIn(folder)).toEqual(before);
    expect(fs.statSync(file).mode & 0o777).toBe(0o644);
  });

  test('a folder is refused', () => {
    expect(() => open(temporaryFolder())).toThrow(MirrorError);
  });

  test('what can not be read is refused', () => {
    const file = path.join(temporaryFolder(), 'mirror.db');
    fs.symlinkSync(file, file);
    expect(() => open(file)).toThrow(/mirror\.db can't be read: /);
  });
});

test('a newer version that only stands in the log of a process that died is refused as well', () => {
  const folder = temporaryFolder();
  const [file, copy] = [path.join(folder, 'mirror.db'), path.join(folder, 'copy.db')];
  openMirrorFile(file, { create: true }).close();
  const db = new Sqlite(file);
  db.pragma('wal_autocheckpoint = 0');
  db.pragma('user_version = 99');
  for (const ending of ['', '-wal']) fs.copyFileSync(`${file}${ending}`, `${copy}${ending}`);
  db.close();
  const bytes = () => ['', '-wal'].map((ending) => fs.readFileSync(`${copy}${ending}`).toString('base64'));
  const before = bytes();
  for (const [, open] of openers) expect(() => open(copy)).toThrow('was written by a newer optimirror');
  expect(bytes()).toEqual(before);
});

test('where there is nothing, or an empty file, there is no mirror until one is created', () => {
  const file = path.join(temporaryFolder(), 'mirror.db');
  for (const make of [() => {}, () => fs.writeFileSync(file, '')]) {
    make();
    const before = bytesIn(path.dirname(file));
    expect(mirrorExists(file)).toBe(false);
    expect(() => openMirrorFile(file)).toThrow(
      `there is no mirror at ${file}. Make one with: optimirror pull`,
    );
    expect(() => openReadOnly(file)).toThrow(MirrorError);
    expect(bytesIn(path.dirname(file))).toEqual(before);
  }
  openMirrorFile(file, { create: true }).close();
  expect(mirrorExists(file)).toBe(true);
  expect(() => openMirrorFile(path.join(file, 'below', 'mirror.db'), { create: true })).toThrow(MirrorError);
});

test("every file of it is its owner's alone, however it was left", () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'mirror.db');
  const umask = process.umask(0);
  try {
    openMirrorFile(file, { create: true }).close();
    for (let round = 0; round < 2; round++) {
      const db = openMirrorFile(file);
      guarded(db, () => db.exec("INSERT INTO mirror_meta VALUES (hex(randomblob(9)), '')"));
      const lock = takeLock(file);
      const names = fs.readdirSync(folder).sort();
      expect(names).toEqual(
        expect.arrayContaining(['mirror.db', 'mirror.db-shm', 'mirror.db-wal', 'mirror.db.lock']),
      );
      expect(names.map((name) => (fs.statSync(path.join(folder, name)).mode & 0o777).toString(8))).toEqual(
        names.map(() => '600'),
      );
      lock.release();
      db.close();
      for (const name of fs.readdirSync(folder)) fs.chmodSync(path.join(folder, name), 0o666);
    }
  } finally {
    process.umask(umask);
  }
});

test('several programs may create it at once', async () => {
  const file = path.join(temporaryFolder(), 'mirror.db');
  const program = fileURLToPath(new URL('creator.ts', import.meta.url));
  const ends = [1, 2, 3].map(async () => {
    const child = spawn(process.execPath, [program, file], { stdio: 'inherit' });
    const [status] = await once(child, 'exit');
    return status as number | null;
  });
  expect(await Promise.all(ends)).toEqual([0, 0, 0]);
  const db = openMirrorFile(file);
  expect(outbox(db).map(({ entity_id }) => entity_id)).toEqual([-1, -2, -3]);
  db.close();
});
