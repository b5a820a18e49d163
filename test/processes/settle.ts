/** The end of a stress: nothing is left locked, damaged, lost or doubled, and mirror and API are the same. */
import { counts, possible } from './memory.ts';
import { plainly } from './processes.ts';
import { must, type Stress } from './under-way.ts';

const health = `SELECT (SELECT group_concat(integrity_check) FROM pragma_integrity_check),
  (SELECT count(*) FROM outbox), (SELECT count(*) FROM sync_runs WHERE status = 'running')`;

/** Resolves where all of it holds. `originals`: the descriptions before anything was done. */
export async function settle(run: Stress, originals: ReadonlyMap<number, string>): Promise<void> {
  const { world } = run;
  for (const args of [['pull'], ['push', '--yes'], ['pull', '--full'], ['verify']]) {
    const { status, stdout, stderr } = await world.run(...args);
    must(status === 0, `${args.join(' ')} ended with ${status} in the end: ${stdout}${stderr}`);
  }
  const [[whole, waiting, running] = []] = await plainly(world.db, health);
  must(whole === 'ok' && waiting === 0 && running === 0, `${whole}, ${waiting} wait, ${running} still run`);
  expectEdits(run, originals);
  expectGoals(run);
}

/** Every edit that was done is at the API, or one that came after it. */
function expectEdits({ world, memory }: Stress, originals: ReadonlyMap<number, string>): void {
  for (const [id, known] of memory.edited) {
    const description = String(world.sandbox.account.get('variations', id)?.description);
    const may = possible(known, originals.get(id) ?? '');
    must(may.includes(description), `variation ${id} is ${description}, not one of ${may.join(', ')}`);
  }
}

/** What was made is there once, what was deleted is gone, and nothing else came. */
function expectGoals({ world, memory }: Stress): void {
  const there = world.sandbox.account.list('goals').map(({ title }) => String(title));
  for (const [title, known] of memory.made) {
    const count = there.filter((each) => each === title).length;
    must(counts(known).includes(count), `there are ${count} goals ${title}: ${JSON.stringify(known)}`);
  }
}
