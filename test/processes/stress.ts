/** Many processes on one mirror, edits and syncs, with kill -9 among them; and what must hold at every moment and in the end. */
import { spawn, spawnSync } from 'node:child_process';
import { type Random, seededRandom } from '../../src/sandbox/random.ts';
import { plainly, pulledWorld, type Result, type Running, startPlain, type World } from './processes.ts';

export interface Figures {
  /** Edits that their writers were told are done. */
  edits: number;
  commands: number;
  syncs: number;
  /** Syncs that another one kept from beginning. */
  busy: number;
  kills: number;
  looks: number;
}

export interface StressOptions {
  readonly seconds: number;
  readonly seed: number;
}

interface Stress {
  readonly world: World;
  readonly random: Random;
  readonly figures: Figures;
  /** Milliseconds since 1970 when no more is begun. */
  readonly end: number;
}

/** What one writer knows of its variation: the last value that is surely there, and those that may be. */
interface Known {
  readonly id: number;
  sure: string | null;
  perhaps: string[];
}

/** A look that anybody may take at any moment: nothing differs from the API's last word but what waits to be pushed. */
const unexplained = `SELECT count(*) FROM variations v JOIN remote_variations r ON r.id = v.id
  WHERE json_extract(r.body, '$.description') IS NOT v.description AND NOT EXISTS (
    SELECT 1 FROM outbox o JOIN outbox_changes c ON c.outbox_id = o.id
    WHERE o.resource = 'variations' AND o.entity_id = v.id AND c.field = 'description')`;

const hasShell = spawnSync('sqlite3', ['--version']).status === 0;

/** Runs it for so many seconds, and resolves with how much was done; rejects where anything failed that must not. */
export async function stress({ seconds, seed }: StressOptions): Promise<Figures> {
  const world = await pulledWorld({ projects: 1, experimentsPerProject: 6, seed });
  world.sandbox.faults.latency = [0, 8];
  const figures: Figures = { edits: 0, commands: 0, syncs: 0, busy: 0, kills: 0, looks: 0 };
  const run: Stress = { world, random: seededRandom(seed), figures, end: Date.now() + seconds * 1000 };
  const ids = (await plainly(world.db, 'SELECT id FROM variations ORDER BY id')).flat() as number[];
  const known = ids.slice(0, 5).map((id): Known => ({ id, sure: null, perhaps: [] }));
  const [first, second, third, fourth, fifth] = known as [Known, Known, Known, Known, Known];
  await Promise.all([
    writePlainly(run, first),
    writePlainly(run, second),
    writeByShell(run, third),
    writeByCommand(run, fourth),
    writeByCommand(run, fifth),
    sync(run),
    sync(run),
    look(run),
  ]);
  await settle(run, known);
  return figures;
}

const goesOn = ({ end }: Stress) => Date.now() < end;
const pick = <T>({ random }: Stress, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

/** Ends the process before its time, so often; the moment is anybody's guess. */
async function perhapsKill(run: Stress, running: Running, often: number, within: number): Promise<Result> {
  if (run.random() >= often) return running.ended;
  const delay = new Promise<void>((resolve) => setTimeout(resolve, run.random() * within));
  await Promise.race([delay, running.ended]);
  const result = await running.kill();
  if (result.signal === 'SIGKILL') run.figures.kills++;
  return result;
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** What a writer said is what is known: a value that it tried and did not report may be there or not. */
function learn(run: Stress, known: Known, said: string): void {
  for (const [, word, value = ''] of said.matchAll(/^(try|done) (.+)$/gm)) {
    if (word === 'try') {
      known.perhaps.push(value);
      continue;
    }
    known.sure = value;
    known.perhaps = [];
    run.figures.edits++;
  }
}

async function writePlainly(run: Stress, known: Known): Promise<void> {
  for (let round = 1; goesOn(run); round++) {
    const args = ['variations', String(known.id), 'description', `plain-${known.id}-${round}`, '400'];
    const { status, signal, stdout, stderr } = await perhapsKill(
      run,
      startPlain(run.world.db, 'edit', ...args),
      0.5,
      800,
    );
    must(status === 0 || signal === 'SIGKILL', `a plain writer failed: ${stderr}`);
    learn(run, known, stdout);
  }
}

/** The `sqlite3` shell where there is one, as people use it. */
async function writeByShell(run: Stress, known: Known): Promise<void> {
  for (let round = 1; hasShell && goesOn(run); round++) {
    const value = `shell-${known.id}-${round}`;
    const child = spawn('sqlite3', ['-bail', '-cmd', '.timeout 30000', run.world.db], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let problem = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problem += text;
    });
    child.stdin.end(`UPDATE variations SET description = '${value}' WHERE id = ${known.id};\n`);
    const status = await new Promise((resolve) => child.on('close', resolve));
    must(status === 0, `the shell failed: ${problem}`);
    learn(run, known, `done ${value}`);
  }
}

async function writeByCommand(run: Stress, known: Known): Promise<void> {
  for (let round = 1; goesOn(run); round++) {
    const value = `command-${known.id}-${round}`;
    const running = run.world.start('edit', 'variations', String(known.id), `description=${value}`);
    const { status, signal, stderr } = await perhapsKill(run, running, 0.3, 300);
    must(status === 0 || signal === 'SIGKILL', `edit ended with ${status}: ${stderr}`);
    learn(run, known, `try ${value}\n${status === 0 ? `done ${value}` : ''}`);
    run.figures.commands++;
  }
}

const syncs: readonly (readonly string[])[] = [
  ['pull'],
  ['pull', '--full'],
  ['push'],
  ['push', '--yes'],
  ['push', '--dry-run'],
];

async function sync(run: Stress): Promise<void> {
  while (goesOn(run)) {
    const args = pick(run, syncs);
    const { status, signal, stderr, stdout } = await perhapsKill(run, run.world.start(...args), 0.4, 600);
    must(
      status === 0 || status === 6 || signal === 'SIGKILL',
      `${args.join(' ')} ended with ${status}: ${stdout}${stderr}`,
    );
    run.figures.syncs++;
    if (status === 6) run.figures.busy++;
  }
}

const looks: readonly (readonly string[])[] = [
  ['status'],
  ['outbox', '--json'],
  ['list', 'variations'],
  ['sql', unexplained, '--json'],
];

async function look(run: Stress): Promise<void> {
  while (goesOn(run)) {
    const [[count] = []] = await plainly(run.world.db, unexplained);
    must(count === 0, `${count} variations differ from what the API said, and nothing waits for them`);
    const { status, stderr } = await run.world.run(...pick(run, looks));
    must(status === 0, `a look ended with ${status}: ${stderr}`);
    run.figures.looks += 2;
  }
}

/** Nothing is left locked, damaged or lost: every edit that was done is at the API in the end. */
async function settle(run: Stress, known: readonly Known[]): Promise<void> {
  const { world } = run;
  for (const args of [['pull'], ['push', '--yes'], ['pull', '--full'], ['verify']]) {
    const { status, stdout, stderr } = await world.run(...args);
    must(status === 0, `${args.join(' ')} ended with ${status} in the end: ${stdout}${stderr}`);
  }
  const [[health, waiting, running] = []] = await plainly(
    world.db,
    "SELECT (SELECT * FROM pragma_integrity_check), (SELECT count(*) FROM outbox), (SELECT count(*) FROM sync_runs WHERE status = 'running')",
  );
  must(health === 'ok' && waiting === 0 && running === 0, `${health}, ${waiting} wait, ${running} still run`);
  for (const { id, sure, perhaps } of known) {
    const description = world.sandbox.account.get('variations', id)?.description;
    const possible = [...(sure === null ? [] : [sure]), ...perhaps];
    must(
      possible.length === 0 ||
        (perhaps.length > 0 && sure === null) ||
        possible.includes(String(description)),
      `variation ${id} is ${description}, not one of ${possible.join(', ')}`,
    );
  }
}
