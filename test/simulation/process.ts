/** One life of the program on the mirror: it opens the file, takes the lock, syncs, and may die at any point. */
import { createApi } from '../../src/api/api.ts';
import { Connection } from '../../src/api/connection.ts';
import { memoryBudget, Throttle } from '../../src/api/throttle.ts';
import { takeLock } from '../../src/db/lock.ts';
import type { Effects } from '../../src/effects.ts';
import { BusyError, InterruptedError, TokenError } from '../../src/errors.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import { type PullOptions, pull, type SyncDeps } from '../../src/sync/pull.ts';
import { type PushOptions, push } from '../../src/sync/push.ts';
import type { PullReport, PushReport } from '../../src/sync/report.ts';
import { decideSomething } from './deciding.ts';
import { Network } from './network.ts';
import { Crash, Points } from './points.ts';
import type { Rates } from './rates.ts';
import { turn } from './schedule.ts';
import { Violation, type World } from './world.ts';

export type Task =
  | { readonly kind: 'pull'; readonly options: PullOptions }
  | { readonly kind: 'push'; readonly options: PushOptions };

/** How a life ended. */
export type End =
  | { readonly how: 'pulled'; readonly report: PullReport }
  | { readonly how: 'pushed'; readonly report: PushReport }
  | { readonly how: 'died' | 'interrupted' | 'refused' };

/** More events than any run needs: one that goes on beyond them hangs. */
const patience = 20_000;

/** Runs a task to its end, whatever that is, with everything that the rates let happen meanwhile. */
export async function live(world: World, random: Random, rates: Rates, task: Task): Promise<End> {
  const { schedule } = world;
  const points = new Points((_, point) => {
    const dies = rates.crash > 0 && random() < rates.crash;
    if (dies) world.note(`crash: ${point}`);
    return dies;
  });
  const db = world.mirror;
  world.points = points;
  const lock = takeLock(world.file);
  const stop = new AbortController();
  const effects: Effects = { clock: schedule.clock, random };
  const network = new Network({ random, rates, schedule, points, serve: world.server.serve, note: world.strike });
  const throttle = new Throttle({
    concurrency: between(random, 1, 4),
    budget: memoryBudget(pick(random, [0, 0, 0, 10]), effects.clock),
  });
  const api = createApi(new Connection({ transport: network, throttle, effects }));
  world.note(`${task.kind} ${JSON.stringify(task.options)}`);
  let ended: { end: End } | { error: unknown } | undefined;
  run({ db, api, effects }, task, stop.signal).then(
    (end) => {
      ended = { end };
    },
    (error: unknown) => {
      ended = { error };
    },
  );
  try {
    for (let events = 0; ; events++) {
      await turn();
      if (points.dead) return died(world, random);
      if (ended) break;
      if (events > patience) throw new Violation(`the ${task.kind} does not end`);
      if (schedule.ready().length === 0) throw new Violation(`the ${task.kind} hangs: it waits for nothing`);
      meanwhile(world, random, rates, stop);
      fireOne(world, random);
      if (!points.dead) world.check();
    }
  } finally {
    world.count('effects', points.reached.length);
    schedule.forget();
    world.points = null;
    if (points.dead || random() < 0.1) world.closeMirror();
    lock.release();
  }
  return endOf(world, ended);
}

async function run(deps: SyncDeps, task: Task, signal: AbortSignal): Promise<End> {
  if (task.kind === 'pull') return { how: 'pulled', report: await pull(deps, { ...task.options, signal }) };
  return { how: 'pushed', report: await push(deps, { ...task.options, signal }) };
}

function endOf(world: World, ended: { end: End } | { error: unknown }): End {
  if ('end' in ended) {
    world.note(`ended: ${ended.end.how}`);
    return ended.end;
  }
  const { error } = ended;
  world.note(`ended: ${error}`);
  if (error instanceof InterruptedError) return { how: 'interrupted' };
  if (error instanceof TokenError) return { how: 'refused' };
  throw error;
}

/** The process is gone: what it had on the wire arrives or does not, and nobody hears the answers. */
function died(world: World, random: Random): End {
  world.count('crash');
  for (const { kind, fire } of world.schedule.forget()) {
    if (kind !== 'request' || random() < 0.5) continue;
    try {
      fire();
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
  world.schedule.forget();
  return { how: 'died' };
}

function fireOne(world: World, random: Random): void {
  const ready = world.schedule.ready();
  // An interrupt may just have ended all that was under way.
  if (ready.length === 0) return;
  const chosen = pick(random, ready);
  world.note(`${chosen.kind} ${chosen.label}`);
  try {
    world.schedule.fire(chosen);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

/** What others do between two events of the run. */
function meanwhile(world: World, random: Random, rates: Rates, stop: AbortController): void {
  const happens = (name: keyof Rates) => {
    const hit = rates[name] > 0 && random() < rates[name];
    if (hit) world.count(name);
    return hit;
  };
  if (happens('colleague')) world.colleague.act(random);
  if (happens('user')) handOf(world, random);
  if (happens('permission')) changeRights(world, random);
  if (happens('clockJump')) world.schedule.clockError += between(random, -7_200_000, 7_200_000);
  if (happens('rival')) rival(world);
  if (happens('interrupt') && !stop.signal.aborted) {
    world.note('interrupt');
    stop.abort(new InterruptedError());
  }
}

/** The user edits, or decides about what waits. */
export function handOf(world: World, random: Random): void {
  if (random() < 0.8) world.user.act(random);
  else decideSomething(world, random);
}

/** Another process that wants to sync is told at once that somebody is at it. */
function rival(world: World): void {
  try {
    takeLock(world.file).release();
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
    world.note('all rights are back');
    account.allow();
    hidden.clear();
    return;
  }
  const resource = pick(random, ['projects', 'experiments', 'goals'] as const);
  const all = account.list(resource);
  if (all.length === 0) return;
  const path = `${resource}/${pick(random, all).id}`;
  const form = pick(random, ['403', '404']);
  world.note(`${path} answers ${form}`);
  if (form === '403') account.forbid(path);
  else hidden.add(path);
}
