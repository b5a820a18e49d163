/** Real processes on one mirror: the program from its source, plain SQLite clients, the sandbox on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { shellCommand } from '../shell.ts';

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const plainClient = fileURLToPath(new URL('./plain-client.ts', import.meta.url));
/** Compiled once for all of the processes. */
const compiled = path.join(os.tmpdir(), 'optimirror-compiled');
/** Whether this system lists a process's children in a file. */
export const hasProcesses = fs.existsSync(`/proc/${process.pid}/task/${process.pid}/children`);
/** The settings of whoever runs the tests stay outside. */
const { PATH = '' } = process.env;

export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Result>;
  /** Resolves when this stands in what the process wrote, on either stream; rejects where it ends before. */
  says(text: string): Promise<void>;
  /** As nobody can prevent: it gets no chance to tidy up. */
  kill(): Promise<Result>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  readonly umask?: string;
  /** Options for Node itself. */
  readonly node?: readonly string[];
}

/** Starts a script of TypeScript as a process of its own. */
function startScript(script: string, args: readonly string[], options: StartOptions = {}): Running {
  return startCommand([process.execPath, ...(options.node ?? []), script, ...args], options);
}

/** Starts any program. */
export function startCommand(command: readonly string[], options: StartOptions = {}): Running {
  const { umask, cwd } = options;
  // A umask belongs to a process; the shell hands its own on.
  const [file = '', ...rest] = umask ? ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...command] : command;
  const child = spawn(file, rest, {
    env: { PATH, NODE_COMPILE_CACHE: compiled, NO_COLOR: '1', ...options.env },
    stdio: 'pipe',
    ...(cwd !== undefined && { cwd }),
  });
  // A test that fails must not leave behind what it started.
  afterwards(() => void child.kill('SIGKILL'));
  return follow(child, options.input ?? '');
}

function follow(child: ReturnType<typeof spawn>, input: string): Running {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      child.emit('written');
    });
  }
  child.stdin?.on('error', () => {}).end(input);
  const ended = new Promise<Result>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...written }));
  });
  const has = (text: string) => written.stdout.includes(text) || written.stderr.includes(text);
  return {
    child,
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => has(text) && resolve();
        child.on('written', look);
        look();
        void ended.then(({ stderr }) => reject(new Error(`it ended without saying ${text}: ${stderr}`)));
      }),
    kill() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

export function start(args: readonly string[], options?: StartOptions): Running {
  return startScript(program, args, options);
}

/** Runs the program, and resolves when it has ended. */
export function run(args: readonly string[], options?: StartOptions): Promise<Result> {
  return start(args, options).ended;
}

/** A client that knows SQLite and nothing of this program: see `plain-client.ts`. */
export function startPlain(file: string, ...args: readonly string[]): Running {
  return startScript(plainClient, [file, ...args]);
}

/** Runs SQL as any SQLite client would, and resolves with the rows of its last statement. */
export async function plainly(file: string, sql: string): Promise<unknown[][]> {
  const { status, stdout, stderr } = await startPlain(file, 'run', sql).ended;
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown[][];
}

/** The `sqlite3` shell, as people use it. */
export function shell(file: string, sql: string): Running {
  return startCommand(shellCommand('-bail', '-cmd', '.timeout 30000', file).flat(), { input: `${sql}\n` });
}

/** Starts one of this folder's scripts, or another one by its address. */
export function startHelper(script: URL, args: readonly string[], options?: StartOptions): Running {
  return startScript(fileURLToPath(script), args, options);
}

const cleanups: (() => Promise<void> | void)[] = [];

/** Ends what still runs, and takes away what was made; the last first. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export function afterwards(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-processes-'));
  afterwards(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface World {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly db: string;
  readonly env: Readonly<Record<string, string>>;
  start(...args: string[]): Running;
  run(...args: string[]): Promise<Result>;
}

/** A sandbox, and the place for a mirror of it. */
export async function createWorld(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startSandbox({ projects: 2, experimentsPerProject: 4, ...options });
  afterwards(() => sandbox.close());
  const folder = temporaryFolder();
  const db = path.join(folder, 'mirror.db');
  const env = {
    OPTIMIRROR_DB: db,
    OPTIMIZELY_API_BASE: sandbox.url,
    OPTIMIZELY_TOKEN: sandbox.token,
    OPTIMIRROR_RATE: '0',
  };
  return {
    sandbox,
    folder,
    db,
    env,
    start: (...args) => start(args, { env }),
    run: (...args) => run(args, { env }),
  };
}

/** The same, with the mirror pulled. */
export async function pulledWorld(options: SandboxOptions = {}): Promise<World> {
  const world = await createWorld(options);
  const { status, stderr } = await world.run('pull');
  if (status !== 0) throw new Error(stderr);
  return world;
}
