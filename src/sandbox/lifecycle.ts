/** What happens to one entity: it is created, changed, deleted, with everything that the server does by itself. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, fieldOf, isEntityName, parentOf } from '../api/resources.ts';
import { acceptCreate, acceptUpdate } from './body.ts';
import { followLists, joinParent, removeWhole } from './links.ts';
import { blank, complete, completeItems } from './making.ts';
import { notFound } from './refusal.ts';
import { noteRun } from './runs.ts';
import { idOf, parentIdOf } from './store.ts';
import type { World } from './world.ts';

/** The entity of that id, or a 404. */
export function mustGet(world: World, resource: EntityName, id: number): JsonObject {
  const entity = world.store.get(resource, id);
  if (entity === undefined) throw notFound(`${resource}/${id}`);
  return entity;
}

export function createEntity(
  world: World,
  resource: EntityName,
  parentId: number | null,
  body: JsonObject,
): JsonObject {
  const above = parentOf(resource);
  if (above !== null) mustGet(world, above, parentId ?? 0);
  const initial = blank(resource, parentId);
  const given = acceptCreate(world, resource, initial, body);
  return place(world, resource, Object.assign(initial, structuredClone(given)));
}

/** Takes a blank entity with its given fields into the account, and the children that come with it. */
function place(world: World, resource: EntityName, entity: JsonObject): JsonObject {
  complete(world, resource, entity, world.clock.stamp());
  supersede(world, resource, entity);
  world.store.insert(resource, entity);
  joinParent(world, resource, entity);
  followLists(world, resource, entity, {});
  for (const { resource: child, each } of entityResource(resource).comesWith ?? [])
    for (const fields of each)
      if (isEntityName(child))
        place(world, child, { ...blank(child, idOf(entity)), ...structuredClone(fields) });
  noteRun(world.runs, world.clock.now(), resource, entity);
  return entity;
}

function supersede(world: World, resource: EntityName, entity: JsonObject): void {
  const { supersedes } = entityResource(resource);
  if (supersedes === undefined) return;
  for (const older of world.store.children(resource, parentIdOf(resource, entity)))
    Object.assign(older, supersedes);
}

/** Every update that is taken bumps the entity's own `last_modified`, even one that changes nothing. */
export function updateEntity(world: World, resource: EntityName, id: number, body: JsonObject): JsonObject {
  const entity = mustGet(world, resource, id);
  const changes = acceptUpdate(world, resource, entity, body);
  const before = { ...entity };
  const stamp = world.clock.stamp();
  for (const [name, value] of Object.entries(structuredClone(changes))) {
    const field = fieldOf(resource, name);
    entity[name] = field?.items === 'object' ? completeItems(field, value, before[name] ?? [], stamp) : value;
  }
  const token = entityResource(resource).conflictToken;
  if (token !== null) entity[token] = stamp;
  followLists(world, resource, entity, before);
  noteRun(world.runs, world.clock.now(), resource, entity);
  return entity;
}

export function deleteEntity(world: World, resource: EntityName, id: number): void {
  removeWhole(world, resource, mustGet(world, resource, id));
}
