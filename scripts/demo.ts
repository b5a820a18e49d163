/** The demo: the whole product on the bundled sandbox, command by command, checked against the server at the end. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startSandbox } from '../src/sandbox/index.ts';

const program = path.resolve(import.meta.dirname, '../bin/optimirror.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-demo-'));
const db = path.join(folder, 'demo.db');
// The sandbox's clock stands still, so that its results grow when the demo says so and not in between.
const now = Date.now();
const sandbox = await startSandbox({ seed: 7, projects: 3, experimentsPerProject: 8, now: () => now });
const env = {
  ...process.env,
  OPTIMIRROR_DB: db,
  OPTIMIZELY_API_BASE: sandbox.url,
  OPTIMIZELY_TOKEN: sandbox.token,
  OPTIMIRROR_RATE: '0',
};

const say = (text = '') => process.stdout.write(`${text}\n`);
const title = (text: string) => say(`\n── ${text} ${'─'.repeat(Math.max(0, 74 - text.length))}\n`);
/** As a person would type it: in the quotes that the argument does not have. */
const quoted = (arg: string) => {
  if (!/[^\w=/.:-]/.test(arg)) return arg;
  return /["$`\\]/.test(arg) ? `'${arg.replaceAll("'", "'\\''")}'` : `"${arg}"`;
};

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
}

/**
 * Runs the program as a user would; the sandbox answers from this process, so that one must not block. What is shown goes
 * straight to where the demo itself prints, so that it fits the terminal.
 */
function run(args: readonly string[], stdout: 'inherit' | 'pipe'): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', stdout, 'inherit'] });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    child.on('error', reject).on('close', (status) => resolve({ status, stdout: printed }));
  });
}

/** Shows a command and what it prints, and insists on its exit status. */
async function show(args: readonly string[], wanted = 0): Promise<void> {
  say(`$ optimirror ${args.map(quoted).join(' ')}`);
  const { status } = await run(args, 'inherit');
  say();
  check(status === wanted, `optimirror ${args[0]} ended with ${status}, not ${wanted}`);
}

async function json<T>(args: readonly string[]): Promise<T> {
  return JSON.parse((await run([...args, '--json'], 'pipe')).stdout) as T;
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`the demo failed: ${otherwise}`);
}

interface Experiment {
  readonly id: number;
  readonly project_id: number;
  readonly description: string;
}

async function pullAndLook(): Promise<Experiment[]> {
  title('A whole account flows into one SQLite file');
  await show(['pull']);
  title('Answers come at once, offline');
  await show([
    'sql',
    'SELECT status, count(*) AS experiments FROM experiments GROUP BY status ORDER BY 2 DESC',
  ]);
  await show(['list', 'experiments', '--where', "status = 'Running'", '--limit', '5']);
  return json<Experiment[]>([
    'list',
    'experiments',
    '--where',
    "status = 'Paused' AND experiment_type = 'ab'",
  ]);
}

/** The moment up to which nothing had changed; the mirror remembers what everything was like then. */
let beforeTheChanges = '';

async function changesOnTheServer([first, second]: readonly Experiment[]): Promise<void> {
  beforeTheChanges = new Date().toISOString();
  title('Things change on the server; the next pull finds just those');
  sandbox.account.update('experiments', first?.id ?? 0, { description: 'Renamed by a colleague' });
  sandbox.account.update('experiments', second?.id ?? 0, { activation_mode: 'manual' });
  await show(['pull']);
  await show([
    'sql',
    "SELECT resource, entity_id, field, old_value, new_value FROM changes WHERE field <> 'last_modified'",
  ]);
}

/** Plain SQL by the `sqlite3` shell where there is one: any client can edit. */
async function editByShell(sql: string): Promise<void> {
  say(`$ sqlite3 demo.db ${quoted(sql)}`);
  const { error, status, stderr } = spawnSync('sqlite3', [db, sql], { encoding: 'utf8' });
  if (error) say('  (no sqlite3 shell on this machine: the same statement goes through the library)');
  else check(status === 0, stderr);
  if (error) await editByLibrary(sql);
  say();
}

async function editByLibrary(sql: string): Promise<void> {
  const { default: Sqlite } = await import('better-sqlite3');
  const plain = new Sqlite(db);
  plain.exec(sql);
  plain.close();
}

async function editOffline([, second, third, fourth]: readonly Experiment[]): Promise<void> {
  title('Edits are made offline: by SQL, and by the command line');
  await editByShell(`UPDATE experiments SET custom_css = '.buy { color: green }' WHERE id = ${second?.id}`);
  await show(['edit', 'experiments', String(third?.id), 'description=Our name for it']);
  await show([
    'create',
    'experiments',
    `project_id=${fourth?.project_id}`,
    'description=Free returns banner',
    'edit_url=https://shop.example/cart',
  ]);
  await show(['outbox', 'diff']);
}

async function pushWithConflict([, second, third]: readonly Experiment[]): Promise<number> {
  title('A colleague edits the same ones: one merges, one is for us to decide');
  sandbox.account.update('experiments', second?.id ?? 0, { description: 'Their name, another field' });
  sandbox.account.update('experiments', third?.id ?? 0, { description: 'Their name for it' });
  await show(['push', '--dry-run'], 3);
  await show(['push'], 3);
  await show(['conflicts']);
  const [conflict] = await json<{ id: number }[]>(['conflicts']);
  check(conflict !== undefined, 'there is no conflict');
  return conflict?.id ?? 0;
}

async function resolveAndPush(conflict: number): Promise<void> {
  title('We decide, and push again');
  await show(['resolve', String(conflict), '--set', 'description=The name we agreed on']);
  await show(['push']);
}

async function serverAgrees([, second, third]: readonly Experiment[]): Promise<void> {
  title('The server agrees');
  const merged = sandbox.account.get('experiments', second?.id ?? 0);
  const decided = sandbox.account.get('experiments', third?.id ?? 0);
  check(merged?.custom_css === '.buy { color: green }', 'our CSS did not arrive');
  check(merged?.description === 'Their name, another field', "the colleague's name was lost");
  check(decided?.description === 'The name we agreed on', 'the decision did not arrive');
  const made = sandbox.account
    .list('experiments')
    .filter(({ description }) => description === 'Free returns banner');
  check(made.length === 1, `the new experiment is there ${made.length} times`);
  say(`experiment ${second?.id}: their name and our CSS, merged`);
  say(`experiment ${third?.id}: "${String(decided?.description)}"`);
  say(`experiment ${String(made[0]?.id)}: made offline, created once\n`);
  await show(['pull']);
  const { outbox } = await json<{ outbox: Record<string, number> }>(['status']);
  check(
    Object.values(outbox).every((count) => count === 0),
    'something still waits',
  );
  await show(['status']);
}

async function report([first]: readonly Experiment[]): Promise<void> {
  title('And what is asked every day has a report');
  await show(['report', 'overview', '--limit', '8']);
  await show(['report', 'changes', '--since', '1h']);
  const it = ['--where', `id = ${first?.id}`, '--columns', 'id,description,status'];
  await show(['list', 'experiments', ...it]);
  await show(['list', 'experiments', ...it, '--as-of', beforeTheChanges]);
}

try {
  say('optimirror, from end to end, on the bundled sandbox.');
  const paused = await pullAndLook();
  check(paused.length >= 4, 'the sandbox has too few paused experiments');
  await changesOnTheServer(paused);
  await editOffline(paused);
  const conflict = await pushWithConflict(paused);
  await resolveAndPush(conflict);
  await serverAgrees(paused);
  await report(paused);
  title('Done');
  say(
    `An account of ${sandbox.account.list('projects').length} projects was pulled, edited offline, merged and pushed.`,
  );
  say(`The mirror is ${db}`);
  say(`Look into it with: sqlite3 ${db}`);
} finally {
  await sandbox.close();
}
