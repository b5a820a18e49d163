/** What a list shows: entities without what lists leave out, or the rows of one segment of the visitors. */
import type { JsonObject } from '../api/description.ts';
import {
  fieldsOf,
  isEntityName,
  type ObservationName,
  observationResource,
  parentOf,
  type ResourceName,
} from '../api/resources.ts';
import { mustGet } from './lifecycle.ts';
import { observe } from './observations.ts';
import { invalidFields } from './refusal.ts';
import { everyone, type Segment, segmentOf } from './traffic.ts';
import type { World } from './world.ts';

export function listed(
  world: World,
  resource: ResourceName,
  parentId: number | null,
  query: URLSearchParams,
): JsonObject[] {
  const above = parentOf(resource);
  const parent = above === null ? undefined : mustGet(world, above, parentId ?? 0);
  if (isEntityName(resource))
    return Array.from(world.store.children(resource, parentId), (entity) => sparse(world, resource, entity));
  if (parent === undefined) return [];
  const rows = observe(world, resource, parent, segmentIn(world, resource, query));
  return world.useAliases ? rows.map((row) => underAliases(resource, row)) : rows;
}

function sparse(world: World, resource: ResourceName, entity: JsonObject): JsonObject {
  const hidden = world.sparseLists[resource];
  if (hidden === undefined || hidden.length === 0) return entity;
  return Object.fromEntries(Object.entries(entity).filter(([name]) => !hidden.includes(name)));
}

/** The segment that a query asks for; a half-named or unknown one is a 400. */
function segmentIn(world: World, resource: ObservationName, query: URLSearchParams): Segment {
  const asked = observationResource(resource).segments.find(({ id }) => query.has(id));
  if (asked === undefined) return everyone;
  const id = query.get(asked.id) ?? '';
  if (!isEntityName(asked.names) || world.store.get(asked.names, Number(id)) === undefined)
    throw invalidFields({ [asked.id]: `names no ${asked.names}: ${id}` });
  if (asked.value === undefined) return segmentOf(world.seed, `${asked.names}/${id}`);
  const value = query.get(asked.value);
  if (value === null) throw invalidFields({ [asked.value]: `is required with ${asked.id}` });
  return segmentOf(world.seed, `${asked.names}/${id}=${value}`);
}

/** The row with each field under its first other name, where it has one. */
function underAliases(resource: ResourceName, row: JsonObject): JsonObject {
  const names = new Map(fieldsOf(resource).map(([name, field]) => [name, field.aliases?.[0] ?? name]));
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [names.get(name) ?? name, value]));
}
