/** The verification: reads all that a full pull would read, compares every record with the mirror, repairs on request. */

import { type EntityName, entityNames, isEntityName, parentOf, type ResourceName } from '../api/resources.ts';
import { concurrencyOf } from '../api/throttle.ts';
import { closeDeadRuns, finishedSelections, startRun } from '../db/runs.ts';
import { guarded, transaction } from '../db/transaction.ts';
import { timestamp } from '../effects.ts';
import { InterruptedError } from '../errors.ts';
import { mustBeOwnAccount } from './account.ts';
import { type CameIn, idsOf, type ListingContext } from './listing.ts';
import { isNews } from './pull-plan.ts';
import { createReader, type ListStep, type Reader, type Reading, readList } from './read-list.ts';
import type { Progress, RecordName, VerifyReport } from './report.ts';
import { complain, costOf, endRun, type Run, type SyncDeps, takenWithin } from './run.ts';
import { compareEntities } from './verify-entities.ts';
import { addFindings, type Findings, noFindings } from './verify-findings.ts';
import { compareObservations } from './verify-observations.ts';
import { findOrphans, type Known, removeOrphans } from './verify-orphans.ts';
import { repairListing } from './verify-repair.ts';
import { stepOtherwise, stepsBelow } from './verify-steps.ts';
import { walk } from './walk.ts';

export interface VerifyOptions {
  /** Whether what differs is put right: as the API says, never touching an edit that waits. */
  readonly repair?: boolean;
  readonly acceptDeletions?: boolean;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** One verification under way. */
interface Verification extends Run {
  readonly options: VerifyOptions;
  readonly finished: readonly (string | null)[];
  readonly reader: Reader;
  readonly findings: Findings;
  /** What the API has of every resource that has others below it. */
  readonly parents: ReadonlyMap<EntityName, Set<number>>;
  /** The resources of which a list could not be read. */
  readonly broken: Set<ResourceName>;
  done: number;
}

/**
 * Compares the mirror with the API. The caller holds the lock where it repairs; else nothing is written but the run.
 * Rejects as `pull` does; what was repaired until then is kept. Source: CONTRACT.md, Commands.
 */
export async function verify(deps: SyncDeps, options: VerifyOptions = {}): Promise<VerifyReport> {
  const started = deps.effects.clock.now();
  const concurrency = concurrencyOf(options.concurrency);
  const run = begin(deps, options);
  let fatal: unknown;
  try {
    await walk<ListStep, Reading>({
      first: [{ resource: 'projects', parentId: null, projectId: null }],
      concurrency,
      signal: options.signal,
      expand: () => null,
      read: (step, signal) => readList(run.reader, step, signal),
      take: (came, others) =>
        came.flatMap((reading, index) => take(run, reading, others + came.length - index - 1)),
      pause: () => deps.effects.clock.sleep(takenWithin),
    });
    takeOrphans(run);
  } catch (error) {
    fatal = options.signal?.aborted ? new InterruptedError() : error;
  }
  guarded(run.db, () => endRun(run, fatal, { began: true }));
  if (fatal !== undefined) throw fatal;
  return reportOf(run, started);
}

function begin(deps: SyncDeps, options: VerifyOptions): Verification {
  const { db, api, effects } = deps;
  const runId = guarded(db, () => {
    // Whoever only compares does not know that nobody else is at work.
    if (options.repair) closeDeadRuns(db);
    const mode = options.repair ? 'repair' : null;
    return startRun(db, { kind: 'verify', mode, now: timestamp(effects.clock) });
  });
  return {
    ...deps,
    options,
    runId,
    finished: finishedSelections(db),
    reader: createReader(db, api, { trustMirror: false, skipKnown: false, isResumed: false }),
    findings: noFindings(),
    errors: [],
    before: { ...api.counters },
    parents: new Map(entityNames.map((name) => [name, new Set()])),
    broken: new Set(),
    done: 0,
  };
}

/** Compares one list, repairs it where that was asked for, and tells which lists come next. */
function take(run: Verification, { step, listing, complaint }: Reading, others: number): ListStep[] {
  if (complaint) complain(run, step, [complaint]);
  const next = listing ? takeListing(run, step, listing) : [];
  if (!listing || listing.rejected.length > 0) run.broken.add(step.resource);
  run.done++;
  run.options.onProgress?.({ done: run.done, waiting: others + next.length, resource: step.resource });
  return next;
}

function takeListing(run: Verification, step: ListStep, listing: CameIn): ListStep[] {
  const { db, options } = run;
  const { resource, rejected, unread } = listing;
  if (options.repair) guarded<void>(db, () => compareAndRepair(run, listing));
  else transaction<void>(db, () => void compare(run, listing));
  if (!options.repair)
    complain(run, listing, [...rejected.map(({ message }) => ({ status: null, message })), ...unread]);
  if (!isEntityName(resource)) return stepOtherwise(step, listing);
  for (const id of idsOf(listing)) run.parents.get(resource)?.add(id);
  return stepsBelow(run.db, resource, listing);
}

function compare(run: Verification, listing: CameIn) {
  const { resource } = listing;
  const { found, surplus } = isEntityName(resource)
    ? compareEntities(run.db, resource, listing)
    : { found: compareObservations(run.db, resource, listing), surplus: [] };
  addFindings(run.findings, found);
  return surplus;
}

function compareAndRepair(run: Verification, listing: CameIn): void {
  const context = contextOf(run, listing.projectId);
  if (listing.parentId === null) mustBeOwnAccount(run.db, listing);
  const surplus = compare(run, listing);
  complain(run, listing, repairListing(context, listing, surplus));
}

function takeOrphans(run: Verification): void {
  const { db, options } = run;
  const nameOf = ({ resource, entity_id }: RecordName) => `${resource}/${entity_id}`;
  const different = new Set(run.findings.different.map(nameOf));
  const known: Known = {
    isWhole: (resource) => !run.broken.has(resource) && !isBrokenAbove(run, resource),
    has: (resource, id) => run.parents.get(resource)?.has(id) ?? false,
    differs: (record) => different.has(nameOf(record)),
  };
  guarded<void>(db, () => {
    const { found, orphans } = findOrphans({ db }, known);
    addFindings(run.findings, found);
    if (!options.repair || orphans.length === 0) return;
    for (const resource of removeOrphans(contextOf(run, null), orphans, found)) {
      const message = `too many ${resource} lie below nothing that the API has: kept. If they are really gone, verify with --accept-deletions`;
      complain(run, { resource, parentId: null }, [{ status: null, message }]);
    }
  });
}

/** A list that could not be read hides the lists below it as well. */
function isBrokenAbove(run: Verification, resource: EntityName): boolean {
  const parent = parentOf(resource);
  return parent !== null && (run.broken.has(parent) || isBrokenAbove(run, parent));
}

function contextOf(run: Verification, projectId: number | null): ListingContext {
  const { db, runId, options, effects, finished } = run;
  return {
    db,
    runId,
    mode: 'full',
    chain: runId,
    now: timestamp(effects.clock),
    nowMs: effects.clock.now(),
    maxAge: 0,
    acceptDeletions: options.acceptDeletions ?? false,
    recordChanges: isNews(finished, projectId),
  };
}

function reportOf(run: Verification, started: number): VerifyReport {
  return { run_id: run.runId, ...costOf(run, started), ...run.findings, errors: run.errors };
}
