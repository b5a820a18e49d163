/** What a path of the API names. */
import {
  type EntityName,
  isEntityName,
  isResourceName,
  parentOf,
  type ResourceName,
} from '../api/resources.ts';

export type Route =
  | { readonly kind: 'list'; readonly resource: ResourceName; readonly parentId: number | null }
  | { readonly kind: 'entity'; readonly resource: EntityName; readonly id: number };

/** Takes a path below the base; slashes at its ends and its query don't matter. */
export function routeOf(path: string): Route | undefined {
  const [first = '', second, third, ...more] = barePath(path).split('/');
  if (!isEntityName(first) || more.length > 0) return undefined;
  if (second === undefined)
    return parentOf(first) === null ? { kind: 'list', resource: first, parentId: null } : undefined;
  const id = idIn(second);
  if (id === undefined) return undefined;
  if (third === undefined) return { kind: 'entity', resource: first, id };
  if (!isResourceName(third) || parentOf(third) !== first) return undefined;
  return { kind: 'list', resource: third, parentId: id };
}

/** The path without its query and the slashes at its ends. */
export function barePath(path: string): string {
  return (path.split('?', 1)[0] ?? '').replace(/^\/|\/$/g, '');
}

export function queryOf(path: string): URLSearchParams {
  const start = path.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : path.slice(start + 1));
}

function idIn(text: string): number | undefined {
  const id = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(id) ? id : undefined;
}
