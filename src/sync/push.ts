/** The push: reads what the API holds, moves the edits onto it, plans, and sends just what the plan says. */
import { concurrencyOf } from '../api/throttle.ts';
import { openDisk } from '../db/disk.ts';
import { outboxRows } from '../db/outbox.ts';
import { closeDeadRuns, finishRun, type RunStatus, startRun } from '../db/runs.ts';
import { prepared } from '../db/statements.ts';
import { guarded } from '../db/transaction.ts';
import { timestamp } from '../effects.ts';
import { InterruptedError } from '../errors.ts';
import { type SyncDeps, spent } from './pull.ts';
import { dryRun } from './push-dry-run.ts';
import { type Plan, planPush } from './push-plan.ts';
import { sendAll } from './push-queue.ts';
import { readAll, unread } from './push-read.ts';
import { takeIn, waitingOperations } from './push-reconcile.ts';
import { failedOf, plannedOf, reportOf } from './push-report.ts';
import {
  answerKey,
  contextOf,
  isAllowed,
  newPush,
  newReadings,
  type Push,
  type PushOptions,
  passes,
} from './push-run.ts';
import type { PushReport } from './report.ts';

export type { OnConflict, PushOptions } from './push-run.ts';

/**
 * What could not be sent is tried again, each time from a fresh read: no write is repeated blindly. The push ends after
 * so many rounds in a row that got nothing further.
 */
const idleRounds = 3;
const firstPauseMs = 500;

/**
 * Sends the outbox. The caller holds the lock. Resolves with the report, also where parts conflicted or failed; rejects
 * with `TokenError` where the API refused the token and `InterruptedError` where the signal aborted. Every success is
 * committed at once. Source: CONTRACT.md, How a push decides.
 */
export async function push(deps: SyncDeps, options: PushOptions = {}): Promise<PushReport> {
  if (options.dryRun) return dryRun(deps, options);
  concurrencyOf(options.concurrency);
  const { db, effects } = deps;
  const runId = guarded(db, () => {
    closeDeadRuns(db);
    const mode = options.strict ? 'strict' : null;
    return startRun(db, { kind: 'push', mode, now: timestamp(effects.clock) });
  });
  const disk = await openDisk(db, effects);
  const run = newPush(deps, options, { runId, disk });
  let status: RunStatus = 'failed';
  let words: string | null = null;
  try {
    await allRounds(run);
    status = failedOf(db, run.unsent).length === 0 ? 'complete' : 'partial';
  } catch (error) {
    // Also where the person who was asked leaves instead of answering.
    const interrupted = options.signal?.aborted === true || error instanceof InterruptedError;
    status = interrupted ? 'interrupted' : 'failed';
    words = error instanceof Error ? error.message : String(error);
    throw interrupted ? new InterruptedError() : error;
  } finally {
    try {
      close(run, status, words);
    } finally {
      await disk.close();
    }
  }
  return reportOf(run, { pushed: run.pushed });
}

async function allRounds(run: Push): Promise<void> {
  const { effects, options, db } = run;
  let idle = 0;
  for (let round = 0; run.again && idle < idleRounds; round++) {
    const pause = firstPauseMs * 2 ** idle * (1 + effects.random() / 2);
    if (round > 0) await effects.clock.sleep(pause, options.signal);
    const before = outboxRows(db).length - run.pushed.length;
    await oneRound(run, round);
    idle = outboxRows(db).length - run.pushed.length < before ? 0 : idle + 1;
  }
}

/** One round: what is known to be lost is settled, the edits move onto the API's state, and the plan is sent. */
async function oneRound(run: Push, round: number): Promise<void> {
  run.again = false;
  run.unsent.clear();
  run.reads = newReadings();
  await lookAtAll(run, round);
  const { operations, standing } = waitingOperations(run);
  const plan = planPush(operations, standing);
  await askAbout(run, plan);
  await sendAll(run, plan);
}

/** Reads and takes in until all has been looked at: what is settled may give creates a parent that can be read. */
async function lookAtAll(run: Push, round: number): Promise<void> {
  for (let pass = 1; pass <= passes; pass++) {
    // What was found to conflict is not read again in the same push.
    const rows = outboxRows(run.db).filter(({ status }) => round === 0 || status !== 'conflict');
    const open = unread(run, rows);
    if (pass > 1 && open.lists.length + open.singles.length === 0) return;
    await readAll(run, rows, open);
    guarded<void>(run.db, () => takeIn(run, contextOf(run), rows));
  }
}

/** A person is asked about everything that can't be taken back, once: what comes up later is asked about by itself. */
async function askAbout(run: Push, plan: Plan): Promise<void> {
  const open = plan.steps.filter((step) => !isAllowed(run, step));
  const unasked = open.filter((step) => !run.answers.has(answerKey(step)));
  if (unasked.length > 0 && run.options.confirm) {
    const answer = await run.options.confirm(unasked.map(plannedOf));
    for (const step of unasked) run.answers.set(answerKey(step), answer);
  }
  run.held = open.filter((step) => !isAllowed(run, step)).map(plannedOf);
}

/** What is still on the wire when a push ends waits, with its intent: the next push looks what became of it. */
function close(run: Push, status: RunStatus, error: string | null): void {
  const { db, effects, api } = run;
  const now = timestamp(effects.clock);
  guarded(db, () => {
    prepared(
      db,
      "UPDATE outbox SET status = 'pending', error = 'no answer came; the next push looks what became of it', updated_at = ? WHERE status = 'in_flight'",
    ).run(now);
    finishRun(db, run.runId, { status, now, ...spent(api, run.before), error });
  });
}
