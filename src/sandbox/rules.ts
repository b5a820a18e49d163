/** The rules that join several fields or several entities: needed together, unique, limited, naming what is there. */
import type { Json, JsonObject, When } from '../api/description.ts';
import { type EntityName, editableFields, entityResource, holds, isEntityName } from '../api/resources.ts';
import { idOf, parentIdOf } from './store.ts';
import type { World } from './world.ts';

/** What is wrong, by field. */
export type Problems = Record<string, string>;

/**
 * Problems that no field has by itself. Only rules that one of the `changes` touches are looked at, since an entity may
 * be older than the rule. `given` is where a field that is needed has to stand.
 */
export function jointProblems(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  changes: JsonObject,
  given: JsonObject,
): Problems {
  return {
    ...referenceProblems(world, resource, entity, changes),
    ...missingProblems(resource, entity, changes, given),
    ...uniqueProblems(world, resource, entity, changes),
    ...limitProblems(world, resource, entity, changes),
  };
}

function missingProblems(
  resource: EntityName,
  entity: JsonObject,
  changes: JsonObject,
  given: JsonObject,
): Problems {
  const { requires = [], oneOf } = entityResource(resource);
  const problems: Problems = {};
  for (const { when, fields } of requires) {
    if (!holds(when, entity) || !touches(changes, [...Object.keys(when), ...fields])) continue;
    for (const name of fields) if (isMissing(given[name])) problems[name] = `is required ${inWords(when)}`;
  }
  if (oneOf?.every((name) => isMissing(entity[name])))
    for (const name of oneOf)
      problems[name] = `is required, or ${oneOf.filter((x) => x !== name).join(', ')}`;
  return problems;
}

function uniqueProblems(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  changes: JsonObject,
): Problems {
  const problems: Problems = {};
  for (const name of entityResource(resource).unique ?? []) {
    const value = changes[name];
    if (isMissing(value)) continue;
    for (const other of world.store.children(resource, parentIdOf(resource, entity)))
      if (other.id !== entity.id && other[name] === value)
        problems[name] = `is taken by ${resource}/${other.id}`;
  }
  return problems;
}

function limitProblems(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  changes: JsonObject,
): Problems {
  const { atMost } = entityResource(resource);
  if (atMost === undefined || !touches(changes, Object.keys(atMost.when)) || !holds(atMost.when, entity))
    return {};
  const parentId = parentIdOf(resource, entity);
  let taken = 0;
  for (const other of world.store.children(resource, parentId))
    if (other.id !== entity.id && holds(atMost.when, other)) taken++;
  for (const also of atMost.together.filter(isEntityName))
    taken += [...world.store.children(also, parentId)].length;
  if (taken < world.segmentationLimit) return {};
  const problem = `is taken ${taken} times, and the plan allows ${world.segmentationLimit}`;
  return Object.fromEntries(Object.keys(atMost.when).map((name) => [name, problem]));
}

/** An id that the list already has may be a dead one; a new one has to name a sibling of the same project. */
function referenceProblems(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  changes: JsonObject,
): Problems {
  const problems: Problems = {};
  const before = world.store.get(resource, idOf(entity)) ?? {};
  for (const [name, field] of editableFields(resource)) {
    const { references } = field;
    if (references === undefined || !isEntityName(references)) continue;
    const known = new Set(idsIn(before[name]));
    const strange = idsIn(changes[name]).find((id) => {
      const found = world.store.get(references, id);
      return !known.has(id) && (found === undefined || found.project_id !== entity.project_id);
    });
    if (strange !== undefined) problems[name] = `names no ${references} of this project: ${strange}`;
  }
  return problems;
}

function idsIn(value: Json | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => typeof id === 'number');
}
function touches(changes: JsonObject, fields: readonly string[]): boolean {
  return fields.some((name) => Object.hasOwn(changes, name));
}
function isMissing(value: Json | undefined): boolean {
  return value === undefined || value === null;
}
function inWords(when: When): string {
  return Object.entries(when)
    .map(([name, values]) => `where ${name} is ${values.join(' or ')}`)
    .join(' and ');
}
