/** How long each experiment has been running: what its results grow with. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, holds } from '../api/resources.ts';
import { idOf } from './store.ts';

/** Moments in milliseconds since 1970. */
export interface Run {
  /** When it was first started. */
  readonly began: number;
  /** How long it ran before its last start. */
  readonly ran: number;
  /** Since when it is running; null while it stands still. */
  readonly since: number | null;
  /** When it last stopped, or was last started. */
  readonly until: number;
}

export type Runs = Map<number, Run>;

/** Results change once in so many milliseconds, so that two readings in a row see the same. */
export const step = 60_000;

/** Notes that an experiment started or stopped, where its new state says so. */
export function noteRun(runs: Runs, now: number, resource: EntityName, entity: JsonObject): void {
  const { running } = entityResource(resource);
  if (running === undefined) return;
  const id = idOf(entity);
  const before = runs.get(id);
  const isRunning = holds(running, entity);
  if (isRunning && (before === undefined || before.since === null))
    runs.set(id, { began: before?.began ?? now, ran: before?.ran ?? 0, since: now, until: now });
  if (!isRunning && before !== undefined && before.since !== null)
    runs.set(id, { ...before, ran: timeRun(before, now), since: null, until: now });
}

/** The time that a run has lasted at a moment, in whole steps while it goes on. */
export function timeRun(run: Run, now: number): number {
  return run.ran + (run.since === null ? 0 : wholeSteps(now - run.since));
}

/** The last moment that a run's results count. */
export function lastMoment(run: Run, now: number): number {
  return run.since === null ? run.until : run.since + wholeSteps(now - run.since);
}

function wholeSteps(ms: number): number {
  return Math.max(0, Math.floor(ms / step)) * step;
}
