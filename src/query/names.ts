/** Names that people type, checked against the description: resources, fields, ids. */
import type { Field } from '../api/description.ts';
import {
  can,
  type EntityName,
  entityNames,
  fieldOf,
  fieldsOf,
  isEntityName,
  isResourceName,
  type ResourceName,
  resourceNames,
} from '../api/resources.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from './near.ts';

/** The resource of that name; throws a UsageError that names the near ones. */
export function mustBeResource(given: string): ResourceName {
  if (isResourceName(given)) return given;
  throw new UsageError(`there is no resource ${JSON.stringify(given)}${didYouMean(given, resourceNames)}`);
}

/** The resource of that name, if its members have ids. */
export function mustBeEntity(given: string): EntityName {
  const name = mustBeResource(given);
  if (isEntityName(name)) return name;
  throw new UsageError(`${name} have no ids: read them with: optimirror list ${name}`);
}

/** The resource of that name, if the API lets it be changed in that way. */
export function mustBeAble(given: string, verb: 'create' | 'update' | 'delete'): EntityName {
  const name = mustBeResource(given);
  if (!isEntityName(name)) throw new UsageError(`${name} come from the API alone: nobody can ${verb} them`);
  // What was only made here can always be taken back, so a delete is left for the mirror to judge.
  if (verb === 'delete' || can(name, verb)) return name;
  const able = entityNames.filter((other) => can(other, verb));
  throw new UsageError(`the API can't ${verb} ${name}, only ${able.join(', ')}`);
}

/** The field of that name. */
export function mustBeField(resource: ResourceName, given: string): Field {
  const field = fieldOf(resource, given);
  if (field !== undefined) return field;
  const names = fieldsOf(resource).map(([name]) => name);
  throw new UsageError(`${resource} have no field ${JSON.stringify(given)}${didYouMean(given, names)}`);
}

/** An id as people type it: negative where the entity was made offline. */
export function mustBeId(given: string): number {
  const id = /^-?\d+$/.test(given) ? Number(given) : 0;
  if (Number.isSafeInteger(id) && id !== 0) return id;
  throw new UsageError(
    `an id is a whole number, negative where it was made offline, not ${JSON.stringify(given.slice(0, 200))}`,
  );
}
