/** Which lists below the entities of one listing are to be read, decided and written down together. */
import type { JsonObject } from '../api/description.ts';
import { childrenOf, type EntityName, entityResource, type ResourceName } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { clearDue, type ListingRow, listingsBelow, setDue } from '../db/runs.ts';
import type { ListingContext } from './listing.ts';
import { dueBelow, type KnownListing, type Task } from './pull-plan.ts';
import { isDeletedHere, type Received } from './receive.ts';

/**
 * The plan for one listing. It is written in the same transaction, so that a crash forgets none of it: an entity that
 * was new or changed is neither when it is listed again.
 */
export class BelowPlan {
  readonly #context: ListingContext;
  readonly #resource: EntityName;
  /** By the child's name: what is known of its lists, by the parent's id. */
  readonly #known: ReadonlyMap<ResourceName, ReadonlyMap<number, ListingRow>>;
  readonly #ask: ReadonlyMap<ResourceName, number[]>;

  constructor(context: ListingContext, resource: EntityName, parentId: number | null) {
    const children = childrenOf(resource);
    const known = (child: ResourceName) => listingsBelow(context.db, child, resource, parentId);
    this.#context = context;
    this.#resource = resource;
    this.#known = new Map(
      children.map((child) => [child, new Map(known(child).map((row) => [row.parent_id, row]))]),
    );
    this.#ask = new Map(children.map((child) => [child, []]));
  }

  /** Plans what lies below one entity. */
  add(entity: JsonObject, received: Received): void {
    const { db, mode, nowMs, maxAge } = this.#context;
    const id = entity.id as number;
    const listing = (child: ResourceName) => this.#knownOf(child, id);
    const { ask, forget } = dueBelow(this.#resource, {
      mode,
      received,
      entity,
      listing,
      now: nowMs,
      maxAge,
    });
    for (const child of ask) this.#ask.get(child)?.push(id);
    for (const child of forget) clearDue(db, child, id);
  }

  /**
   * Writes the plan down, and returns what is to be read now: all lists of one resource before those of the next, since
   * listings that are applied together then share their tables' pages.
   */
  write(): Task[] {
    const { db, nothingPending } = this.#context;
    const isHidden = (id: number) => !nothingPending && isDeletedHere(db, this.#resource, id);
    return [...this.#ask].flatMap(([child, ids]) => {
      setDue(db, child, ids);
      const known = this.#known.get(child);
      return ids
        .filter((id) => !isHidden(id))
        .map((id) => ({ resource: child, parentId: id, digest: known?.get(id)?.digest ?? null }));
    });
  }

  #knownOf(child: ResourceName, id: number): KnownListing | undefined {
    const row = this.#known.get(child)?.get(id);
    if (!row) return undefined;
    const due = row.due === 1;
    return {
      due,
      finishedHere: row.chain === this.#context.chain && !due,
      finishedAt: row.finished_at === null ? null : Date.parse(row.finished_at),
    };
  }
}

/**
 * Notes that the lists below an entity are to be read by the next pull: somebody changed it, and a push was the first to
 * see. The pull itself will find it unchanged.
 */
export function askBelowLater(db: Database, resource: EntityName, entity: JsonObject): void {
  if (entityResource(resource).running === undefined) return;
  const listing = () => undefined;
  const facts = { mode: 'incremental', received: 'updated', entity, listing, now: 0, maxAge: 0 } as const;
  for (const child of dueBelow(resource, facts).ask) setDue(db, child, [entity.id as number]);
}
