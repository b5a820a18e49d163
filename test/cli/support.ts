/** Runs the built program as its users do: a process of its own, a mirror in a temporary folder, the sandbox on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';

export const program = fileURLToPath(new URL('../../bin/optimirror.js', import.meta.url));

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  /** What stands on stdin; nothing unless told. */
  readonly input?: string;
  /** Options for Node itself. */
  readonly node?: readonly string[];
  /** Gets the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Only what the program may read: the settings of whoever runs the tests stay outside. */
const { PATH = '' } = process.env;

/** Runs the program, and resolves when it has ended. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = spawn(process.execPath, [...(options.node ?? []), program, ...args], {
    env: { PATH, ...options.env },
    stdio: 'pipe',
  });
  options.onStart?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** Acts once when that stands in what came so far, in however many pieces it came. */
export function onceSaid(stream: Readable | null, text: RegExp, act: () => void): void {
  let said = '';
  const listen = (piece: string) => {
    said += piece;
    if (!text.test(said)) return;
    stream?.off('data', listen);
    act();
  };
  stream?.setEncoding('utf8').on('data', listen);
}

const cleanups: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-cli-'));
  cleanups.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface World {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly db: string;
  /** Runs the program on this world's mirror and API. */
  optimirror(...args: string[]): Promise<Result>;
  with(options: RunOptions, ...args: string[]): Promise<Result>;
  /** Runs it with --json, expects that exit status, and gives the one document on stdout. */
  json<T>(status: number, ...args: string[]): Promise<T>;
}

/** A sandbox and the place for a mirror of it. */
export async function createWorld(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startSandbox({ projects: 2, experimentsPerProject: 6, ...options });
  cleanups.push(() => sandbox.close());
  return worldOf(sandbox);
}

function worldOf(sandbox: Sandbox): World {
  const folder = temporaryFolder();
  const db = path.join(folder, 'mirror.db');
  const env = {
    OPTIMIRROR_DB: db,
    OPTIMIZELY_API_BASE: sandbox.url,
    OPTIMIZELY_TOKEN: sandbox.token,
    OPTIMIRROR_RATE: '0',
  };
  const withOptions = (more: RunOptions, ...args: string[]) =>
    run(args, { ...more, env: { ...env, ...more.env } });
  return {
    sandbox,
    folder,
    db,
    with: withOptions,
    optimirror: (...args) => withOptions({}, ...args),
    async json<T>(status: number, ...args: string[]) {
      const result = await withOptions({}, ...args, '--json');
      expect(result, result.stderr).toMatchObject({ status });
      return JSON.parse(result.stdout) as T;
    },
  };
}

/** The same, with the mirror pulled. */
export async function pulledWorld(options: SandboxOptions = {}): Promise<World> {
  const world = await createWorld(options);
  await world.json(0, 'pull');
  return world;
}

/** The same sandbox with a copy of the mirror, for a test that edits. */
export function copyOf(world: World): World {
  const copy = worldOf(world.sandbox);
  fs.copyFileSync(world.db, copy.db);
  return copy;
}

/** The first row of what a query gives. */
export async function first<T>(world: World, query: string): Promise<T> {
  const [row] = await world.json<T[]>(0, 'sql', query);
  if (row === undefined) throw new Error(`no row: ${query}`);
  return row;
}
