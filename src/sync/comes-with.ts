/** What the server makes together with a new entity, and which creates made offline that can serve. (pure) */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, fieldOf, fieldsOf, isEntityName } from '../api/resources.ts';

export interface ComesWith {
  readonly resource: EntityName;
  /** How many of them can become what was made offline; 0 where they are of a kind that can't be created. */
  readonly serves: number;
}

/**
 * What comes with a new entity. Only what an edit could turn into anything that could have been created serves a create:
 * the goals that come with a project are of kinds that can't be.
 */
export function comesWith(parent: EntityName): ComesWith[] {
  return (entityResource(parent).comesWith ?? []).flatMap(({ resource, each }) => {
    if (!isEntityName(resource)) return [];
    const alike = each.filter((made) =>
      Object.entries(made).every(([name, value]) => {
        const allowed = fieldOf(resource, name)?.createValues;
        return allowed === undefined || allowed.includes(value as string | number);
      }),
    );
    return [{ resource, serves: alike.length }];
  });
}

/**
 * Those among the children of a new parent that the server made by itself, in its order: what the parent itself listed
 * when it was created, or else the first ones of the list.
 */
export function servingChildren(
  parent: EntityName,
  entity: JsonObject | undefined,
  { resource, serves }: ComesWith,
  children: readonly JsonObject[],
): JsonObject[] {
  const listed = derivedIds(parent, entity, resource);
  if (listed.length === 0) return children.slice(0, serves);
  const made = listed.slice(0, serves).map((id) => children.find((child) => child.id === id));
  return made.filter((child) => child !== undefined);
}

/** The ids of its children that an entity lists, where it has such a list. */
function derivedIds(parent: EntityName, entity: JsonObject | undefined, child: EntityName): number[] {
  const list = fieldsOf(parent).find(
    ([, field]) => field.derived && field.kind === 'list' && field.references === child,
  );
  const ids = list && entity?.[list[0]];
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'number') : [];
}
