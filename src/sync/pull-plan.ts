/** What a pull asks for: which lists are to be read, decided from what is known. (pure) */
import {
  childrenOf,
  type EntityName,
  entityResource,
  holds,
  isEntityName,
  type ObservationName,
  observationNames,
  observationResource,
  type ResourceName,
} from '../api/resources.ts';
import type { PullMode } from '../db/runs.ts';

/** One list to read. */
export interface Task {
  readonly resource: ResourceName;
  /** Null for the account. */
  readonly parentId: number | null;
}

/** The earlier run that an interrupted pull left, as far as the decision to go on from it needs. */
export interface EarlierRun {
  readonly mode: string | null;
  readonly status: string;
  readonly selection: string | null;
  readonly chain: number | null;
  /** When it last got anywhere, in milliseconds since 1970. */
  readonly lastProgress: number;
}

/** An interrupted pull is gone on from within this time. Source: CONTRACT.md, How a pull decides. */
const resumeWithin = 3_600_000;

/** The chain of runs that a new pull goes on with, or null where it starts afresh. */
export function chainToResume(
  earlier: EarlierRun | undefined,
  wanted: { mode: PullMode; selection: string | null; now: number },
): number | null {
  if (earlier?.status !== 'interrupted') return null;
  if (earlier.mode !== wanted.mode || earlier.selection !== wanted.selection) return null;
  return wanted.now - earlier.lastProgress <= resumeWithin ? earlier.chain : null;
}

/** The first pull is full, and any that is asked to be. */
export function pullMode(askedFull: boolean, everFinished: boolean): PullMode {
  return askedFull || !everFinished ? 'full' : 'incremental';
}

/** Whether a pull's finds are news, to go into the history: not where nothing of the project was ever pulled before. */
export function isNews(finished: readonly (string | null)[], projectId: number | null): boolean {
  if (finished.includes(null)) return true;
  if (projectId === null) return finished.length > 0;
  return finished.some((selection) => (JSON.parse(selection ?? '[]') as number[]).includes(projectId));
}

/** Whether a resource's lists are read only for some of its parents: those below one that can be running. */
export function isConditional(resource: ResourceName, parent: EntityName | null): boolean {
  return (
    parent !== null && entityResource(parent).running !== undefined && childrenOf(parent).includes(resource)
  );
}

/** What is known of one list from earlier runs. */
export interface KnownListing {
  readonly due: boolean;
  /** Milliseconds since 1970; null where it was never read to its end. */
  readonly finishedAt: number | null;
  readonly rows: number | null;
}

export interface ParentFacts {
  readonly mode: PullMode;
  readonly received: 'inserted' | 'updated' | 'unchanged';
  readonly entity: Readonly<Record<string, unknown>>;
  readonly listing: (resource: ResourceName) => KnownListing | undefined;
  readonly now: number;
  readonly maxAge: number;
}

/**
 * The lists to read below one experiment (or whatever parent can be running): all where it is new, changed, running, or
 * asked for in full; else those that failed, or were not looked at for `maxAge` milliseconds.
 */
export function dueBelow(parent: EntityName, facts: ParentFacts): ResourceName[] {
  const all =
    facts.mode === 'full' ||
    facts.received !== 'unchanged' ||
    holds(entityResource(parent).running, facts.entity);
  return childrenOf(parent).filter((child) => {
    const known = facts.listing(child);
    if (!isEntityName(child) && !asksFor(parent, child, facts.entity, known)) return false;
    const stale = known?.finishedAt == null || facts.now - known.finishedAt > facts.maxAge;
    return all || stale || known?.due === true;
  });
}

/** Results: none where it never ran; by its era one kind, and the other only where rows of that are known already. */
function asksFor(
  parent: EntityName,
  child: ObservationName,
  entity: Readonly<Record<string, unknown>>,
  known: KnownListing | undefined,
): boolean {
  if (holds(entityResource(parent).neverRan, entity)) return false;
  return eraOf(entity) === child || (known?.rows ?? 0) > 0;
}

/** The kind of results that experiments of that age have. One whose age is unknown counts as a new one. */
function eraOf(entity: Readonly<Record<string, unknown>>): ObservationName | undefined {
  return observationNames.find((name) => {
    const { era } = observationResource(name);
    const value = entity[era.field];
    if (typeof value !== 'string') return era.from !== undefined;
    return era.from !== undefined ? value >= era.from : value < (era.before ?? '');
  });
}

/** After a list of results came back empty: the other kind, which a full pull asks for then. */
export function otherwise(mode: PullMode, resource: ObservationName, rows: number): ObservationName | null {
  return mode === 'full' && rows === 0 ? (observationResource(resource).otherwise as ObservationName) : null;
}

/**
 * Whether a listing lacks too much to be believed: more than a fifth, and at least ten, of the rows that the mirror has
 * of that resource in the project. Source: CONTRACT.md, How a pull decides.
 */
export function isSuspicious(lacking: number, rowsInProject: () => number): boolean {
  return lacking >= 10 && lacking > rowsInProject() * 0.2;
}
