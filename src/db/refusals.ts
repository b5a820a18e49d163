/** What the API would refuse, as SQL conditions with the sentence that says so: each derives from the description. */
import type { EntityResource, Field, When } from '../api/description.ts';
import {
  can,
  creatableFields,
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
import { badValue, list, type Refusal, words } from './refused-values.ts';

/** Refusals of which the first that holds is raised, and none where `unless` holds. */
export interface Check {
  readonly unless?: string;
  readonly refusals: readonly Refusal[];
}

export const idExists = 'one with this id exists already; change it with UPDATE';

/** As many temporary ids again are left, whatever anyone chooses, until JavaScript's numbers end. */
const lowestChosenId = -4503599627370496;

/** The SQL condition that a row is in the state that `when` describes. */
function stateOf(resource: EntityName, when: When, row: 'OLD' | 'NEW'): string {
  const conditions = Object.entries(when).map(([name, values]) => {
    const cells = values.map((value) =>
      literal(typeof value === 'boolean' ? Number(value) : (value as string | number)),
    );
    if (fieldOf(resource, name) === undefined) throw new Error(`${resource} has no field ${name}`);
    return `${row}.${quoted(name)} IN (${cells.join(', ')})`;
  });
  return conditions.join(' AND ');
}

const whenWords = (when: When) =>
  Object.entries(when)
    .map(([name, values]) => `${name} ${words(values as string[])}`)
    .join(' and ');

const isNull = (name: string) => `NEW.${quoted(name)} IS NULL`;
const differs = (name: string) => `OLD.${quoted(name)} IS NOT NEW.${quoted(name)}`;

/** At least one of these fields has to hold a value. */
function noneOf({ oneOf }: EntityResource): Refusal[] {
  if (!oneOf) return [];
  return [{ when: oneOf.map(isNull).join(' AND '), message: `needs ${oneOf.join(' or ')}` }];
}

/** The fields that a create has to have in certain cases. */
function lacking(resource: EntityName): Refusal[] {
  return (entityResource(resource).requires ?? []).map(({ when, fields }) => ({
    when: `${stateOf(resource, when, 'NEW')} AND (${fields.map(isNull).join(' OR ')})`,
    message: `with ${whenWords(when)} needs ${fields.join(' and ')}`,
  }));
}

function onlyCreatedAs(name: string, { createValues }: Field): Refusal[] {
  if (!createValues) return [];
  const when = `NEW.${quoted(name)} NOT IN (${list(createValues)})`;
  return [{ when, message: `${name} can be created only as: ${words(createValues)}` }];
}

/** What an INSERT may not be. `NEW.id` is -1 in a BEFORE trigger where none was given, so -1 is looked at afterwards. */
export function insertRefusals(resource: EntityName): Check[] {
  const ids = [
    {
      when: `NEW.id <> -1 AND EXISTS (SELECT 1 FROM ${quoted(resource)} WHERE id = NEW.id)`,
      message: idExists,
    },
    {
      when: `NEW.id NOT BETWEEN ${lowestChosenId} AND ${Number.MAX_SAFE_INTEGER}`,
      message: `id can be chosen from ${lowestChosenId} to -1`,
    },
  ];
  const readOnly = fieldsOf(resource)
    .filter(([name, field]) => name !== 'id' && field.by === 'server')
    .map(([name, field]) => ({
      when: serverSet(resource, name, field),
      message: `${name} is set by the server: leave it out`,
    }));
  const parent = creatableFields(resource).filter(([, field]) => field.by === 'parent');
  const together = [...lacking(resource), ...noneOf(entityResource(resource))];
  return [
    { refusals: [...ids, ...parent.flatMap(([name]) => missingParent(resource, name)), ...readOnly] },
    ...creatableFields(resource).flatMap(([name, field]) => insertedField(name, field)),
    ...(together.length > 0 ? [{ refusals: together }] : []),
  ];
}

function insertedField(name: string, field: Field): Check[] {
  if (field.by === 'parent') return [];
  // The narrower one first: what it names is all that can be given here.
  const refusals = [...onlyCreatedAs(name, field), ...badValue(name, field, `NEW.${quoted(name)}`)];
  if (field.required) return [{ refusals: [{ when: isNull(name), message: `needs ${name}` }, ...refusals] }];
  return [{ unless: isNull(name), refusals }];
}

/** A server-set field may be given only as what is known already: the grandparent's id. */
function serverSet(resource: EntityName, name: string, field: Field): string {
  const cell = `NEW.${quoted(name)}`;
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

function missingParent(resource: EntityName, name: string): Refusal[] {
  const parent = parentOf(resource) ?? resource;
  return [
    { when: isNull(name), message: `needs ${name}` },
    {
      when: `NOT EXISTS (SELECT 1 FROM ${quoted(parent)} WHERE id = NEW.${quoted(name)})`,
      message: `${name} names no ${entityResource(parent).singular} that the mirror has`,
    },
  ];
}

/** What an UPDATE may not be. */
export function updateRefusals(resource: EntityName): Check[] {
  const description = entityResource(resource);
  const changed = editableFields(resource).map(([name, field]) => edited(name, field));
  const frozen = (description.frozenWhen ?? []).map(({ when, because }) => ({
    when: `${stateOf(resource, when, 'OLD')} AND (${changed.join(' OR ')})`,
    message: `can't be edited: ${because}`,
  }));
  const readOnly = fieldsOf(resource)
    .filter(([, field]) => field.by === 'server' || field.by === 'parent')
    .map(([name, field]) => ({
      when: differs(name),
      message:
        name === 'id' || field.by === 'parent'
          ? `${name} can't be changed`
          : `${name} is set by the server and can't be edited`,
    }));
  const { oneOf = [] } = description;
  return [
    { refusals: readOnly },
    ...creatableFields(resource).flatMap(([name, field]) => updatedField(resource, name, field)),
    ...(frozen.length > 0 ? [{ refusals: frozen }] : []),
    // What the API takes for an entity that it has, it decides itself; a create lacks nothing until it is sent.
    ...(description.requires ? [{ unless: 'OLD.id > 0', refusals: lacking(resource) }] : []),
    ...(oneOf.length > 0
      ? [{ unless: `NOT (${oneOf.map(differs).join(' OR ')})`, refusals: noneOf(description) }]
      : []),
  ];
}

/** Whether the value differs, and not its spacing alone. Only asked after the new value was found good. */
function edited(name: string, field: Field): string {
  if (field.kind !== 'list') return differs(name);
  return `(${differs(name)} AND json(OLD.${quoted(name)}) IS NOT json(NEW.${quoted(name)}))`;
}

function updatedField(resource: EntityName, name: string, field: Field): Check[] {
  if (field.by === 'parent') return [];
  const cell = `NEW.${quoted(name)}`;
  const same = `${cell} IS OLD.${quoted(name)}`;
  // What the API itself holds may always be set back, be it a null or a value that no edit could give.
  const held = `NOT EXISTS (SELECT 1 FROM ${quoted(`remote_${resource}`)} WHERE id = NEW.id AND json_extract(body, ${literal(`$.${name}`)}) IS ${cell})`;
  const unlessHeld = (refusal: Refusal): Refusal => ({ ...refusal, when: `${refusal.when} AND ${held}` });
  const values = badValue(name, field, cell);
  const created = onlyCreatedAs(name, field).map(({ when, message }) => ({
    when: `OLD.id < 0 AND ${when}`,
    message,
  }));
  const noNull = unlessHeld({ when: isNull(name), message: `${name} can't be null` });
  const late = { when: 'OLD.id > 0', message: `${name} can be given only when it is created` };
  const refusals = [...created, ...(field.alsoSeen ? values.map(unlessHeld) : values)];
  return [
    ...(field.by === 'create' ? [{ unless: same, refusals: [late] }] : []),
    ...(takesNull(field) ? [] : [{ unless: same, refusals: [noNull] }]),
    { unless: `${same} OR ${isNull(name)}`, refusals },
  ];
}

/** What a DELETE may not be: an entity that the API has and can't delete. */
export function deleteRefusals(resource: EntityName): Check[] {
  if (can(resource, 'delete')) return [];
  return [
    { refusals: [{ when: 'OLD.id > 0', message: `can't be deleted: the API does not delete ${resource}` }] },
  ];
}
