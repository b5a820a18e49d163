/** Puts right what a comparison found in one listing: what the API says, as a pull would, and the rows that show it. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, fieldsOf, isEntityName } from '../api/resources.ts';
import { cellsOf, unlistedFields } from '../db/columns.ts';
import type { Database } from '../db/open.ts';
import { getLocalCells, getRemote, putLocal, putRemote, removeLocal } from '../db/rows.ts';
import { applyListing } from './apply.ts';
import { type CameIn, type Complaint, type ListingContext, reasonToKeep } from './listing.ts';
import { isDeletedHere, parentIsDeletedHere, withParent, withPending } from './receive.ts';
import type { Surplus } from './verify-findings.ts';

/** Repairs one listing and returns what was not put right. Inside a guarded transaction. */
export function repairListing(
  context: ListingContext,
  listing: CameIn,
  surplus: readonly Surplus[],
): readonly Complaint[] {
  const { resource, parentId } = listing;
  const { complaints } = applyListing(context, listing);
  if (!isEntityName(resource)) return complaints;
  for (const item of listing.items)
    mendEntity(context.db, resource, parentId, withParent(resource, parentId, item));
  const strays = surplus.filter(({ isLocalOnly }) => isLocalOnly);
  const reason = reasonToKeep(context, listing, strays.length);
  if (reason !== null) return [...complaints, { status: null, message: reason }];
  for (const { id } of strays) removeLocal(context.db, resource, id);
  return complaints;
}

/** An entity that the API's last state has as it should, and whose derived column or visible row differs nevertheless. */
function mendEntity(db: Database, resource: EntityName, parentId: number | null, entity: JsonObject): void {
  const id = entity.id as number;
  const extra = unlistedFields(resource, entity);
  const remote = getRemote(db, resource, id);
  if (remote && remote.extra !== extra) putRemote(db, resource, id, parentId, entity, remote.text);
  if (isDeletedHere(db, resource, id) || parentIsDeletedHere(db, resource, parentId)) return;
  const shown = withPending(db, resource, entity);
  const cells = cellsOf(resource, shown);
  const row = getLocalCells(db, resource, id);
  if (row === undefined || fieldsOf(resource).some((_, place) => row[place] !== cells[place]))
    putLocal(db, resource, shown);
}
