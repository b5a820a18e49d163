/** One life of the program: it takes the lock and syncs, and may die at any point. */
import { createApi } from '../../src/api/api.ts';
import { Connection } from '../../src/api/connection.ts';
import { redactor } from '../../src/api/redact.ts';
import { memoryBudget, Throttle } from '../../src/api/throttle.ts';
import type { WireRequest, WireResponse } from '../../src/api/transport.ts';
import { takeLock } from '../../src/db/lock.ts';
import type { Effects } from '../../src/effects.ts';
import { InterruptedError, TokenError } from '../../src/errors.ts';
import { pick, type Random } from '../../src/sandbox/random.ts';
import { type PullOptions, pull, type SyncDeps } from '../../src/sync/pull.ts';
import { type PushOptions, push } from '../../src/sync/push.ts';
import type { PullReport, PushReport, VerifyReport } from '../../src/sync/report.ts';
import { type VerifyOptions, verify } from '../../src/sync/verify.ts';
import type { Machine } from './machine.ts';
import { Network } from './network.ts';
import { Crash, type Points } from './points.ts';
import type { Rates } from './rates.ts';
import { type Schedule, turn } from './schedule.ts';

export type Task =
  | { readonly kind: 'pull'; readonly options: PullOptions }
  | { readonly kind: 'push'; readonly options: PushOptions }
  | { readonly kind: 'verify'; readonly options: VerifyOptions };

/** How a life ended. */
export type End =
  | { readonly how: 'pulled'; readonly report: PullReport }
  | { readonly how: 'pushed'; readonly report: PushReport }
  | { readonly how: 'verified'; readonly report: VerifyReport }
  | { readonly how: 'died' | 'interrupted' | 'refused' };

/** What is wrong, found after a step. */
export class Violation extends Error {}

export interface Surroundings {
  readonly machine: Machine;
  readonly schedule: Schedule;
  readonly points: Points;
  readonly random: Random;
  readonly rates: Rates;
  readonly concurrency: number;
  /** What must never be written down. */
  readonly token: string;
  /** Requests a second; 0 for no limit. */
  readonly rate: number;
  readonly serve: (request: WireRequest) => WireResponse | null;
  /** An answer reaches the program whole, and as the API gave it. */
  readonly delivered?: (request: WireRequest, response: WireResponse) => void;
  readonly note: (words: string) => void;
  readonly strike: (fault: string) => void;
  /** Before each event of the run; may ask it to stop. */
  readonly meanwhile: (stop: AbortController) => void;
  /** After each event of the run. */
  readonly check: () => void;
}

/** More events than any run needs: one that goes on beyond them hangs. */
const patience = 20_000;

/** Runs a task to its end, whatever that is. */
export async function live(around: Surroundings, task: Task): Promise<End> {
  const { machine, points, schedule } = around;
  const db = machine.mirror;
  const lock = takeLock(machine.file);
  machine.points = points;
  const stop = new AbortController();
  around.note(`${task.kind} ${JSON.stringify(task.options)}`);
  const run = watched(runTask(depsOf(around, db), task, stop.signal));
  try {
    for (let events = 0; ; events++) {
      await turn();
      if (points.dead) return died(around);
      if (run.ended) break;
      if (events > patience) throw new Violation(`the ${task.kind} does not end`);
      if (schedule.ready().length === 0) throw new Violation(`the ${task.kind} hangs: it waits for nothing`);
      around.meanwhile(stop);
      fireOne(around);
      if (!points.dead) around.check();
    }
  } finally {
    schedule.forget();
    machine.points = null;
    if (points.dead) machine.programEnds();
    lock.release();
  }
  const end = endOf(around, run.ended);
  if (JSON.stringify(end).includes(around.token)) throw new Violation('the token is in a report');
  return end;
}

function depsOf(
  { schedule, random, concurrency, rate, token, ...rest }: Surroundings,
  db: SyncDeps['db'],
): SyncDeps {
  // To reach the disk takes its time, as everything does; what a power cut does is not what is simulated.
  const log = { flush: () => schedule.clock.sleep(0), close: async () => {} };
  const effects: Effects = { clock: schedule.clock, random, openFile: async () => log };
  const transport = new Network({ schedule, random, delivered: () => {}, ...rest });
  const throttle = new Throttle({ concurrency, budget: memoryBudget(rate, effects.clock) });
  const connection = new Connection({ transport, throttle, effects, redact: redactor(token) });
  return { db, effects, api: createApi(connection) };
}

async function runTask(deps: SyncDeps, task: Task, signal: AbortSignal): Promise<End> {
  if (task.kind === 'pull') return { how: 'pulled', report: await pull(deps, { ...task.options, signal }) };
  if (task.kind === 'verify')
    return { how: 'verified', report: await verify(deps, { ...task.options, signal }) };
  return { how: 'pushed', report: await push(deps, { ...task.options, signal }) };
}

type Ended = { readonly end: End } | { readonly error: unknown };

/** A promise whose end can be looked at; nobody minds how it ends after its process has died. */
function watched(promise: Promise<End>): { ended: Ended | undefined } {
  const state: { ended: Ended | undefined } = { ended: undefined };
  promise.then(
    (end) => {
      state.ended = { end };
    },
    (error: unknown) => {
      state.ended = { error };
    },
  );
  return state;
}

function endOf({ note, token }: Surroundings, ended: Ended): End {
  if ('end' in ended) {
    note(`ended: ${ended.end.how}`);
    return ended.end;
  }
  const { error } = ended;
  if (String((error as Error).stack).includes(token)) throw new Violation('the token is in an error');
  note(`ended: ${error}`);
  if (error instanceof InterruptedError) return { how: 'interrupted' };
  if (error instanceof TokenError) return { how: 'refused' };
  throw error;
}

/** The process is gone: what it had on the wire arrives or does not, and nobody hears the answers. */
function died({ schedule, random, note }: Surroundings): End {
  note('died');
  for (const { kind, fire } of schedule.forget()) if (kind === 'request' && random() < 0.5) unlessDead(fire);
  schedule.forget();
  return { how: 'died' };
}

function fireOne({ schedule, random, note }: Surroundings): void {
  const ready = schedule.ready();
  // An interrupt may just have ended all that was under way.
  if (ready.length === 0) return;
  const chosen = pick(random, ready);
  note(`${chosen.kind} ${chosen.label}`);
  unlessDead(() => schedule.fire(chosen));
}

function unlessDead(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}
