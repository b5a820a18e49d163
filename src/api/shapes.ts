/** The description compiled, once per resource, into fast checks of what the API sends. */
import type { Field, JsonObject } from './description.ts';
import { sayKind } from './json.ts';
import { fieldsOf, type ResourceName, resourceNames, resources } from './resources.ts';

/** What tells one element of a list from another; `id` is the entity's, or, of a row of results, its goal's. */
export interface Identity {
  readonly key: number | string;
  readonly id: number;
}

export interface Shape {
  /** The identity of a record, or what is wrong with it. */
  identify(record: JsonObject): Identity | string;
  /** The record with every field under its main name, and a row's ids as the texts they are. */
  canonical(record: JsonObject): JsonObject;
  /** The first field of the wrong kind, in words; null where there is none. Null and absent fields are always right. */
  problem(record: JsonObject, parentId: number | null): string | null;
}

/** The checks of a resource. */
export function shapeOf(resource: ResourceName): Shape {
  return shapes[resource];
}

export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function compile(resource: ResourceName): Shape {
  const fields = fieldsOf(resource);
  const checks = fields.map(([name, field]) => ({ name, ...checkOf(field) }));
  const parent = fields.find(([, field]) => field.by === 'parent')?.[0];
  return {
    identify: identifier(resource),
    canonical: canonicalizer(resource),
    problem(record, parentId) {
      for (const { name, accepts, expected } of checks) {
        const value = record[name];
        if (value === undefined || value === null || accepts(value)) continue;
        return `${name}: expected ${expected}, got ${sayKind(value)}`;
      }
      return contradiction(parent, record, parentId);
    },
  };
}

function contradiction(
  parent: string | undefined,
  record: JsonObject,
  parentId: number | null,
): string | null {
  const value = parent === undefined ? null : (record[parent] ?? null);
  if (value === null || parentId === null || value === parentId) return null;
  return `${parent}: expected ${parentId}, as in the URL, got ${value}`;
}

interface Check {
  accepts(value: unknown): boolean;
  readonly expected: string;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const scalars = {
  integer: { accepts: isNumber, expected: 'a number' },
  number: { accepts: isNumber, expected: 'a number' },
  boolean: { accepts: (value: unknown) => typeof value === 'boolean', expected: 'true or false' },
  text: { accepts: isText, expected: 'a text' },
  time: { accepts: isText, expected: 'a text' },
  utcSecond: { accepts: isText, expected: 'a text' },
  jsonText: { accepts: isText, expected: 'a text' },
} as const satisfies Record<string, Check>;

const elements = {
  // An id above 2^53 has lost digits by now, and would name another entity.
  id: { accepts: Number.isSafeInteger, expected: 'a list of ids' },
  integer: { accepts: isNumber, expected: 'a list of numbers' },
  text: { accepts: isText, expected: 'a list of texts' },
  object: { accepts: isObject, expected: 'a list of objects' },
} as const satisfies Record<string, Check>;

function checkOf(field: Field): Check {
  if (field.kind !== 'list') return scalars[field.kind];
  const element = elements[field.items ?? 'object'];
  return {
    accepts: (value) => Array.isArray(value) && value.every(element.accepts),
    expected: element.expected,
  };
}

function identifier(resource: ResourceName): Shape['identify'] {
  const description = resources[resource];
  if (description.kind === 'observations') return rowIdentifier(resource, description.key);
  return ({ id }) => (isId(id) ? { key: id, id } : `expected an id from 1 to 2^53 - 1, got ${sayKind(id)}`);
}

const keyChecks = {
  id: { accepts: isId, expected: 'an id' },
  text: { accepts: (value: unknown) => isText(value) && value !== '', expected: 'a text' },
} as const satisfies Record<string, Check>;

/** Rows have a key of several fields, each of which must hold a value; the one that is a number names the row. */
function rowIdentifier(resource: ResourceName, key: readonly string[]): Shape['identify'] {
  const parts = fieldsOf(resource)
    .filter(([name]) => key.includes(name))
    .map(([name, { kind }]) => ({ name, ...keyChecks[kind === 'integer' ? 'id' : 'text'] }));
  return (record) => {
    const wrong = parts.find(({ name, accepts }) => !accepts(record[name]));
    if (wrong) return `${wrong.name}: expected ${wrong.expected}, got ${sayKind(record[wrong.name])}`;
    const id = parts.map(({ name }) => record[name]).find((value) => typeof value === 'number');
    return { key: parts.map(({ name }) => `${name} ${record[name]}`).join(', '), id: id ?? 0 };
  };
}

function canonicalizer(resource: ResourceName): Shape['canonical'] {
  const fields = fieldsOf(resource);
  const renamed = fields.flatMap(([name, { aliases = [] }]) =>
    aliases.map((alias) => [alias, name] as const),
  );
  // Ids are text only where a row may join several; there a single one has been seen as a number.
  const textIds = fields.filter(([, { joinedIds }]) => joinedIds).map(([name]) => name);
  return (record) => {
    const wrong = (name: string): boolean => Number.isSafeInteger(record[name]);
    const other = ([alias]: readonly [string, string]): boolean => record[alias] !== undefined;
    if (!textIds.some(wrong) && !renamed.some(other)) return record;
    const copy = { ...record };
    for (const name of textIds.filter(wrong)) copy[name] = String(copy[name]);
    for (const [alias, name] of renamed.filter(other)) {
      copy[name] ??= copy[alias] ?? null;
      delete copy[alias];
    }
    return copy;
  };
}

const shapes = Object.fromEntries(resourceNames.map((name) => [name, compile(name)])) as Record<
  ResourceName,
  Shape
>;
