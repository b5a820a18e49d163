/** Applies one listing to the mirror in one short transaction: what came, what changed, what went, what to ask next. */
import type { JsonObject } from '../api/description.ts';
import {
  type EntityName,
  entityResource,
  isEntityName,
  parentOf,
  type ResourceName,
} from '../api/resources.ts';
import { remoteIds } from '../db/rows.ts';
import { finishListing, getListing, setDue } from '../db/runs.ts';
import { guarded } from '../db/transaction.ts';
import { applyObservations } from './apply-observations.ts';
import { type Applied, type CameIn, countsOf, type ListingContext, reasonToKeep } from './listing.ts';
import { dueBelow } from './pull-plan.ts';
import { isDeletedHere, type Received, receive, receiveDeletion } from './receive.ts';

/** Applies a whole listing, or nothing of it. Never called while a request is under way. */
export function applyListing(context: ListingContext, listing: CameIn): Applied {
  return guarded<Applied>(context.db, () => {
    const applied: Applied = {
      counts: new Map(),
      complaints: listing.rejected.map(({ message }) => message),
      next: [],
    };
    if (isEntityName(listing.resource)) applyEntities(context, listing.resource, listing, applied);
    else applyObservations(context, listing.resource, listing, applied);
    // A listing with which anything is wrong stays due, so that the next pull asks for it, and complains, again.
    if (applied.complaints.length === 0) finish(context, listing);
    return applied;
  });
}

function finish({ db, chain, now }: ListingContext, { resource, parentId, items }: CameIn): void {
  finishListing(db, { resource, parentId, chain, now, rows: items.length });
}

function applyEntities(
  context: ListingContext,
  resource: EntityName,
  listing: CameIn,
  applied: Applied,
): void {
  const counts = countsOf(applied, resource);
  const conditional = entityResource(resource).running !== undefined;
  for (const entity of listing.items) {
    const received = receive(context, resource, listing.parentId, entity);
    counts.seen++;
    counts[received]++;
    if (conditional) planBelow(context, resource, entity, received, applied);
  }
  removeLacking(context, resource, listing, applied);
}

/** Notes which lists below an entity are to be read, in the same transaction, so that a crash forgets none. */
function planBelow(
  { db, mode, nowMs, maxAge }: ListingContext,
  resource: EntityName,
  entity: JsonObject,
  received: Received,
  applied: Applied,
): void {
  const id = entity.id as number;
  const listing = (child: ResourceName) => {
    const known = getListing(db, child, id);
    return (
      known && {
        due: known.due === 1,
        finishedAt: known.finished_at === null ? null : Date.parse(known.finished_at),
        rows: known.rows,
      }
    );
  };
  const due = dueBelow(resource, { mode, received, entity, listing, now: nowMs, maxAge });
  for (const child of due) setDue(db, child, id);
  if (due.length > 0 && !isDeletedHere(db, resource, id))
    applied.next.push(...due.map((child) => ({ resource: child, parentId: id })));
}

function removeLacking(
  context: ListingContext,
  resource: EntityName,
  listing: CameIn,
  applied: Applied,
): void {
  const listed = new Set(listing.items.map(({ id }) => id as number));
  for (const { id } of listing.rejected) listed.add(id);
  const lacking = remoteIds(context.db, resource, listing.parentId).filter((id) => !listed.has(id));
  if (parentOf(resource) === null && !context.acceptDeletions) {
    for (const id of lacking) {
      applied.complaints.push(
        `${entityResource(resource).singular} ${id} is no longer listed: kept, since the API does not delete ${resource}. If it is really gone, pull with --accept-deletions`,
      );
    }
    return;
  }
  const reason = reasonToKeep(context, listing, lacking.length);
  if (reason !== null) {
    applied.complaints.push(reason);
    return;
  }
  for (const id of lacking) {
    for (const [name, count] of receiveDeletion(context, resource, id))
      countsOf(applied, name).deleted += count;
  }
}
