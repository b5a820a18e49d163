/** How entities that name each other stay in step: derived lists, and what a deletion takes along. */
import type { Json, JsonObject } from '../api/description.ts';
import {
  childEntitiesOf,
  type EntityName,
  editableFields,
  entityResource,
  fieldsOf,
  isEntityName,
  parentOf,
  referencesTo,
} from '../api/resources.ts';
import { idOf, parentIdOf } from './store.ts';
import type { World } from './world.ts';

/** Puts a new entity into the list that its parent derives of its children. */
export function joinParent(world: World, resource: EntityName, entity: JsonObject): void {
  const above = parentOf(resource);
  const parent = world.store.parent(resource, entity);
  if (above === null || parent === undefined) return;
  for (const name of derivedFields(above, resource).lists) add(parent, name, idOf(entity));
}

/** Brings what the entities of a list derive in step with the list, after it changed from `before`. */
export function followLists(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  before: JsonObject,
): void {
  for (const [name, field] of editableFields(resource)) {
    if (field.kind !== 'list' || field.references === undefined || !isEntityName(field.references)) continue;
    const old = idsOf(before[name]);
    const now = idsOf(entity[name]);
    for (const id of now.filter((one) => !old.includes(one)))
      enter(world, field.references, id, resource, entity);
    for (const id of old.filter((one) => !now.includes(one)))
      leave(world, field.references, id, resource, entity);
  }
}

function enter(world: World, target: EntityName, id: number, resource: EntityName, entity: JsonObject): void {
  const named = world.store.get(target, id);
  if (named === undefined) return;
  const { lists } = derivedFields(target, resource);
  for (const name of lists) add(named, name, idOf(entity));
  if (lists.length > 0) touch(world, target, named);
}

function leave(world: World, target: EntityName, id: number, resource: EntityName, entity: JsonObject): void {
  const named = world.store.get(target, id);
  if (named === undefined) return;
  const { lists, scalars } = derivedFields(target, resource);
  const gone = [...lists, ...scalars].filter((name) => drop(named, name, idOf(entity)));
  if (gone.length > 0) touch(world, target, named);
}

/** Deletes an entity, everything below it, and its id wherever another entity names it. */
export function removeWhole(world: World, resource: EntityName, entity: JsonObject): void {
  for (const child of childEntitiesOf(resource))
    for (const each of [...world.store.children(child, idOf(entity))]) removeBelow(world, child, each);
  for (const { resource: other, field } of referencesTo(resource)) {
    if (!isEntityName(other) || isBelow(other, resource)) continue;
    for (const candidate of candidates(world, resource, entity, other))
      if (drop(candidate, field, idOf(entity))) touch(world, other, candidate);
  }
  world.store.remove(resource, idOf(entity));
  world.runs.delete(idOf(entity));
}

/** What stands below a deleted entity goes with it; only the deleted one's own family could name it. */
function removeBelow(world: World, resource: EntityName, entity: JsonObject): void {
  for (const child of childEntitiesOf(resource))
    for (const each of [...world.store.children(child, idOf(entity))]) removeBelow(world, child, each);
  world.store.remove(resource, idOf(entity));
  world.runs.delete(idOf(entity));
}

/** Those of another resource that may name the entity: its parent, its cousins, or else anyone. */
function candidates(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  other: EntityName,
): Iterable<JsonObject> {
  if (other === parentOf(resource)) {
    const parent = world.store.parent(resource, entity);
    return parent === undefined ? [] : [parent];
  }
  if (parentOf(other) === parentOf(resource))
    return world.store.children(other, parentIdOf(resource, entity));
  return world.store.all(other);
}

function isBelow(resource: EntityName, above: EntityName): boolean {
  const parent = parentOf(resource);
  return parent !== null && (parent === above || isBelow(parent, above));
}

/** The fields in which `resource` derives ids of `named`. */
function derivedFields(resource: EntityName, named: EntityName): { lists: string[]; scalars: string[] } {
  const fields = fieldsOf(resource).filter(([, field]) => field.derived && field.references === named);
  return {
    lists: fields.filter(([, { kind }]) => kind === 'list').map(([name]) => name),
    scalars: fields.filter(([, { kind }]) => kind !== 'list').map(([name]) => name),
  };
}

function add(entity: JsonObject, list: string, id: number): void {
  const ids = idsOf(entity[list]);
  if (!ids.includes(id)) entity[list] = [...ids, id];
}

/** Takes an id out of a field, list or not, and says whether it was there. */
function drop(entity: JsonObject, field: string, id: number): boolean {
  const value = entity[field];
  if (value === id) entity[field] = null;
  else if (Array.isArray(value) && value.includes(id)) entity[field] = value.filter((one) => one !== id);
  else return false;
  return true;
}

/** An entity changed through another's edit. Most such changes leave no trace in `last_modified`. */
function touch(world: World, resource: EntityName, entity: JsonObject): void {
  const token = entityResource(resource).conflictToken;
  if (world.bumpsReferrers && token !== null) entity[token] = world.clock.stamp();
}

function idsOf(value: Json | undefined): number[] {
  return Array.isArray(value) ? value.filter((id) => typeof id === 'number') : [];
}
