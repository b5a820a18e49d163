/** What the API would refuse, as SQL conditions with the sentence that says so: each derives from the description. */
import type { EntityResource, Field, ItemKey, When } from '../api/description.ts';
import {
  can,
  type EntityName,
  editableFields,
  entityResource,
  fieldOf,
  fieldsOf,
  parentField,
  parentOf,
  takesNull,
} from '../api/resources.ts';
import { literal, quoted } from './columns.ts';
import { cellsDiffer } from './sql-json.ts';

/** An SQL condition under which a write is refused, and the sentence that the writer reads. */
export interface Refusal {
  readonly when: string;
  readonly message: string;
}

const list = (values: readonly (string | number)[]) => values.map(literal).join(', ');
const words = (values: readonly (string | number)[]) => values.join(', ');

/** What a non-null cell of the field may not be. `cell` is an SQL expression such as `NEW."weight"`. */
function badValue(name: string, field: Field, cell: string): Refusal[] {
  const refuse = (when: string, what: string): Refusal => ({
    when: `${cell} IS NOT NULL AND ${when}`,
    message: `${name} ${what}`,
  });
  if (field.kind === 'list') return badList(field, cell, refuse);
  const refusals: Refusal[] = [];
  if (field.kind === 'boolean') {
    refusals.push(
      refuse(`(typeof(${cell}) <> 'integer' OR ${cell} NOT IN (0, 1))`, 'is a boolean: give 0 or 1'),
    );
  } else if (field.kind === 'integer') {
    refusals.push(refuse(`typeof(${cell}) <> 'integer'`, 'is a whole number'));
  } else {
    refusals.push(refuse(`typeof(${cell}) <> 'text'`, 'is a text'));
  }
  if (field.kind === 'jsonText')
    refusals.push(refuse(`NOT json_valid(${cell})`, 'is a text that holds JSON, and this is none'));
  if (field.kind === 'utcSecond') {
    refusals.push(
      refuse(
        `strftime('%Y-%m-%dT%H:%M:%SZ', ${cell}) IS NOT ${cell}`,
        'is a UTC time of the form 2015-01-01T08:00:00Z',
      ),
    );
  }
  if (field.values)
    refusals.push(refuse(`${cell} NOT IN (${list(field.values)})`, `is one of: ${words(field.values)}`));
  if (field.min !== undefined && field.max !== undefined) {
    refusals.push(
      refuse(`${cell} NOT BETWEEN ${field.min} AND ${field.max}`, `is from ${field.min} to ${field.max}`),
    );
  }
  return refusals;
}

function badList(field: Field, cell: string, refuse: (when: string, what: string) => Refusal): Refusal[] {
  // A condition is only reached where the ones before it did not hold, so that json_each never sees broken JSON.
  const items = (condition: string) => `EXISTS (SELECT 1 FROM json_each(${cell}) AS item WHERE ${condition})`;
  const refusals = [
    refuse(`NOT json_valid(${cell})`, 'is a JSON list, and this is no JSON'),
    refuse(`json_type(${cell}) <> 'array'`, 'is a JSON list'),
  ];
  if (field.items === 'id')
    refusals.push(refuse(items(`item.type <> 'integer' OR item.value = 0`), 'is a JSON list of ids'));
  if (field.items === 'integer')
    refusals.push(refuse(items(`item.type <> 'integer'`), 'is a JSON list of whole numbers'));
  if (field.items === 'text') refusals.push(refuse(items(`item.type <> 'text'`), 'is a JSON list of texts'));
  if (field.values) {
    refusals.push(
      refuse(items(`item.value NOT IN (${list(field.values)})`), `holds only: ${words(field.values)}`),
    );
  }
  if (field.items === 'object') {
    refusals.push(refuse(items(`item.type <> 'object'`), 'is a JSON list of objects'));
    for (const [key, rule] of Object.entries(field.itemKeys ?? {})) {
      refusals.push(...badKey(key, rule).map(({ when, message }) => refuse(items(when), message)));
    }
  }
  return refusals;
}

function badKey(key: string, rule: ItemKey): Refusal[] {
  const type = `json_type(item.value, '$.${key}')`;
  const value = `json_extract(item.value, '$.${key}')`;
  const refusals: Refusal[] = [];
  if (rule.required)
    refusals.push({ when: `coalesce(${type}, 'null') = 'null'`, message: `needs ${key} in each element` });
  if (rule.by === 'server') return refusals;
  if (rule.kind === 'text')
    refusals.push({ when: `coalesce(${type}, 'text') <> 'text'`, message: `has a ${key} that is no text` });
  if (rule.kind === 'boolean') {
    refusals.push({
      when: `coalesce(${type}, 'true') NOT IN ('true', 'false')`,
      message: `has a ${key} that is not true or false`,
    });
  }
  if (rule.values) {
    refusals.push({
      when: `${value} NOT IN (${list(rule.values)})`,
      message: `has a ${key} that is none of: ${words(rule.values)}`,
    });
  }
  return refusals;
}

/** The SQL condition that a row is in the state that `when` describes. */
function stateOf(resource: EntityName, when: When, row: 'OLD' | 'NEW'): string {
  const conditions = Object.entries(when).map(([name, values]) => {
    const cells = values.map((value) =>
      literal(typeof value === 'boolean' ? Number(value) : (value as string | number)),
    );
    if (fieldOf(resource, name) === undefined) throw new Error(`${resource} has no field ${name}`);
    return `${row}.${quoted(name)} IN (${cells.join(', ')})`;
  });
  return `(${conditions.join(' AND ')})`;
}

function noneOf(description: EntityResource): Refusal[] {
  if (!description.oneOf) return [];
  const all = description.oneOf.map((name) => `NEW.${quoted(name)} IS NULL`).join(' AND ');
  return [{ when: `(${all})`, message: `needs ${description.oneOf.join(' or ')}` }];
}

/** What an INSERT may not be. `NEW.id` is -1 in a BEFORE trigger where none was given, so -1 is looked at afterwards. */
export function insertRefusals(resource: EntityName): Refusal[] {
  const description = entityResource(resource);
  const id = {
    when: `NEW.id <> -1 AND EXISTS (SELECT 1 FROM ${quoted(resource)} WHERE id = NEW.id)`,
    message: 'with this id exists already; change it with UPDATE',
  };
  const fields = fieldsOf(resource).flatMap(([name, field]) => insertedField(resource, name, field));
  const requires = (description.requires ?? []).map(({ when, fields: names }) => ({
    when: `(${stateOf(resource, when, 'NEW')} AND (${names.map((name) => `NEW.${quoted(name)} IS NULL`).join(' OR ')}))`,
    message: `with ${Object.entries(when)
      .map(([name, values]) => `${name} ${words(values as string[])}`)
      .join(' and ')} needs ${names.join(' and ')}`,
  }));
  return [id, ...fields, ...requires, ...noneOf(description)];
}

function insertedField(resource: EntityName, name: string, field: Field): Refusal[] {
  const cell = `NEW.${quoted(name)}`;
  if (name === 'id') return [];
  if (field.by === 'parent') return missingParent(resource, name, cell);
  if (field.by === 'server')
    return [
      { when: serverSet(resource, name, field, cell), message: `${name} is set by the server: leave it out` },
    ];
  const refusals = badValue(name, field, cell);
  if (field.createValues) {
    refusals.push({
      when: `${cell} NOT IN (${list(field.createValues)})`,
      message: `${name} can be created only as: ${words(field.createValues)}`,
    });
  }
  return field.required ? [{ when: `${cell} IS NULL`, message: `needs ${name}` }, ...refusals] : refusals;
}

/** A server-set field may be given only as what is known already: the grandparent's id. */
function serverSet(resource: EntityName, name: string, field: Field, cell: string): string {
  const known = grandparent(resource, field);
  return known === null ? `${cell} IS NOT NULL` : `${cell} IS NOT NULL AND ${cell} IS NOT ${known(name)}`;
}

/** The SQL that finds, for a server-set field which names the grandparent, its value in the parent's row. */
export function grandparent(resource: EntityName, field: Field): ((name: string) => string) | null {
  const parent = parentOf(resource);
  const given = parentField(resource);
  if (parent === null || given === null || field.references !== parentOf(parent)) return null;
  return (name) => `(SELECT ${quoted(name)} FROM ${quoted(parent)} WHERE id = NEW.${quoted(given)})`;
}

function missingParent(resource: EntityName, name: string, cell: string): Refusal[] {
  const parent = parentOf(resource) ?? resource;
  return [
    { when: `${cell} IS NULL`, message: `needs ${name}` },
    {
      when: `NOT EXISTS (SELECT 1 FROM ${quoted(parent)} WHERE id = ${cell})`,
      message: `names a ${name} that the mirror does not have`,
    },
  ];
}

/** What an UPDATE may not be. */
export function updateRefusals(resource: EntityName): Refusal[] {
  const description = entityResource(resource);
  const changed = editableFields(resource).map(([name, field]) =>
    cellsDiffer(field, `OLD.${quoted(name)}`, `NEW.${quoted(name)}`),
  );
  const frozen = (description.frozenWhen ?? []).map(({ when, because }) => ({
    when: `${stateOf(resource, when, 'OLD')} AND (${changed.join(' OR ')})`,
    message: `can't be edited: ${because}`,
  }));
  return [
    ...fieldsOf(resource).flatMap(([name, field]) => updatedField(name, field)),
    ...frozen,
    ...noneOf(description),
  ];
}

function updatedField(name: string, field: Field): Refusal[] {
  const [before, after] = [`OLD.${quoted(name)}`, `NEW.${quoted(name)}`];
  const differs = `${before} IS NOT ${after}`;
  if (name === 'id' || field.by === 'parent') return [{ when: differs, message: `${name} can't be changed` }];
  if (field.by === 'server')
    return [{ when: differs, message: `${name} is set by the server and can't be edited` }];
  const refusals = badValue(name, field, after).map(({ when, message }) => ({
    when: `${differs} AND ${when}`,
    message,
  }));
  if (!takesNull(field))
    refusals.unshift({ when: `${differs} AND ${after} IS NULL`, message: `${name} can't be null` });
  if (field.by === 'create')
    refusals.unshift({
      when: `${differs} AND OLD.id > 0`,
      message: `${name} can be given only when it is created`,
    });
  if (field.createValues) {
    refusals.push({
      when: `${differs} AND OLD.id < 0 AND ${after} NOT IN (${list(field.createValues)})`,
      message: `${name} can be created only as: ${words(field.createValues)}`,
    });
  }
  return refusals;
}

/** What a DELETE may not be: an entity that the API has and can't delete. */
export function deleteRefusals(resource: EntityName): Refusal[] {
  if (can(resource, 'delete')) return [];
  return [{ when: 'OLD.id > 0', message: `can't be deleted: the API does not delete ${resource}` }];
}
