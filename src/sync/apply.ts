/** Applies one listing to the mirror: what came, what changed, what went, what to ask next. */
import { type EntityName, entityResource, isEntityName, parentOf } from '../api/resources.ts';
import { type Remote, remotesBelow } from '../db/rows.ts';
import { finishListing } from '../db/runs.ts';
import { BelowPlan } from './apply-below.ts';
import { applyObservations } from './apply-observations.ts';
import { applySame, type SameListing } from './known.ts';
import { type Applied, type CameIn, countsOf, type ListingContext, reasonToKeep } from './listing.ts';
import { parentIsDeletedHere, receive, receiveDeletion } from './receive.ts';

/** Applies a whole listing, or nothing of it. Inside a guarded transaction, so never while a request is under way. */
export function applyListing(context: ListingContext, listing: CameIn): Applied {
  const applied: Applied = {
    counts: new Map(),
    complaints: [
      ...listing.rejected.map(({ message }) => ({ status: null, message })),
      ...listing.unread.map(({ status, message }) => ({ status, message })),
    ],
    next: [],
  };
  if (isEntityName(listing.resource)) applyEntities(context, listing.resource, listing, applied);
  else applyObservations(context, listing.resource, listing, applied);
  // A listing with which anything is wrong stays due, so that the next pull asks for it, and complains, again.
  if (applied.complaints.length === 0) finish(context, listing);
  return applied;
}

function finish(context: ListingContext, { resource, parentId, items, digest }: CameIn): void {
  const { db, chain, now, nothingPending } = context;
  // Rows of results that came while their experiment was deleted here are not to be seen, and not what the answer said.
  const isHidden = !nothingPending && !isEntityName(resource) && parentIsDeletedHere(db, resource, parentId);
  const kept = isHidden ? null : digest;
  finishListing(db, { resource, parentId, chain, now, rows: items.length, digest: kept });
}

/** Notes that a listing said what it said the last time; applies it where something of that was written otherwise. */
export function applyAgain(context: ListingContext, same: SameListing): Applied {
  const applied: Applied = { counts: new Map(), complaints: [], next: [] };
  if (applySame(context, same, applied)) return applied;
  return applyListing(context, { ...same, ...same.look(), unread: [] });
}

function applyEntities(
  context: ListingContext,
  resource: EntityName,
  listing: CameIn,
  applied: Applied,
): void {
  const counts = countsOf(applied, resource);
  const isConditional = entityResource(resource).running !== undefined;
  const below = isConditional ? new BelowPlan(context, resource, listing.parentId) : null;
  const known = remotesBelow(context.db, resource, listing.parentId);
  for (const entity of listing.items) {
    const before = known.get(entity.id as number);
    const received = receive(context, resource, listing.parentId, entity, { known: before });
    counts.seen++;
    counts[received]++;
    below?.add(entity, received);
  }
  if (below) for (const task of below.write()) applied.next.push(task);
  // Where a member can't be used the answer is broken, and what a broken answer lacks is not gone.
  if (listing.rejected.length === 0) removeLacking(context, resource, listing, applied, known);
}

function removeLacking(
  context: ListingContext,
  resource: EntityName,
  listing: CameIn,
  applied: Applied,
  known: ReadonlyMap<number, Remote>,
): void {
  const listed = new Set(listing.items.map(({ id }) => id as number));
  for (const { id } of listing.unread) listed.add(id);
  const lacking = [...known.keys()].filter((id) => !listed.has(id));
  const reason = parentOf(resource) === null ? null : reasonToKeep(context, listing, lacking.length);
  if (reason !== null) {
    applied.complaints.push({ status: null, message: reason });
    return;
  }
  for (const id of lacking) {
    if (parentOf(resource) === null && !isAccepted(context, id)) complainOfOne(resource, id, applied);
    else
      for (const [name, count] of receiveDeletion(context, resource, id))
        countsOf(applied, name).deleted += count;
  }
}

/** Whether a project may go that is no longer listed: the user said so, and meant this one. */
function isAccepted({ acceptDeletions, projects }: ListingContext, id: number): boolean {
  return acceptDeletions && (projects === undefined || projects.includes(id));
}

function complainOfOne(resource: EntityName, id: number, applied: Applied): void {
  const message = `${entityResource(resource).singular} ${id} is no longer listed: kept, since the API does not delete ${resource}. If it is really gone, pull with --accept-deletions`;
  applied.complaints.push({ status: null, message });
}
