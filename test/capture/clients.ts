/** The clients that people edit a mirror with: programs that know nothing of optimirror. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterAll } from 'vitest';
import type { Row } from '../../src/db/columns.ts';
import { hasShell, shellCommand } from '../shell.ts';

const folders: string[] = [];
const opened: Database[] = [];
afterAll(() => {
  for (const db of opened) db.close();
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** Closes a connection when the tests of the file are done. */
export function closeAfterwards<D extends Database>(db: D): D {
  opened.push(db);
  return db;
}

/** A folder that goes when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-capture-'));
  folders.push(folder);
  return folder;
}

/** Something that edits a mirror and knows nothing of optimirror. */
export interface Client {
  /** Runs SQL; throws with the database's own words where it refuses. */
  run(sql: string): void;
  /** Runs statements, each of one line, whatever becomes of those before; the words of each refusal, else null. */
  attempt(statements: readonly string[]): (string | null)[];
  /** The rows of one query. */
  rows(sql: string): Row[];
}

/** The `sqlite3` shell, a process for each call. */
function shellOn(file: string): Client {
  const call = (options: readonly string[], sql: string) =>
    spawnSync(...shellCommand('-batch', ...options, file), {
      input: `.timeout 30000\n${sql}\n;`,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
  const mustCall = (options: readonly string[], sql: string): string => {
    const { status, stdout, stderr } = call(['-bail', ...options], sql);
    if (status !== 0 || stderr !== '') throw new Error(stderr);
    return stdout;
  };
  return {
    run: (sql) => void mustCall([], sql),
    attempt: (statements) => {
      const { stderr } = call([], statements.map((sql) => `${sql};`).join('\n'));
      const words = new Map(
        [...stderr.matchAll(/near line (\d+): (.*)/g)].map(([, line, text]) => [line, text]),
      );
      return statements.map((_, index) => words.get(String(index + 2)) ?? null);
    },
    rows: (sql) => JSON.parse(mustCall(['-json'], sql) || '[]') as Row[],
  };
}

/** A plain connection of better-sqlite3, with SQLite's newest version. */
export function plainOn(file: string): Client & { readonly db: Database } {
  const db = closeAfterwards(new Sqlite(file));
  const run = (sql: string): void => void db.exec(sql);
  return {
    db,
    run,
    attempt: (statements) => statements.map((sql) => wordsOf(() => run(sql))),
    rows: (sql) => db.prepare(sql).all() as Row[],
  };
}

function wordsOf(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The clients that a machine has, by name. */
export const clients: readonly [string, (file: string) => Client][] = [
  ['a plain connection', plainOn],
  ...(hasShell ? [['the sqlite3 shell', shellOn] as [string, (file: string) => Client]] : []),
];
