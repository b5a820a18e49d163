/** How a new entity comes to its fields: the description's initial values, and what the server makes up. */
import { isDeepStrictEqual } from 'node:util';
import type { Field, ItemKey, Json, JsonObject } from '../api/description.ts';
import { type EntityName, fieldsOf, isEntityName, parentField } from '../api/resources.ts';
import { unlistedFields } from './quirks.ts';
import { isObject } from './values.ts';
import { secret, type World } from './world.ts';

/** An entity with every field that the description has, before its create is looked at; its id is still 0. */
export function blank(resource: EntityName, parentId: number | null): JsonObject {
  const entity: JsonObject = {};
  for (const [name, field] of fieldsOf(resource)) entity[name] = structuredClone(field.initial ?? null);
  const parent = parentField(resource);
  if (parent !== null) entity[parent] = parentId;
  entity.id = 0;
  return Object.assign(entity, structuredClone(unlistedFields[resource] ?? {}));
}

/** Gives a blank entity, the fields of its create set, its id and all that the server fills in. */
export function complete(world: World, resource: EntityName, entity: JsonObject, stamp: string): void {
  entity.id = world.newId();
  for (const [name, field] of fieldsOf(resource)) {
    if (field.kind === 'time' && field.by === 'server') entity[name] = stamp;
    else if (field.by === 'server') copyAncestor(world, resource, entity, name, field);
    if (field.items === 'object') fillFirstItem(entity, name, field, stamp);
  }
  const facts = { ...entity, account: world.accountId, secret: secret(world.random) };
  for (const [name, { made }] of fieldsOf(resource))
    if (made !== undefined) entity[name] = filled(made, facts);
}

/** A server-set field that names what the entity stands below, as a variation's project, holds that one's id. */
function copyAncestor(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  name: string,
  field: Field,
): void {
  if (field.kind !== 'integer' || field.references === undefined || !isEntityName(field.references)) return;
  const ancestor = world.store.ancestor(resource, entity, field.references);
  if (ancestor !== undefined && ancestor.id !== undefined) entity[name] = ancestor.id;
}

function fillFirstItem(entity: JsonObject, name: string, field: Field, stamp: string): void {
  const first = field.firstItem;
  if (entity[name] === null && first !== undefined) {
    const item = Object.entries(first).map(([key, value]) => [key, filled(value, entity)]);
    entity[name] = [Object.fromEntries(item)];
  }
  entity[name] = completeItems(field, entity[name] ?? [], [], stamp);
}

/**
 * The elements of a list of objects with the keys that the server fills in. An element that the list had before, in
 * whatever place, keeps its times.
 */
export function completeItems(field: Field, value: Json, before: Json, stamp: string): Json {
  const keys = Object.entries(field.itemKeys ?? {});
  const defaults = field.firstItem ?? {};
  const old = Array.isArray(before) ? before.filter(isObject) : [];
  const given = keys.filter(([, key]) => key.by !== 'server').map(([key]) => key);
  return (Array.isArray(value) ? value : []).filter(isObject).map((item, index) => {
    const whole: JsonObject = { ...defaults, ...item };
    const known = old.find((one) => given.every((key) => isDeepStrictEqual(one[key], whole[key])));
    return Object.fromEntries(
      keys.map(([key, of]) => [
        key,
        of.by === 'server' ? serverKey(of, index, known?.[key], stamp) : (whole[key] ?? null),
      ]),
    );
  });
}

function serverKey(key: ItemKey, index: number, known: Json | undefined, stamp: string): Json {
  return key.kind === 'integer' ? index : (known ?? stamp);
}

/** A template with its names filled in; where it is nothing but one name, the value as it is. */
function filled(template: Json, facts: JsonObject): Json {
  if (typeof template !== 'string') return template;
  const alone = /^\{(\w+)\}$/.exec(template)?.[1];
  if (alone !== undefined) return facts[alone] ?? null;
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''));
}
