/** Applies one listing of results: the newest rows, and the history of every distinct observation. */
import { type ObservationName, parentField } from '../api/resources.ts';
import { type Cell, columnsOf } from '../db/columns.ts';
import {
  addObservation,
  lastObserved,
  observationCells,
  observationKey,
  observationsOf,
  putObservation,
  removeObservation,
} from '../db/rows.ts';
import { getListing, setDue } from '../db/runs.ts';
import { type Applied, type CameIn, countsOf, type ListingContext, reasonToKeep } from './listing.ts';
import { otherwise } from './pull-plan.ts';
import { parentIsDeletedHere } from './receive.ts';

function keyCells(resource: ObservationName, cells: readonly Cell[]): Cell[] {
  const columns = columnsOf(resource);
  return observationKey(resource).map((name) => cells[columns.indexOf(name)] ?? null);
}
function rowKey(resource: ObservationName, cells: readonly Cell[]): string {
  return keyCells(resource, cells).join('\u0000');
}
function sameCells(a: readonly Cell[], b: readonly Cell[]): boolean {
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
  const experimentId = listing.parentId as number;
  const parent = parentField(resource) ?? '';
  const lacking = new Map(
    observationsOf(db, resource, experimentId).map((cells) => [rowKey(resource, cells), cells]),
  );
  const hidden = parentIsDeletedHere(db, resource, experimentId);
  for (const item of listing.items) {
    const cells = observationCells(resource, { ...item, [parent]: experimentId });
    const key = rowKey(resource, cells);
    observe(context, resource, applied, cells, lacking.get(key), hidden);
    lacking.delete(key);
  }
  removeLacking(context, resource, listing, applied, [...lacking.values()]);
  askOtherwise(context, resource, listing, applied);
}

/** One row: shown where it is new or differs, and written into the history where it was not the last one seen. */
function observe(
  { db, runId, now }: ListingContext,
  resource: ObservationName,
  applied: Applied,
  cells: Cell[],
  shown: Cell[] | undefined,
  hidden: boolean,
): void {
  const counts = countsOf(applied, resource);
  counts.seen++;
  if (shown && sameCells(shown, cells)) {
    counts.unchanged++;
    return;
  }
  counts[shown ? 'updated' : 'inserted']++;
  const last = shown ?? lastObserved(db, resource, keyCells(resource, cells));
  if (!last || !sameCells(last, cells)) addObservation(db, resource, runId, now, cells);
  if (!hidden) putObservation(db, resource, cells);
}

function removeLacking(
  context: ListingContext,
  resource: ObservationName,
  listing: CameIn,
  applied: Applied,
  lacking: readonly Cell[][],
): void {
  const reason = reasonToKeep(context, listing, lacking.length);
  if (reason !== null) {
    applied.complaints.push(reason);
    return;
  }
  for (const cells of lacking) removeObservation(context.db, resource, keyCells(resource, cells));
  countsOf(applied, resource).deleted += lacking.length;
}

function askOtherwise(
  context: ListingContext,
  resource: ObservationName,
  listing: CameIn,
  applied: Applied,
): void {
  const other = otherwise(context.mode, resource, listing.items.length);
  if (other === null || getListing(context.db, other, listing.parentId)?.chain === context.chain) return;
  setDue(context.db, other, listing.parentId);
  applied.next.push({ resource: other, parentId: listing.parentId });
}
