/** Whether one value is what a field takes; each problem is said as the API says it, in a few words. */
import type { Field, ItemKey, Json, JsonObject } from '../api/description.ts';
import { takesNull } from '../api/resources.ts';

/** What is wrong with a value for a field, or undefined where nothing is. */
export function valueProblem(field: Field, value: Json): string | undefined {
  if (value === null) return takesNull(field) ? undefined : 'may not be null';
  if (field.kind === 'list') return listProblem(field, value);
  return kindProblem(field.kind, value) ?? allowedProblem(field, value);
}

const secondForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function kindProblem(kind: Field['kind'] | ItemKey['kind'], value: Json): string | undefined {
  switch (kind) {
    case 'integer':
      return Number.isSafeInteger(value) ? undefined : 'must be an integer';
    case 'number':
      return typeof value === 'number' ? undefined : 'must be a number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'utcSecond':
      return isUtcSecond(value) ? undefined : 'must have the form YYYY-MM-DDTHH:MM:SSZ';
    case 'jsonText':
      return holdsJson(value) ? undefined : 'must be a text that holds JSON';
    default:
      return typeof value === 'string' ? undefined : 'must be a text';
  }
}

/** The form alone is not enough: February has no 30th. */
function isUtcSecond(value: Json): boolean {
  if (typeof value !== 'string' || !secondForm.test(value)) return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString() === value.replace('Z', '.000Z');
}

function holdsJson(value: Json): boolean {
  if (typeof value !== 'string') return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

type Limits = Pick<Field, 'values' | 'min' | 'max'>;
function allowedProblem({ values, min, max }: Limits, value: Json): string | undefined {
  if (values !== undefined && !(values as readonly Json[]).includes(value))
    return `must be one of ${values.join(', ')}`;
  if (typeof value !== 'number') return undefined;
  if (min !== undefined && value < min) return `must be at least ${min}`;
  return max !== undefined && value > max ? `must be at most ${max}` : undefined;
}

function listProblem(field: Field, value: Json): string | undefined {
  if (!Array.isArray(value)) return 'must be a list';
  for (const [index, item] of value.entries()) {
    const problem = itemProblem(field, item);
    if (problem !== undefined) return `element ${index} ${problem}`;
  }
  return undefined;
}

function itemProblem(field: Field, item: Json): string | undefined {
  switch (field.items) {
    case 'id':
      return Number.isSafeInteger(item) && (item as number) > 0 ? undefined : 'must be an id';
    case 'object':
      return isObject(item) ? objectProblem(field.itemKeys ?? {}, item) : 'must be an object';
    case 'integer':
      return kindProblem('integer', item) ?? allowedProblem(field, item);
    default:
      return kindProblem('text', item) ?? allowedProblem(field, item);
  }
}

function objectProblem(keys: Readonly<Record<string, ItemKey>>, item: JsonObject): string | undefined {
  for (const [name, key] of Object.entries(keys)) {
    const value = item[name];
    if (value === undefined && key.required) return `lacks ${name}`;
    if (value === undefined || key.by === 'server') continue;
    const problem = kindProblem(key.kind, value) ?? allowedProblem(key, value);
    if (problem !== undefined) return `has a ${name} that ${problem}`;
  }
  return undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
