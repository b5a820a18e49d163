/** A life of the program in a simulated world, with everything that the rates let happen meanwhile. */
import { takeLock } from '../../src/db/lock.ts';
import { BusyError, InterruptedError } from '../../src/errors.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import { decideSomething } from './deciding.ts';
import { type End, live, type Task, Violation } from './life.ts';
import { Points } from './points.ts';
import type { Rates } from './rates.ts';
import type { World } from './world.ts';

/** People tire: whoever edits faster than a push can send would keep it at work for ever. */
const diligence = [2, 4, 8, 16];

export async function sync(world: World, random: Random, rates: Rates, task: Task): Promise<End> {
  const { machine, schedule, server } = world;
  const points = new Points((_, point) => {
    const dies = rates.crash > 0 && random() < rates.crash;
    if (dies) world.strike(`crash: ${point}`, crashKind(point));
    return dies;
  });
  let left = pick(random, diligence);
  const { yes = false, onConflict } = task.kind === 'push' ? task.options : {};
  server.allow({ yes, prefersOurs: onConflict === 'ours' });
  world.prefersTheirs = onConflict === 'theirs';
  const writes = server.writes;
  const end = await live(
    {
      ...{ machine, schedule, points, random, rates },
      concurrency: between(random, 1, 4),
      rate: pick(random, [0, 0, 0, 10]),
      token: server.account.token,
      serve: server.serve,
      delivered: server.delivered,
      note: world.note,
      strike: world.strike,
      meanwhile: (stop) => {
        if (left > 0 && meanwhile(world, random, rates, stop)) left--;
      },
      check: () => world.check(),
    },
    task,
  );
  world.count('effects', points.reached.length);
  world.count('requests', points.reached.filter((point) => point.startsWith('send ')).length);
  world.count(`${task.kind}: ${end.how}`);
  if (task.kind !== 'push' || task.options.dryRun)
    if (server.writes > writes) throw new Violation(`a ${task.kind} wrote: ${JSON.stringify(task.options)}`);
  if (random() < 0.1) machine.programEnds();
  return end;
}

/** Where a process died, without what differs from one request to the next. */
function crashKind(point: string): string {
  const [what = ''] = point.split(' ', 1);
  const words = { send: 'before a request', reply: 'before an answer was heard', commit: 'before a commit' }[
    what
  ];
  return `crash ${words ?? 'after a commit'}`;
}

/** What others do between two events of the run; tells whether anybody did anything. */
function meanwhile(world: World, random: Random, rates: Rates, stop: AbortController): boolean {
  let any = false;
  const happens = (name: keyof Rates) => {
    const hit = rates[name] > 0 && random() < rates[name];
    any ||= hit;
    return hit;
  };
  if (happens('colleague')) world.colleague.act(random);
  if (happens('user')) byHand(world, random);
  if (happens('permission')) changeRights(world, random);
  if (happens('clockJump')) jump(world, random);
  if (happens('rival')) rival(world);
  if (happens('interrupt') && !stop.signal.aborted) {
    world.strike('interrupt');
    stop.abort(new InterruptedError());
  }
  return any;
}

/** The clock of the mirror's computer is set. */
function jump({ schedule, strike }: World, random: Random): void {
  schedule.clockError += between(random, -7_200_000, 7_200_000);
  strike(`the clock is ${schedule.clockError} ms wrong`, 'clock jump');
}

/** The user edits, or decides about what waits. What vanishes from the outbox at that, the user made vanish. */
export function byHand(world: World, random: Random): void {
  world.check();
  if (random() < 0.8) world.user.act(random);
  else decideSomething(world, random);
  world.check('user');
}

/** Another process that wants to sync is told at once that somebody is at it. */
function rival(world: World): void {
  world.strike('a second process wants to sync', 'rival');
  try {
    takeLock(world.machine.file, 0).release();
  } catch (error) {
    if (error instanceof BusyError) return;
    throw error;
  }
  throw new Violation('a second process could take the lock');
}

/** A right is taken away, or all come back. */
export function changeRights(world: World, random: Random): void {
  const { account, hidden } = world.server;
  if (random() < 0.4) {
    world.strike('all rights are back', 'rights given back');
    account.allow();
    hidden.clear();
    return;
  }
  const resource = pick(random, ['projects', 'experiments', 'goals'] as const);
  const all = account.list(resource);
  if (all.length === 0) return;
  const path = `${resource}/${pick(random, all).id}`;
  const form = pick(random, ['403', '404']);
  world.strike(`${path} answers ${form}`, `${form} where it was allowed`);
  if (form === '403') account.forbid(path);
  else hidden.add(path);
}
