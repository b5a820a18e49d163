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
  /** Of the answer that was applied last; null for none, undefined where nobody has looked. */
  readonly digest?: string | null;
}

/** The last pull of the same kind, as far as the decision to go on from it needs. */
export interface EarlierRun {
  readonly status: string;
  readonly chain: number | null;
  /** When it stopped, or last got anywhere, in milliseconds since 1970. */
  readonly endedAt: number;
}

/** An interrupted pull is gone on from within this time. Source: CONTRACT.md, How a pull decides. */
const resumeWithin = 3_600_000;

/** The chain of runs that a new pull goes on with, or null where it starts afresh. */
export function chainToResume(earlier: EarlierRun | undefined, now: number): number | null {
  if (earlier?.status !== 'interrupted') return null;
  return now - earlier.endedAt <= resumeWithin ? earlier.chain : null;
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

/** What is known of one list from earlier runs, and from earlier in this chain of runs. */
export interface KnownListing {
  /** It was to be read, and has not been, or not to its end. */
  readonly due: boolean;
  /** It was read to its end in this chain. */
  readonly finishedHere: boolean;
  /** Milliseconds since 1970; null where it was never read to its end. */
  readonly finishedAt: number | null;
}

export interface ParentFacts {
  readonly mode: PullMode;
  readonly received: 'inserted' | 'updated' | 'unchanged';
  readonly entity: Readonly<Record<string, unknown>>;
  readonly listing: (resource: ResourceName) => KnownListing | undefined;
  readonly now: number;
  readonly maxAge: number;
}

export interface Below {
  readonly ask: ResourceName[];
  /** Lists that were due and are not to be read after all. */
  readonly forget: ResourceName[];
}

/** The lists to read below one experiment, or whatever parent can be running. Source: CONTRACT.md, How a pull decides. */
export function dueBelow(parent: EntityName, facts: ParentFacts): Below {
  const below: Below = { ask: [], forget: [] };
  for (const child of childrenOf(parent)) {
    const known = facts.listing(child);
    if (isAsked(parent, child, known, facts)) below.ask.push(child);
    else if (known?.due) below.forget.push(child);
  }
  return below;
}

/**
 * Every list below a parent that is new, changed, running, or asked for in full; else those that failed or were not
 * looked at for `maxAge` milliseconds. None that this chain has read since the parent last changed.
 */
function isAsked(
  parent: EntityName,
  child: ResourceName,
  known: KnownListing | undefined,
  { mode, received, entity, now, maxAge }: ParentFacts,
): boolean {
  const { neverRan, running } = entityResource(parent);
  if (!isEntityName(child)) {
    if (holds(neverRan, entity)) return false;
    // The kind of another era is asked for by what the first one says; here only where that came to nothing.
    if (eraOf(entity) !== child) return mode === 'incremental' && known?.due === true;
  }
  if (received !== 'unchanged') return true;
  if (known?.finishedHere) return false;
  if (mode === 'full' || holds(running, entity) || known?.finishedAt == null) return true;
  return known.due || now - known.finishedAt >= maxAge;
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
  return lacking >= 10 && lacking * 5 > rowsInProject();
}
