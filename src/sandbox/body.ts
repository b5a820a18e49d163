/** Which fields of a request's body the API takes: everything that it answers 400 to is found here. */
import { isDeepStrictEqual } from 'node:util';
import type { Field, Json, JsonObject } from '../api/description.ts';
import {
  creatableFields,
  type EntityName,
  editableFields,
  entityResource,
  holds,
  parentField,
} from '../api/resources.ts';
import { invalidFields, Refusal } from './refusal.ts';
import { jointProblems, type Problems } from './rules.ts';
import { idOf } from './store.ts';
import { valueProblem } from './values.ts';
import type { World } from './world.ts';

/** The fields of a create that count, or a refusal that names the bad ones. `initial` is the entity without them. */
export function acceptCreate(
  world: World,
  resource: EntityName,
  initial: JsonObject,
  body: JsonObject,
): JsonObject {
  const problems: Problems = parentProblem(resource, initial, body);
  const given: JsonObject = {};
  for (const [name, field] of creatableFields(resource)) {
    const value = body[name];
    if (field.by === 'parent') continue;
    if (value === undefined) {
      if (field.required) problems[name] = 'is required';
      continue;
    }
    const problem = valueProblem(field, value) ?? createValueProblem(field, value);
    if (problem === undefined) given[name] = value;
    else problems[name] ??= problem;
  }
  const entity = { ...initial, ...given };
  Object.assign(problems, jointProblems(world, resource, entity, given, given), problems);
  if (Object.keys(problems).length > 0) throw invalidFields(problems);
  return given;
}

/** The fields that an update changes. One that is echoed with its present value is always taken. */
export function acceptUpdate(
  world: World,
  resource: EntityName,
  entity: JsonObject,
  body: JsonObject,
): JsonObject {
  refuseFrozen(resource, entity);
  const problems: Problems = parentProblem(resource, entity, body);
  const changes: JsonObject = {};
  for (const [name, field] of editableFields(resource)) {
    const value = body[name];
    if (value === undefined || isDeepStrictEqual(value, entity[name])) continue;
    const problem = valueProblem(field, value);
    if (problem === undefined) changes[name] = value;
    else problems[name] = problem;
  }
  const after = { ...entity, ...changes };
  Object.assign(problems, jointProblems(world, resource, after, changes, after), problems);
  if (Object.keys(problems).length > 0) throw invalidFields(problems);
  return changes;
}

function refuseFrozen(resource: EntityName, entity: JsonObject): void {
  const frozen = entityResource(resource).frozenWhen?.find(({ when }) => holds(when, entity));
  if (frozen === undefined) return;
  const fields = Object.fromEntries(Object.keys(frozen.when).map((field) => [field, frozen.because]));
  throw new Refusal(400, `${resource}/${idOf(entity)} can not be updated: ${frozen.because}`, fields);
}

function parentProblem(resource: EntityName, entity: JsonObject, body: JsonObject): Problems {
  const name = parentField(resource);
  if (name === null || body[name] === undefined || body[name] === entity[name]) return {};
  return { [name]: `must be ${entity[name]}, as in the URL or as it is` };
}

function createValueProblem(field: Field, value: Json): string | undefined {
  const { createValues } = field;
  if (createValues === undefined || (createValues as readonly Json[]).includes(value)) return undefined;
  return `must be one of ${createValues.join(', ')} when created`;
}
