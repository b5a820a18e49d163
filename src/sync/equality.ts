/** When two values of a field are the same: JSON as JSON, sets as sets, and what the server fills in left out. (pure) */
import type { Field, Json, JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, fieldOf, fieldsOf } from '../api/resources.ts';

/** Whether two JSON values are equal; the order of keys does not count, the order of a list does. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameJson(item, b[index]));
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/**
 * A list of objects as far as people write it: without the keys that the server fills in, and without those that hold
 * what the server takes a missing one for. Source: CONTRACT.md, How a push decides, 1.
 */
function asWritten(field: Field, value: Json): Json {
  if (!field.itemKeys || !Array.isArray(value)) return value;
  const keys = field.itemKeys;
  return value.map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(
      Object.entries(item).filter(([key, inner]) => {
        return keys[key]?.by !== 'server' && inner !== null && inner !== keys[key]?.initial;
      }),
    );
  });
}

/** Whether two values of a field mean the same to the API. An absent value is null; of a set, the empty one. */
export function sameValue(field: Field | undefined, a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [a ?? null, b ?? null];
  if (sameJson(left, right)) return true;
  if (!field) return false;
  if (field.merges === 'set') return isSet(left) && isSet(right) && sameSet(left ?? [], right ?? []);
  if (field.kind === 'jsonText') return sameJsonText(left, right);
  return field.itemKeys !== undefined && sameJson(asWritten(field, left), asWritten(field, right));
}

/** Whether the value of a field that merges as a set is one; null is the empty one. */
export function isSet(value: Json): value is Json[] | null {
  return value === null || Array.isArray(value);
}

function sameSet(a: Json[], b: Json[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}

/** Texts that hold JSON are the same where the JSON is, whatever its spacing. */
function sameJsonText(a: Json, b: Json): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  try {
    return sameJson(JSON.parse(a) as Json, JSON.parse(b) as Json);
  } catch {
    return false;
  }
}

/**
 * The fields in which the API's state of an entity differs from an earlier one in a way that somebody's edit could
 * cause: neither what the server derives by itself nor what it fills in counts. Of a field that the description does not
 * list only a change counts, not that one answer has it and another leaves it out.
 */
export function editedFields(resource: EntityName, before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => {
    const field = fieldOf(resource, name);
    if (field?.derived) return false;
    if (!field && !(Object.hasOwn(before, name) && Object.hasOwn(after, name))) return false;
    return !sameValue(field, before[name], after[name]);
  });
}

/** The value of a field, whatever it is called; an absent one is null. */
export function ownValue(entity: JsonObject, field: string): Json {
  return Object.hasOwn(entity, field) ? (entity[field] ?? null) : null;
}

/** Every field, listed or not, whose value differs: what the history of changes records. An absent field is null. */
export function changedFields(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !sameJson(ownValue(before, name), ownValue(after, name)));
}

/** Whether the conflict token says that nobody touched the entity. Compared as text, for equality only: see API.md. */
export function sameToken(resource: EntityName, before: JsonObject, after: JsonObject): boolean {
  const { conflictToken } = entityResource(resource);
  if (conflictToken === null) return false;
  const token = before[conflictToken];
  return typeof token === 'string' && token === after[conflictToken];
}

/** As a base that says nothing of whether anybody else changed the entity, so that the fields themselves are compared. */
export function withoutToken(resource: EntityName, entity: JsonObject): JsonObject {
  const { conflictToken } = entityResource(resource);
  return conflictToken === null ? entity : { ...entity, [conflictToken]: null };
}

/** The fields that the description has and the entity lacks, an alias counting as the field itself. */
export function absentFields(resource: EntityName, entity: JsonObject): string[] {
  return fieldsOf(resource)
    .filter(([name, field]) => {
      return (
        // The parent's id is known by the URL.
        field.by !== 'parent' &&
        !Object.hasOwn(entity, name) &&
        !(field.aliases ?? []).some((alias) => Object.hasOwn(entity, alias))
      );
    })
    .map(([name]) => name);
}
