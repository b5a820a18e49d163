/** What is wrong with an edit before SQLite sees it, in words that say what to give instead. */
import type { Field, Json } from '../api/description.ts';
import { creatableFields, type EntityName } from '../api/resources.ts';
import { UsageError } from '../errors.ts';
import { didYouMean } from '../query/near.ts';

/** A field that the resource does not have. */
export function unknownField(resource: EntityName, name: string): UsageError {
  const fields = creatableFields(resource).map(([field]) => field);
  return new UsageError(`${resource} have no field ${JSON.stringify(name)}${didYouMean(name, fields)}`);
}

function fits(field: Field, value: Json): boolean {
  if (value === null) return true;
  if (field.kind === 'list') return Array.isArray(value);
  if (field.kind === 'boolean') return typeof value === 'boolean';
  if (field.kind === 'integer') return Number.isSafeInteger(value);
  return typeof value === (field.kind === 'number' ? 'number' : 'string');
}

const kinds: Partial<Record<Field['kind'], string>> = {
  list: 'a JSON list',
  boolean: 'a boolean: true or false',
  integer: 'a whole number',
  number: 'a number',
};

/**
 * @throws UsageError where the value is of another JSON kind than the field
 */
export function checkKind(resource: EntityName, name: string, field: Field, value: Json): void {
  if (fits(field, value)) return;
  throw new UsageError(
    `${resource}.${name} is ${kinds[field.kind] ?? 'a text'}, not ${JSON.stringify(value)}`,
  );
}
