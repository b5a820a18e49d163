/** The writers of a stress: plain SQLite clients, the `sqlite3` shell, the program's commands; each is killed now and then. */

import { hasShell } from '../shell.ts';
import { saidBy } from './memory.ts';
import { plainly, shell, startPlain } from './processes.ts';
import { goesOn, must, perhapsKill, pick, type Stress } from './under-way.ts';

export async function editPlainly(run: Stress, id: number): Promise<void> {
  const sql = `UPDATE variations SET description = ? WHERE id = ${id}`;
  for (let round = 1; goesOn(run); round++)
    for (const { value, done } of await plainWriter(run, sql, `plain-${id}-${round}`, 400)) {
      run.memory.edit(id, value, done);
      if (done) run.figures.edits++;
    }
}

export async function createPlainly(run: Stress): Promise<void> {
  const sql =
    "INSERT INTO goals (project_id, title, goal_type, event) SELECT min(id), ?, 1, 'click' FROM projects";
  for (let round = 1; goesOn(run); round++)
    for (const { value, done } of await plainWriter(run, sql, `plain-${round}`, 3)) {
      run.memory.create(value, done);
      if (done) run.figures.creates++;
    }
}

async function plainWriter(run: Stress, sql: string, prefix: string, count: number) {
  const running = startPlain(run.world.db, 'repeat', sql, prefix, String(count));
  const { status, signal, stdout, stderr } = await perhapsKill(run, running, 0.5, 800);
  must(status === 0 || signal === 'SIGKILL', `a plain writer failed: ${stderr}`);
  return saidBy(stdout);
}

export async function editByShell(run: Stress, id: number): Promise<void> {
  for (let round = 1; goesOn(run); round++) {
    const value = `shell-${id}-${round}`;
    const done = await shellWriter(run, `UPDATE variations SET description = '${value}' WHERE id = ${id};`);
    run.memory.edit(id, value, done);
    if (done) run.figures.edits++;
  }
}

/** Deletes one goal that is known at the API by now; what is still on its way there would leave a question to a person. */
async function deleteByShell(run: Stress): Promise<void> {
  const title = pick(run, run.memory.standing());
  const one = `SELECT count(*) = 1 AND min(id) > 0 FROM goals WHERE title = '${title}'`;
  const [[isThere] = []] = await plainly(run.world.db, one);
  if (isThere !== 1) return;
  const done = await shellWriter(run, `DELETE FROM goals WHERE title = '${title}';`);
  run.memory.delete(title, done);
  if (done) run.figures.deletes++;
}

/** Where there is no shell, another plain client does it. */
async function shellWriter(run: Stress, sql: string): Promise<boolean> {
  const { db } = run.world;
  const running = hasShell ? shell(db, sql) : startPlain(db, 'run', sql);
  const { status, signal, stderr } = await perhapsKill(run, running, 0.2, 20);
  must(status === 0 || signal === 'SIGKILL', `the shell failed: ${stderr}`);
  return status === 0;
}

export async function editByCommand(run: Stress, id: number): Promise<void> {
  for (let round = 1; goesOn(run); round++) {
    const value = `command-${id}-${round}`;
    const done = await command(run, 'edit', 'variations', String(id), `description=${value}`);
    run.memory.edit(id, value, done);
    if (done) run.figures.edits++;
  }
}

/** Now and then one is deleted in turn. */
export async function createByCommand(run: Stress): Promise<void> {
  const [project] = run.world.sandbox.account.list('projects');
  for (let round = 1; goesOn(run); round++) {
    const title = `command-${round}`;
    const fields = [`project_id=${project?.id}`, `title=${title}`, 'goal_type=1', 'event=click'];
    const done = await command(run, 'create', 'goals', ...fields);
    run.memory.create(title, done);
    if (done) run.figures.creates++;
    await deleteByShell(run);
  }
}

async function command(run: Stress, ...args: string[]): Promise<boolean> {
  const { status, signal, stderr } = await perhapsKill(run, run.world.start(...args), 0.3, 300);
  must(status === 0 || signal === 'SIGKILL', `${args.join(' ')} ended with ${status}: ${stderr}`);
  run.figures.commands++;
  return status === 0;
}
