/** The pull: lists everything that is to be asked for, and applies each listing as it comes. */
import PQueue from 'p-queue';
import type { Api } from '../api/api.ts';
import type { Counters } from '../api/connection.ts';
import { entityNames, isEntityName, parentOf, type ResourceName, resourceNames } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { finishedSelections, finishRun, type PullMode, type RunStatus } from '../db/runs.ts';
import { guarded } from '../db/transaction.ts';
import { type Effects, timestamp } from '../effects.ts';
import {
  ForbiddenError,
  InterruptedError,
  NotFoundError,
  OptimizelyError,
  TokenError,
  UnauthorizedError,
} from '../errors.ts';
import { applyListing } from './apply.ts';
import { completeListing, neverSent, noteNeverSent } from './complete.ts';
import { type Counts, type ListingContext, noCounts } from './listing.ts';
import { isNews, type Task } from './pull-plan.ts';
import { beginPull, finishedHere, listedProjects, waitingBelow } from './pull-state.ts';
import type { Progress, PullError, PullReport } from './report.ts';

export interface PullOptions {
  readonly full?: boolean;
  /** How long an experiment may go without being looked at, in milliseconds. */
  readonly maxAge?: number;
  /** Only these projects; undefined for all. */
  readonly projects?: readonly number[];
  readonly acceptDeletions?: boolean;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface SyncDeps {
  readonly db: Database;
  readonly api: Api;
  readonly effects: Effects;
}

export const dayMs = 86_400_000;

/** One pull under way: what its steps share. */
interface Pull extends SyncDeps {
  readonly options: PullOptions;
  readonly runId: number;
  readonly mode: PullMode;
  readonly chain: number;
  readonly finished: (string | null)[];
  readonly queue: PQueue;
  readonly resources: Record<ResourceName, Counts>;
  readonly errors: PullError[];
  readonly never: Map<string, Set<string>>;
  /** The requests that the API had been asked before this pull. */
  readonly before: Counters;
  done: number;
  /** Whether the list of projects was read, in this run or in one that it goes on from. */
  began: boolean;
  /** Why the pull can't go on at all: a refused token, or somebody asked to stop. */
  fatal: unknown;
}

/**
 * Brings the mirror up to date. The caller holds the lock. Resolves with the report, also where parts failed; rejects
 * with `TokenError` where the API refused the token and `InterruptedError` where the signal aborted. What was finished
 * is kept in every case. Source: CONTRACT.md, How a pull decides.
 */
export async function pull(deps: SyncDeps, options: PullOptions = {}): Promise<PullReport> {
  const { db, effects } = deps;
  const started = effects.clock.now();
  const finished = finishedSelections(db);
  const begun = guarded(db, () => beginPull(db, { options, finished, now: started }));
  const run: Pull = {
    ...deps,
    ...begun,
    options,
    finished,
    queue: new PQueue({ concurrency: options.concurrency ?? 4 }),
    resources: Object.fromEntries(resourceNames.map((name) => [name, noCounts()])) as Record<
      ResourceName,
      Counts
    >,
    errors: [],
    never: new Map(
      entityNames.map((name) => [name, begun.mode === 'full' ? new Set() : neverSent(db, name)]),
    ),
    before: { ...deps.api.counters },
    done: 0,
    began: false,
    fatal: undefined,
  };
  try {
    start(run);
    await run.queue.onIdle();
  } finally {
    close(run);
  }
  if (run.fatal !== undefined) throw run.fatal;
  return reportOf(run, started);
}

function start(run: Pull): void {
  const root: Task = { resource: 'projects', parentId: null };
  if (finishedHere(run.db, root, run.chain)) startProjects(run, listedProjects(run.db));
  else add(run, root, null);
}

/** Tasks of projects begun earlier go first, and what lies deeper before what lies higher, so that few wait at a time. */
function add(run: Pull, task: Task, projectId: number | null): void {
  const priority = task.parentId === null || parentOf(task.resource) === 'projects' ? 0 : 1;
  void run.queue.add(() => guardedStep(run, () => read(run, task, projectId)), { priority });
}

/** Nothing thrown is lost: it ends the pull, and `pull` throws it when the requests under way have ended. */
async function guardedStep(run: Pull, step: () => Promise<void>): Promise<void> {
  if (run.fatal !== undefined) return;
  try {
    await step();
  } catch (error) {
    run.fatal ??= run.options.signal?.aborted ? new InterruptedError() : error;
    run.queue.clear();
  }
}

function startProjects(run: Pull, listed: readonly number[]): void {
  const { options } = run;
  run.began = true;
  for (const id of options.projects ?? []) {
    if (!listed.includes(id))
      complain(run, { resource: 'projects', parentId: null }, null, `the API lists no project ${id}`);
  }
  for (const id of listed) {
    if (options.projects && !options.projects.includes(id)) continue;
    // One task a project, so that a large account's lists are not all queued at once.
    void run.queue.add(() => guardedStep(run, async () => startProject(run, id)), { priority: -1 });
  }
}

function startProject(run: Pull, projectId: number): void {
  for (const child of entityNames.filter((name) => parentOf(name) === 'projects')) {
    const task: Task = { resource: child, parentId: projectId };
    if (!finishedHere(run.db, task, run.chain)) add(run, task, projectId);
    else for (const next of waitingBelow(run.db, child, projectId)) add(run, next, projectId);
  }
}

/** Reads one list and applies it. What goes wrong with it is named in the report, and everything else goes on. */
async function read(run: Pull, task: Task, projectId: number | null): Promise<void> {
  const { api, options } = run;
  try {
    const { items, rejected } = await api.list(task.resource, task.parentId, { signal: options.signal });
    await take(run, task, projectId, items, rejected);
  } catch (error) {
    await readFailed(run, task, error);
  }
  run.done++;
  options.onProgress?.({
    done: run.done,
    waiting: run.queue.size + run.queue.pending - 1,
    resource: task.resource,
  });
}

async function take(
  run: Pull,
  task: Task,
  projectId: number | null,
  listed: Parameters<typeof completeListing>[3],
  refused: readonly { id: number; message: string }[],
): Promise<void> {
  const { db, api, mode, options } = run;
  let items = listed;
  const rejected = [...refused];
  if (isEntityName(task.resource)) {
    const never = run.never.get(task.resource) ?? new Set<string>();
    const completed = await completeListing(db, api, task.resource, listed, {
      trustMirror: mode === 'incremental',
      never,
      signal: options.signal,
    });
    const unread = new Map(completed.failed.map(({ id, error }) => [id, error]));
    items = completed.items.filter(({ id }) => !unread.has(id as number));
    for (const [id, error] of unread) {
      refuseToken(error, false);
      rejected.push({ id, message: `${task.resource}/${id}: ${wordsOf(error)}` });
    }
  }
  const applied = applyListing(contextOf(run, projectId), { ...task, projectId, items, rejected });
  for (const [resource, counts] of applied.counts) addCounts(run.resources[resource], counts);
  for (const message of applied.complaints) complain(run, task, null, message);
  for (const next of applied.next) add(run, next, projectId);
  if (task.parentId === null)
    startProjects(run, [...items.map(({ id }) => id as number), ...rejected.map(({ id }) => id)]);
}

function contextOf(run: Pull, projectId: number | null): ListingContext {
  const { db, runId, mode, chain, options, effects } = run;
  return {
    db,
    runId,
    mode,
    chain,
    now: timestamp(effects.clock),
    nowMs: effects.clock.now(),
    maxAge: options.maxAge ?? dayMs,
    acceptDeletions: options.acceptDeletions ?? false,
    recordChanges: isNews(run.finished, projectId),
  };
}

function addCounts(total: Counts, more: Counts): void {
  for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += more[key];
}

function complain(run: Pull, task: Task, status: number | null, message: string): void {
  run.errors.push({ resource: task.resource, parent_id: task.parentId, status, message });
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Throws what ends the whole pull: a token that the API refused. Source: CONTRACT.md, exit status 5. */
function refuseToken(error: unknown, onProjects: boolean): void {
  if (error instanceof UnauthorizedError || (onProjects && error instanceof ForbiddenError)) {
    throw new TokenError(`the API refused the token: ${error.message}`, { cause: error });
  }
}

async function readFailed(run: Pull, task: Task, error: unknown): Promise<void> {
  if (!(error instanceof OptimizelyError)) throw error;
  refuseToken(error, task.parentId === null);
  if (error instanceof NotFoundError && (await parentIsGone(run, task))) return;
  complain(run, task, error.status, error.message);
}

/**
 * Whether a list could not be found because what it lies below has gone since it was listed. That is no error, and
 * deletes nothing yet: the next complete listing of the parent's own parent does.
 */
async function parentIsGone({ api, options }: Pull, task: Task): Promise<boolean> {
  const parent = parentOf(task.resource);
  if (parent === null || task.parentId === null || parentOf(parent) === null) return false;
  try {
    await api.get(parent, task.parentId, { signal: options.signal });
    return false;
  } catch (error) {
    if (!(error instanceof OptimizelyError)) throw error;
    return error instanceof NotFoundError;
  }
}

/** Writes down how the run ended; also what this API never sends, which spares later pulls single reads. */
function close(run: Pull): void {
  const { db, runId, api, effects, errors } = run;
  if (run.options.signal?.aborted) run.fatal ??= new InterruptedError();
  let status: RunStatus = errors.length === 0 ? 'complete' : 'partial';
  if (!run.began) status = 'failed';
  if (run.fatal !== undefined) status = run.fatal instanceof InterruptedError ? 'interrupted' : 'failed';
  const error =
    run.fatal === undefined ? errors.map(({ message }) => message).join('\n') || null : wordsOf(run.fatal);
  guarded(db, () => {
    for (const name of entityNames) noteNeverSent(db, name, run.never.get(name) ?? new Set());
    finishRun(db, runId, { status, now: timestamp(effects.clock), ...spent(api, run.before), error });
  });
}

/** The requests that a run has cost. */
export function spent(api: Api, before: Counters): Counters {
  return {
    requests: api.counters.requests - before.requests,
    retries: api.counters.retries - before.retries,
  };
}

function reportOf(run: Pull, started: number): PullReport {
  const { runId, mode, errors, resources, api, effects } = run;
  return {
    run_id: runId,
    mode,
    status: errors.length === 0 ? 'complete' : 'partial',
    ...spent(api, run.before),
    duration_ms: Math.round(effects.clock.now() - started),
    resources,
    errors,
  };
}
