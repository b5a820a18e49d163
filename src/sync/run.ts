/** What every run has that reads the API: its dependencies, what it cost, what went wrong, and how it ended. */
import type { Api } from '../api/api.ts';
import type { Counters } from '../api/connection.ts';
import type { Database } from '../db/open.ts';
import { finishRun, type RunStatus } from '../db/runs.ts';
import { type Effects, timestamp } from '../effects.ts';
import { InterruptedError } from '../errors.ts';
import type { Complaint } from './listing.ts';
import type { Task } from './pull-plan.ts';
import type { PullError } from './report.ts';

export interface SyncDeps {
  readonly db: Database;
  readonly api: Api;
  readonly effects: Effects;
}

/** A run that goes on where a list can't be read. */
export interface Run extends SyncDeps {
  readonly runId: number;
  readonly errors: PullError[];
  /** The requests that the API had been asked before this run. */
  readonly before: Counters;
}

/** So many milliseconds an answer may wait for others, to be taken in one transaction with them. */
export const takenWithin = 2;

/** Names what is wrong with a list. */
export function complain(run: Run, { resource, parentId }: Task, complaints: readonly Complaint[]): void {
  for (const { status, message } of complaints)
    run.errors.push({ resource, parent_id: parentId, status, message });
}

/** The requests that a run has cost. */
export function spent(api: Api, before: Counters): Counters {
  return {
    requests: api.counters.requests - before.requests,
    retries: api.counters.retries - before.retries,
  };
}

/** Writes down how the run ended. `fatal` is what ended it before its time. Inside a guarded transaction. */
export function endRun(run: Run, fatal: unknown, { began }: { began: boolean }): void {
  const { db, runId, api, effects, errors, before } = run;
  const words = fatal === undefined ? errors.map(({ message }) => message) : [wordsOf(fatal)];
  const end = { status: statusOf(run, fatal, began), error: words.join('\n') || null };
  finishRun(db, runId, { ...end, now: timestamp(effects.clock), ...spent(api, before) });
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function statusOf({ errors }: Run, fatal: unknown, began: boolean): RunStatus {
  if (fatal instanceof InterruptedError) return 'interrupted';
  if (fatal !== undefined || !began) return 'failed';
  return errors.length === 0 ? 'complete' : 'partial';
}

/** The part of a report that every run has. */
export function costOf(run: Run, started: number) {
  const status: 'complete' | 'partial' = run.errors.length === 0 ? 'complete' : 'partial';
  const duration = Math.round(run.effects.clock.now() - started);
  return { status, ...spent(run.api, run.before), duration_ms: duration };
}
