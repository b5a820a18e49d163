/** Which lists a verification reads: those that a full pull would read of a mirror that has nothing yet. */
import { type EntityName, isEntityName, parentOf } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { type CameIn, idsOf } from './listing.ts';
import { dueBelow, otherwise } from './pull-plan.ts';
import type { ListStep } from './read-list.ts';
import { isDeletedHere } from './receive.ts';

/** Every list that a full pull would read below these entities. */
export function stepsBelow(db: Database, resource: EntityName, listing: CameIn): ListStep[] {
  const { items, projectId } = listing;
  const isProject = parentOf(resource) === null;
  // Whatever is wrong with a project itself, what lies below it can be read.
  const parents = isProject ? idsOf(listing).map((id) => ({ id })) : items;
  return parents.flatMap((entity) => {
    const id = entity.id as number;
    if (isDeletedHere(db, resource, id)) return [];
    const { ask } = dueBelow(resource, { ...asIfNew, entity });
    return ask.map((child) => ({ resource: child, parentId: id, projectId: isProject ? id : projectId }));
  });
}

/** The facts under which a full pull asks for everything. */
const asIfNew = { mode: 'full', received: 'inserted', listing: () => undefined, now: 0, maxAge: 0 } as const;

/** The other kind of results, where the first is empty. */
export function stepOtherwise({ isSecond }: ListStep, listing: CameIn): ListStep[] {
  const { resource, parentId, projectId, items, rejected } = listing;
  if (isEntityName(resource) || isSecond) return [];
  const other = otherwise('full', resource, items.length + rejected.length);
  return other === null ? [] : [{ resource: other, parentId, projectId, isSecond: true }];
}
