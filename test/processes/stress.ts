/** Many processes on one mirror, edits and syncs, with kill -9 among them; and what must hold at every moment and in the end. */
import { seededRandom } from '../../src/sandbox/random.ts';
import { hasShell } from '../shell.ts';
import { Memory } from './memory.ts';
import { plainly, pulledWorld, shell } from './processes.ts';
import { settle } from './settle.ts';
import { type Figures, goesOn, must, perhapsKill, pick, type Stress } from './under-way.ts';
import { createByCommand, createPlainly, editByCommand, editByShell, editPlainly } from './writers.ts';

export type { Figures };

export interface StressOptions {
  readonly seconds: number;
  readonly seed: number;
}

/** A look that anybody may take at any moment: nothing differs from the API's last word but what waits to be pushed. */
const unexplained = `SELECT count(*) FROM variations v JOIN remote_variations r ON r.id = v.id
  WHERE json_extract(r.body, '$.description') IS NOT v.description AND NOT EXISTS (
    SELECT 1 FROM outbox o JOIN outbox_changes c ON c.outbox_id = o.id
    WHERE o.resource = 'variations' AND o.entity_id = v.id AND c.field = 'description')`;

/** Runs it for so many seconds, and resolves with how much was done; rejects where anything failed that must not. */
export async function stress({ seconds, seed }: StressOptions): Promise<Figures> {
  const world = await pulledWorld({ projects: 1, experimentsPerProject: 6, seed });
  world.sandbox.faults.latency = [0, 8];
  const rows = (await plainly(world.db, 'SELECT id, description FROM variations ORDER BY id')) as [
    number,
    string,
  ][];
  const ids = rows.map(([id]) => id);
  const memory = new Memory(ids);
  for (const { title } of world.sandbox.account.list('goals')) memory.create(String(title), true);
  const figures = { edits: 0, creates: 0, deletes: 0, commands: 0, syncs: 0, busy: 0, kills: 0, looks: 0 };
  const run = { world, random: seededRandom(seed), figures, memory, end: Date.now() + seconds * 1000 };
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = ids;
  await Promise.all([
    editPlainly(run, first),
    editPlainly(run, second),
    editByShell(run, third),
    editByCommand(run, fourth),
    editByCommand(run, fifth),
    createPlainly(run),
    createByCommand(run),
    sync(run),
    sync(run),
    look(run),
  ]);
  await settle(run, new Map(rows));
  return figures;
}

/** What one may end with, beside 0 and 6: without a yes, what deletes is held back. */
const syncs: readonly (readonly [held: boolean, ...args: string[]])[] = [
  [false, 'pull'],
  [false, 'pull', '--full'],
  [true, 'push'],
  [false, 'push', '--yes'],
  [true, 'push', '--dry-run'],
];

async function sync(run: Stress): Promise<void> {
  while (goesOn(run)) {
    const [held, ...args] = pick(run, syncs);
    const { status, signal, stderr, stdout } = await perhapsKill(run, run.world.start(...args), 0.4, 600);
    must(
      status === 0 || status === 6 || (held && status === 3) || signal === 'SIGKILL',
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
  const { world, figures } = run;
  while (goesOn(run)) {
    const [[count] = []] = await plainly(world.db, unexplained);
    must(count === 0, `${count} variations differ from what the API said, and nothing waits for them`);
    const { status, stderr } = await world.run(...pick(run, looks));
    must(status === 0, `a look ended with ${status}: ${stderr}`);
    figures.looks += 2;
    if (!hasShell) continue;
    const health = await shell(world.db, 'PRAGMA quick_check;').ended;
    must(health.stdout === 'ok\n', `the shell reads ${health.stdout}${health.stderr}`);
    figures.looks++;
  }
}
