/** Applies one listing of results: the newest rows, and the history of every distinct observation. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../api/description.ts';
import { fieldOf, isEntityName, type ObservationName, observationResource } from '../api/resources.ts';
import type { Cell } from '../db/columns.ts';
import {
  addAllObservations,
  addObservation,
  keyCells,
  lastObserved,
  observationCells,
  observationsOf,
  putObservation,
  removeObservation,
  wasObserved,
} from '../db/observations.ts';
import { getListing, hasGone, recordChange, setDue } from '../db/runs.ts';
import {
  type Applied,
  type CameIn,
  type Counts,
  countsOf,
  type ListingContext,
  reasonToKeep,
} from './listing.ts';
import { otherwise } from './pull-plan.ts';
import { parentIsDeletedHere } from './receive.ts';

/** One row's key as a text. */
export function rowKey(resource: ObservationName, cells: readonly Cell[]): string {
  return keyCells(resource, cells).join('/');
}

export function sameCells(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a.length === b.length && a.every((cell, index) => cell === b[index]);
}

/** Applies the rows of one experiment; the caller holds the transaction. */
export function applyObservations(
  context: ListingContext,
  resource: ObservationName,
  listing: CameIn,
  applied: Applied,
): void {
  const { db } = context;
  const parentId = listing.parentId as number;
  const shown = observationsOf(db, resource, parentId);
  const isHidden = !context.nothingPending && parentIsDeletedHere(db, resource, parentId);
  const known: Known = {
    shown: new Map(shown.map((cells) => [rowKey(resource, cells), cells])),
    isHidden,
    isNew: !isHidden && shown.length === 0 && !wasObserved(db, resource, parentId),
  };
  const counts = countsOf(applied, resource);
  for (const item of listing.items)
    observe(context, resource, known, observationCells(resource, parentId, item), counts);
  if (known.isNew) addAllObservations(db, resource, context.runId, context.now, parentId);
  // A row that came, but can't be used, is not gone; nor is any other, since the answer is broken.
  if (listing.rejected.length === 0)
    removeLacking(context, resource, listing, applied, [...known.shown.values()]);
  askOtherwise(context, resource, listing, applied);
}

/** What the mirror has below one experiment. */
interface Known {
  /** By key; what came is taken out. */
  readonly shown: Map<string, Cell[]>;
  /** Whether the experiment was deleted here, and its rows are out of sight. */
  readonly isHidden: boolean;
  /** Whether nothing was ever observed: then all rows enter the history at once. */
  readonly isNew: boolean;
}

/** One row: shown where it is new or differs, and written into the history where it was not the last one seen. */
function observe(
  context: ListingContext,
  resource: ObservationName,
  { shown, isHidden, isNew }: Known,
  cells: Cell[],
  counts: Counts,
): void {
  const { db, runId, now } = context;
  const key = shown.size > 0 ? rowKey(resource, cells) : '';
  const before = shown.get(key);
  shown.delete(key);
  counts.seen++;
  if (before && sameCells(before, cells)) {
    counts.unchanged++;
    return;
  }
  counts[before ? 'updated' : 'inserted']++;
  if (!isHidden) putObservation(db, resource, cells);
  if (isNew) return;
  const last = before ?? lastObserved(db, resource, keyCells(resource, cells));
  if (!last || !sameCells(last, cells)) addObservation(db, resource, runId, now, cells);
  else if (!before && !isHidden) noteListed(context, resource, cells, true);
}

/**
 * Notes that a row is no longer listed, or is again just as it was: an observation of nothing, and of nothing new, which
 * the history has no row for.
 */
function noteListed(
  { db, runId, now }: ListingContext,
  resource: ObservationName,
  cells: readonly Cell[],
  listed: boolean,
): void {
  const [parentId, ...key] = keyCells(resource, cells);
  const values = listed
    ? { before: undefined, after: key as Json }
    : { before: key as Json, after: undefined };
  recordChange(
    db,
    { runId, now, resource, entityId: parentId as number, field: null, ...values },
    'own_changes',
  );
}

function removeLacking(
  context: ListingContext,
  resource: ObservationName,
  listing: CameIn,
  applied: Applied,
  lacking: readonly Cell[][],
): void {
  const unexplained = lacking.filter((cells) => !wentAlong(context.db, resource, cells));
  const reason = reasonToKeep(context, listing, unexplained.length);
  if (reason !== null) {
    applied.complaints.push({ status: null, message: reason });
    return;
  }
  for (const cells of lacking) {
    removeObservation(context.db, resource, keyCells(resource, cells));
    noteListed(context, resource, cells, false);
  }
  countsOf(applied, resource).deleted += lacking.length;
}

/** Whether something that the row is about was deleted, by us or by others: then its absence is no sign of a broken answer. */
function wentAlong(db: Database, resource: ObservationName, cells: readonly Cell[]): boolean {
  const [, ...ids] = keyCells(resource, cells);
  return observationResource(resource).key.some((name, place) => {
    const field = fieldOf(resource, name);
    const target = field?.references ?? field?.joinedIds;
    if (target === undefined || !isEntityName(target)) return false;
    const named = String(ids[place] ?? '').split('_');
    return named.some((id) => hasGone(db, target, Number(id)));
  });
}

/** The other kind is asked for next, unless this chain of runs has asked already, or is going to. */
function askOtherwise(
  { db, mode, chain }: ListingContext,
  resource: ObservationName,
  { parentId, items, rejected }: CameIn,
  applied: Applied,
): void {
  const other = otherwise(mode, resource, items.length + rejected.length);
  if (other === null) return;
  const known = getListing(db, other, parentId);
  if (known?.due === 1 || known?.chain === chain) return;
  setDue(db, other, [parentId as number]);
  applied.next.push({ resource: other, parentId });
}
