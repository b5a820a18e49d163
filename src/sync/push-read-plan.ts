/** What a push reads before it plans: one listing where it serves several checks, single entities elsewhere. (pure) */
import { type EntityName, listPath, parentOf } from '../api/resources.ts';
import type { Op } from '../db/outbox.ts';

export interface Reads {
  readonly lists: { readonly resource: EntityName; readonly parentId: number | null }[];
  readonly singles: { readonly resource: EntityName; readonly id: number }[];
}

/** An operation as far as the choice of reads needs it. */
export interface ToRead {
  readonly resource: EntityName;
  readonly entityId: number;
  readonly op: Op;
  /** The parent's id; undefined where the mirror does not know it. */
  readonly parentId: number | null | undefined;
}

interface Group {
  readonly resource: EntityName;
  readonly parentId: number | null;
  creates: boolean;
  readonly ids: number[];
}

/**
 * Chooses the reads. A create needs its parent's list, to know the siblings that are there before it is sent; an edit
 * needs its entity, by itself where it is the only one of its list. Source: CONTRACT.md, How a push decides, 1 and 6.
 */
export function planReads(operations: readonly ToRead[]): Reads {
  const groups = new Map<string, Group>();
  const reads: Reads = { lists: [], singles: [] };
  for (const operation of operations) {
    const { resource, entityId, parentId } = operation;
    if (parentId === undefined) {
      if (entityId > 0) reads.singles.push({ resource, id: entityId });
    } else if (isListed(operation, parentId)) {
      const key = listPath(resource, parentId);
      const group = groups.get(key) ?? { resource, parentId, creates: false, ids: [] };
      groups.set(key, group);
      if (entityId < 0) group.creates = true;
      else group.ids.push(entityId);
    }
  }
  for (const { resource, parentId, creates, ids } of groups.values()) {
    if (creates || ids.length > 1) reads.lists.push({ resource, parentId });
    else reads.singles.push(...ids.map((id) => ({ resource, id })));
  }
  return reads;
}

/** Nothing can be below a parent that is yet to be created. */
function isListed({ resource }: ToRead, parentId: number | null): boolean {
  return parentId === null ? parentOf(resource) === null : parentId > 0;
}
