/** The push: reads what the API holds, moves the edits onto it, plans, and sends just what the plan says. */

import { outboxRows } from '../db/outbox.ts';
import { closeDeadRuns, finishRun, type RunStatus, startRun } from '../db/runs.ts';
import { guarded } from '../db/transaction.ts';
import { timestamp } from '../effects.ts';
import { InterruptedError } from '../errors.ts';
import { type SyncDeps, spent } from './pull.ts';
import { type Plan, planPush, type Step } from './push-plan.ts';
import { readForPush } from './push-read.ts';
import { reconcile, settleLost, waitingOperations } from './push-reconcile.ts';
import { conflictsOf, failedOf, plannedOf } from './push-report.ts';
import { claimAll, type Push, sendAll } from './push-send.ts';
import type { Planned, PushReport } from './report.ts';

export type OnConflict = 'manual' | 'ours' | 'theirs';

export interface PushOptions {
  readonly dryRun?: boolean;
  /** Sends what can't be taken back without asking. */
  readonly yes?: boolean;
  readonly onConflict?: OnConflict;
  readonly strict?: boolean;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Asks a person whether to send what can't be taken back. Without it, and without `yes`, that is held. */
  readonly confirm?: (held: readonly Planned[]) => Promise<boolean>;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
}

/**
 * What could not be sent is tried again, each time from a fresh read: no write is repeated blindly. The push ends after
 * so many rounds in a row that got nothing further.
 */
const idleRounds = 3;

/**
 * Sends the outbox. The caller holds the lock. Resolves with the report, also where parts conflicted or failed; rejects
 * with `TokenError` where the API refused the token and `InterruptedError` where the signal aborted. Every success is
 * committed at once. Source: CONTRACT.md, How a push decides.
 */
export async function push(deps: SyncDeps, options: PushOptions = {}): Promise<PushReport> {
  if (options.dryRun) return dryRun(deps, options);
  const { db, effects } = deps;
  const now = timestamp(effects.clock);
  const runId = guarded(db, () => {
    closeDeadRuns(db, now);
    return startRun(db, { kind: 'push', mode: options.strict ? 'strict' : null, now });
  });
  const run: Push = newPush(deps, options, runId);
  let status: RunStatus = 'failed';
  let words: string | null = null;
  try {
    await allRounds(run);
    status = failedOf(db, run.unsent).length === 0 ? 'complete' : 'partial';
  } catch (error) {
    const interrupted = options.signal?.aborted === true;
    status = interrupted ? 'interrupted' : 'failed';
    words = error instanceof Error ? error.message : String(error);
    throw interrupted ? new InterruptedError() : error;
  } finally {
    guarded(db, () =>
      finishRun(db, runId, {
        status,
        now: timestamp(effects.clock),
        ...spent(deps.api, run.before),
        error: words,
      }),
    );
  }
  return reportOf(run, { pushed: run.pushed });
}

async function allRounds(run: Push): Promise<void> {
  const { effects, options, db } = run;
  let idle = 0;
  let waiting = Number.POSITIVE_INFINITY;
  for (let round = 0; run.again && idle < idleRounds; round++) {
    if (round > 0) await effects.clock.sleep(500 * 2 ** idle * (1 + effects.random() / 2), options.signal);
    await oneRound(run, round);
    const now = outboxRows(db).length;
    idle = now < waiting ? 0 : idle + 1;
    waiting = now;
  }
}

function newPush(deps: SyncDeps, options: PushOptions, runId: number | null): Push {
  return {
    ...deps,
    options,
    runId: runId ?? 0,
    before: { ...deps.api.counters },
    pushed: [],
    notices: [],
    held: [],
    unsent: new Map(),
    allowed: options.yes ? true : undefined,
    again: true,
  };
}

function contextOf(run: Push) {
  return { db: run.db, runId: run.runId, now: timestamp(run.effects.clock), recordChanges: true };
}

/** One round: what is known to be lost is settled, the edits move onto the API's state, and the plan is sent. */
async function oneRound(run: Push, round: number): Promise<void> {
  run.again = false;
  run.unsent.clear();
  await claimAll(run);
  // What was found to conflict is not read again in the same push.
  const rows = outboxRows(run.db).filter(({ status }) => round === 0 || status !== 'conflict');
  const reads = await readForPush(run, rows);
  guarded(run.db, () => {
    const context = contextOf(run);
    run.pushed.push(...settleLost(context, reads, run.notices));
    reconcile(context, reads, run.options, run.unsent);
  });
  await claimAll(run);
  const { operations, standing } = waitingOperations(run.db, run.unsent);
  const plan = planPush(operations, standing);
  await askAbout(run, plan);
  await sendAll(run, plan, reads);
}

/** A person is asked once, for everything that can't be taken back. */
async function askAbout(run: Push, plan: Plan): Promise<void> {
  const held = plan.steps.filter(({ irreversible }) => irreversible !== null);
  if (run.allowed === undefined && held.length > 0 && run.options.confirm) {
    run.allowed = await run.options.confirm(held.map(plannedOf));
  }
  run.held = run.allowed ? [] : held.map(plannedOf);
}

class RolledBack extends Error {}

/** Reads and plans as a push would, and leaves the mirror as it was. */
async function dryRun(deps: SyncDeps, options: PushOptions): Promise<PushReport> {
  const run = newPush(deps, options, null);
  const reads = await readForPush(run, outboxRows(run.db));
  let report: PushReport | undefined;
  try {
    guarded<void>(run.db, () => {
      const context = contextOf(run);
      settleLost(context, reads, run.notices);
      reconcile(context, reads, options, run.unsent);
      const { operations, standing } = waitingOperations(run.db, run.unsent);
      const { steps, unplannable } = planPush(operations, standing);
      for (const { outboxId, message } of unplannable) run.unsent.set(outboxId, { status: null, message });
      const free = (step: Step) => options.yes || step.irreversible === null;
      run.held = steps.filter((step) => !free(step)).map(plannedOf);
      report = reportOf(run, { planned: withoutBlocked(steps, free).map(plannedOf) });
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack) || !report) throw error;
  }
  return report as PushReport;
}

/** What would be sent: everything but what is held, and what waits for something held. */
function withoutBlocked(steps: readonly Step[], free: (step: Step) => boolean | undefined): Step[] {
  const sent = new Set<number>();
  return steps.filter((step) => {
    const goes = free(step) && step.needs.every((id) => sent.has(id));
    if (goes) sent.add(step.outbox_id);
    return goes;
  });
}

function reportOf(run: Push, done: Pick<PushReport, 'pushed' | 'planned'>): PushReport {
  return {
    run_id: done.planned ? null : run.runId,
    requests: spent(run.api, run.before).requests,
    ...done,
    conflicts: conflictsOf(run.db),
    held: run.held,
    failed: failedOf(run.db, run.unsent),
    remaining: outboxRows(run.db).length,
    notices: run.notices,
  };
}
