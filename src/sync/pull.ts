/** The pull: lists everything that is to be asked for, and applies each listing as it comes. */
import { entityNames, parentOf, type ResourceName, resourceNames } from '../api/resources.ts';
import { concurrencyOf } from '../api/throttle.ts';
import { outboxIsEmpty } from '../db/outbox.ts';
import { finishedSelections } from '../db/runs.ts';
import { guarded } from '../db/transaction.ts';
import { timestamp } from '../effects.ts';
import { InterruptedError } from '../errors.ts';
import { mustBeOwnAccount } from './account.ts';
import { applyAgain, applyListing } from './apply.ts';
import { noteNeverSent } from './complete.ts';
import { type Applied, type Counts, idsOf, type ListingContext, noCounts } from './listing.ts';
import { isNews, type Task } from './pull-plan.ts';
import { type Begun, beginPull, finishedHere, hasRead, listedProjects, waitingBelow } from './pull-state.ts';
import { createReader, type ListStep, type Reader, type Reading, readList } from './read-list.ts';
import type { Progress, PullReport } from './report.ts';
import { complain, costOf, endRun, type Run, type SyncDeps, takenWithin } from './run.ts';
import { walk } from './walk.ts';

export { type SyncDeps, spent } from './run.ts';

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
  /** Hears that this pull goes on from an interrupted one: the run that it began with. */
  readonly onResume?: (runId: number) => void;
}

export const dayMs = 86_400_000;

/** One pull under way: what its steps share. */
interface Pull extends Run, Begun {
  readonly options: PullOptions;
  readonly finished: readonly (string | null)[];
  readonly reader: Reader;
  readonly resources: Record<ResourceName, Counts>;
  done: number;
  /** Projects whose lists are named by now, and those whose turn has not come. */
  readonly parts: { begun: number; left: number };
  /** Whether the list of projects was read, in this run or in one that it goes on from. */
  began: boolean;
}

/** A list, or a project whose lists are not named before its turn comes: a large account's would be many. */
type Step = ListStep | { readonly project: number };

/**
 * Brings the mirror up to date. The caller holds the lock. Resolves with the report, also where parts failed; rejects
 * with `TokenError` where the API refused the token and `InterruptedError` where the signal aborted. What was finished
 * is kept in every case. Source: CONTRACT.md, How a pull decides.
 */
export async function pull(deps: SyncDeps, options: PullOptions = {}): Promise<PullReport> {
  const started = deps.effects.clock.now();
  const concurrency = concurrencyOf(options.concurrency);
  const run = begin(deps, options, started);
  if (hasRead(run.db, run.chain)) options.onResume?.(run.chain);
  let fatal: unknown;
  try {
    await walk<Step, Reading>({
      first: firstSteps(run),
      concurrency,
      signal: options.signal,
      expand: (step) => ('project' in step ? stepsOfProject(run, step.project) : null),
      read: (step, signal) => readList(run.reader, step as ListStep, signal),
      take: (came, others) => take(run, came, others),
      pause: () => deps.effects.clock.sleep(takenWithin),
    });
  } catch (error) {
    fatal = options.signal?.aborted ? new InterruptedError() : error;
  }
  close(run, fatal);
  if (fatal !== undefined) throw fatal;
  return reportOf(run, started);
}

function begin(deps: SyncDeps, options: PullOptions, now: number): Pull {
  const { db, api } = deps;
  const finished = finishedSelections(db);
  const begun = guarded(db, () => beginPull(db, { options, finished, now }));
  return {
    ...deps,
    ...begun,
    options,
    finished,
    reader: createReader(db, api, {
      trustMirror: begun.mode === 'incremental',
      skipKnown: true,
      isResumed: begun.chain !== begun.runId,
    }),
    resources: Object.fromEntries(resourceNames.map((name) => [name, noCounts()])) as Pull['resources'],
    errors: [],
    before: { ...api.counters },
    done: 0,
    parts: { begun: 0, left: 0 },
    began: false,
  };
}

const root: Task = { resource: 'projects', parentId: null };

function firstSteps(run: Pull): readonly Step[] {
  if (finishedHere(run.db, root, run.chain)) return stepsOfProjects(run, listedProjects(run.db));
  return [{ ...root, projectId: null }];
}

function stepsOfProjects(run: Pull, listed: readonly number[]): Step[] {
  const wanted = run.options.projects;
  run.began = true;
  for (const id of new Set(wanted))
    if (!listed.includes(id)) complain(run, root, [{ status: null, message: sayUnlisted(id, listed) }]);
  const chosen = wanted ? listed.filter((id) => wanted.includes(id)) : listed;
  run.parts.left = chosen.length;
  return chosen.map((project) => ({ project }));
}

/** More projects than this are not named one by one. */
const mostNamed = 8;

function sayUnlisted(id: number, listed: readonly number[]): string {
  const there = listed.length > mostNamed ? `${listed.length} others` : listed.join(', ');
  return `the API lists no project ${id}${listed.length > 0 ? `; it lists ${there}` : ', nor any other'}`;
}

function stepsOfProject({ db, chain, parts }: Pull, projectId: number): ListStep[] {
  parts.begun++;
  parts.left--;
  const lists = entityNames.filter((name) => parentOf(name) === root.resource);
  return lists.flatMap((resource) => {
    const task: Task = { resource, parentId: projectId };
    const tasks = finishedHere(db, task, chain) ? waitingBelow(db, resource, projectId) : [task];
    return tasks.map((each) => ({ ...each, projectId }));
  });
}

/** Applies what came, each listing whole, all of them in one short transaction. */
function take(run: Pull, came: readonly Reading[], others: number): Step[] {
  const { db, options } = run;
  const applied = guarded<(Applied | null)[]>(db, () => {
    const context = contextOf(run);
    for (const { listing } of came) if (listing?.resource === root.resource) mustBeOwnAccount(db, listing);
    return came.map(({ step, listing, same }) => {
      const each = { ...context, recordChanges: isNews(run.finished, step.projectId) };
      if (same) return applyAgain(each, same);
      return listing && applyListing(each, listing);
    });
  });
  const next = came.flatMap((reading, index) => goOn(run, reading, applied[index] ?? null));
  run.done += came.length;
  const { done, parts } = run;
  const resource = came.at(-1)?.step.resource;
  if (resource) options.onProgress?.({ done, waiting: others + next.length, resource, parts: { ...parts } });
  return next;
}

/** Adds one list to the report, and tells what follows from it. */
function goOn(run: Pull, { step, listing, complaint }: Reading, applied: Applied | null): Step[] {
  const { projectId, resource } = step;
  if (complaint) complain(run, step, [complaint]);
  for (const [name, counts] of applied?.counts ?? []) addCounts(run.resources[name], counts);
  complain(run, step, applied?.complaints ?? []);
  if (listing && resource === root.resource) return stepsOfProjects(run, idsOf(listing));
  return applied?.next.map((task) => ({ ...task, projectId })) ?? [];
}

/** What the listings of one transaction share. */
function contextOf(run: Pull): Omit<ListingContext, 'recordChanges'> {
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
    projects: options.projects,
    nothingPending: outboxIsEmpty(db),
  };
}

function addCounts(total: Counts, more: Counts): void {
  for (const key of Object.keys(total) as (keyof Counts)[]) total[key] += more[key];
}

/** Writes down how the run ended; also what this API never sends, which spares later pulls single reads. */
function close(run: Pull, fatal: unknown): void {
  guarded<void>(run.db, () => {
    for (const [name, fields] of run.reader.never) noteNeverSent(run.db, name, fields);
    endRun(run, fatal, run);
  });
}

function reportOf(run: Pull, started: number): PullReport {
  const { runId, mode, errors, resources } = run;
  return { run_id: runId, mode, ...costOf(run, started), resources, errors };
}
