/** Applies one listing to the mirror: what came, what changed, what went, what to ask next. */
import type { JsonObject } from '../api/description.ts';
import {
  type EntityName,
  entityResource,
  isEntityName,
  parentOf,
  type ResourceName,
} from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { remoteIds } from '../db/rows.ts';
import { clearDue, finishListing, getListing, setDue } from '../db/runs.ts';
import { applyObservations } from './apply-observations.ts';
import { type Applied, type CameIn, countsOf, type ListingContext, reasonToKeep } from './listing.ts';
import { dueBelow, type KnownListing } from './pull-plan.ts';
import { isDeletedHere, type Received, receive, receiveDeletion } from './receive.ts';

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
  // Where a member can't be used the answer is broken, and what a broken answer lacks is not gone.
  if (listing.rejected.length === 0) removeLacking(context, resource, listing, applied);
}

/** Notes which lists below an entity are to be read, in the same transaction, so that a crash forgets none. */
function planBelow(
  { db, mode, chain, nowMs, maxAge, nothingPending }: ListingContext,
  resource: EntityName,
  entity: JsonObject,
  received: Received,
  applied: Applied,
): void {
  const id = entity.id as number;
  const listing = (child: ResourceName): KnownListing | undefined => {
    const known = getListing(db, child, id);
    return (
      known && {
        due: known.due === 1,
        finishedHere: known.chain === chain && known.due === 0,
        finishedAt: known.finished_at === null ? null : Date.parse(known.finished_at),
      }
    );
  };
  const { ask, forget } = dueBelow(resource, { mode, received, entity, listing, now: nowMs, maxAge });
  for (const child of ask) setDue(db, child, id);
  for (const child of forget) clearDue(db, child, id);
  if (nothingPending || !isDeletedHere(db, resource, id))
    for (const child of ask) applied.next.push({ resource: child, parentId: id });
}

/**
 * Notes that the lists below an entity are to be read by the next pull: somebody changed it, and a push was the first to
 * see. The pull itself will find it unchanged.
 */
export function askBelowLater(db: Database, resource: EntityName, entity: JsonObject): void {
  if (entityResource(resource).running === undefined) return;
  const listing = () => undefined;
  const facts = { mode: 'incremental', received: 'updated', entity, listing, now: 0, maxAge: 0 } as const;
  for (const child of dueBelow(resource, facts).ask) setDue(db, child, entity.id as number);
}

function removeLacking(
  context: ListingContext,
  resource: EntityName,
  listing: CameIn,
  applied: Applied,
): void {
  const listed = new Set(listing.items.map(({ id }) => id as number));
  for (const { id } of listing.unread) listed.add(id);
  const lacking = remoteIds(context.db, resource, listing.parentId).filter((id) => !listed.has(id));
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
