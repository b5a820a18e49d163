/** Edits at random that the API would take, as SQL; each is carried out on the model as well. */
import type { Field, Json, JsonObject } from '../../src/api/description.ts';
import {
  can,
  creatableFields,
  type EntityName,
  editableFields,
  entityNames,
  entityResource,
  holds,
  parentField,
  parentOf,
  takesNull,
} from '../../src/api/resources.ts';
import { toCell } from '../../src/db/columns.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import type { NaiveMirror } from './naive.ts';

/** Changes the model at random, and gives the statement that does the same. */
export function randomEdit(random: Random, model: NaiveMirror): string {
  const resource = pick(random, entityNames);
  const kind = random();
  if (kind < 0.2) return insert(random, model, resource) ?? randomEdit(random, model);
  if (kind < 0.3) return remove(random, model, resource) ?? randomEdit(random, model);
  if (kind < 0.4) return batch(random, model) ?? randomEdit(random, model);
  return update(random, model, resource) ?? randomEdit(random, model);
}

function insert(random: Random, model: NaiveMirror, resource: EntityName): string | undefined {
  const parents = parentOf(resource) === null ? [] : [...model.rows(parentOf(resource) ?? resource).keys()];
  const above = parentField(resource);
  if (above !== null && parents.length === 0) return undefined;
  const fields: JsonObject = above === null ? {} : { [above]: pick(random, parents) };
  for (const [name, field] of creatableFields(resource)) {
    if (field.by === 'parent') continue;
    if (name === 'goal_type') fields[name] = 1;
    else if (field.required || ['event', 'start_time'].includes(name) || random() < 0.3)
      fields[name] = mustHave(name) ? 'x' : randomValue(random, model, field);
  }
  if (resource === 'schedules') fields.start_time = '2017-01-01T00:00:00Z';
  const id = pick(random, [null, null, 0, between(random, 1, 1000), model.nextId - between(random, 0, 3)]);
  const all = { ...(id === null ? {} : { id }), ...fields };
  const names = Object.keys(all).map((name) => `"${name}"`);
  const cells = Object.entries(all).map(([name, value]) => sqlOf(random, fieldNamed(resource, name), value));
  model.insert(resource, id, fields);
  const verb = pick(random, ['INSERT', 'INSERT OR REPLACE', 'INSERT OR IGNORE', 'REPLACE']);
  return `${verb} INTO "${resource}" (${names.join(', ')}) VALUES (${cells.join(', ')})`;
}

/** Whether a create without a text there would be refused. */
const mustHave = (name: string) => name === 'event';

function remove(random: Random, model: NaiveMirror, resource: EntityName): string | undefined {
  const ids = [...model.rows(resource).keys()].filter((id) => id < 0 || can(resource, 'delete'));
  if (ids.length === 0 || (resource === 'experiments' && random() < 0.7)) return undefined;
  const id = pick(random, ids);
  model.remove(resource, id);
  return `DELETE FROM "${resource}" WHERE id = ${id}`;
}

function editable(resource: EntityName, row: JsonObject): boolean {
  return !entityResource(resource).frozenWhen?.some(({ when }) => holds(when, row));
}

function update(random: Random, model: NaiveMirror, resource: EntityName): string | undefined {
  const rows = [...model.rows(resource).values()].filter((row) => editable(resource, row));
  if (rows.length === 0) return undefined;
  const row = pick(random, rows);
  const id = Number(row.id);
  const changes: JsonObject = {};
  for (let i = between(random, 1, 3); i > 0; i--) {
    const [name, field] = pick(random, editableFields(resource));
    if (name === 'goal_type') continue;
    changes[name] = newValue(random, model, resource, row, name, field);
  }
  if (resource === 'schedules' && Object.hasOwn(changes, 'start_time'))
    changes.start_time ??= '2018-01-01T00:00:00Z';
  if (Object.keys(changes).length === 0) return undefined;
  model.update(resource, id, changes);
  const set = Object.entries(changes).map(
    ([name, value]) => `"${name}" = ${sqlOf(random, fieldNamed(resource, name), value)}`,
  );
  const verb = pick(random, ['UPDATE', 'UPDATE OR REPLACE', 'UPDATE OR IGNORE', 'UPDATE OR FAIL']);
  return `${verb} "${resource}" SET ${set.join(', ')} WHERE id = ${id}`;
}

/** One statement for all variations of an experiment. */
function batch(random: Random, model: NaiveMirror): string | undefined {
  const parents = [...model.rows('experiments').keys()];
  if (parents.length === 0) return undefined;
  const experiment = pick(random, parents);
  const weight = pick(random, [1, 5000, 10_000]);
  for (const row of model.table('variations'))
    if (row.experiment_id === experiment) model.update('variations', Number(row.id), { weight });
  return `UPDATE variations SET weight = ${weight} WHERE experiment_id = ${experiment}`;
}

/** Often what the API has, or what is there already. */
function newValue(
  random: Random,
  model: NaiveMirror,
  resource: EntityName,
  row: JsonObject,
  name: string,
  field: Field,
): Json {
  const base = model.remote(resource, Number(row.id));
  if (base && random() < 0.4) return base[name] ?? null;
  const present = row[name] ?? null;
  if (random() < 0.1 && (present !== null || takesNull(field))) return present;
  return randomValue(random, model, field);
}

const texts = ['', 'x', "it's", '"quoted" \\ é 😀', '{"a": [1]}', 'null'];

function randomValue(random: Random, model: NaiveMirror, field: Field): Json {
  if (takesNull(field) && random() < 0.2) return null;
  if (field.values && field.kind !== 'list') return pick(random, field.values);
  switch (field.kind) {
    case 'boolean':
      return random() < 0.5;
    case 'integer':
    case 'number':
      return pick(random, [field.min ?? -(2 ** 40), field.max ?? 2 ** 53 - 1, 7]);
    case 'utcSecond':
      return pick(random, ['2015-05-01T08:00:00Z', '2016-02-29T00:00:00Z']);
    case 'jsonText':
      return pick(random, ['[]', '["and", {"type": "browser"}]', '{"a": "é"}']);
    case 'list':
      return Array.from({ length: between(random, 0, 3) }, () => randomItem(random, model, field));
    default:
      return pick(random, texts);
  }
}

function randomItem(random: Random, model: NaiveMirror, field: Field): Json {
  if (field.items === 'integer') return pick(random, field.values ?? [1]);
  if (field.items === 'text') return pick(random, texts);
  if (field.items === 'object')
    return {
      match_type: pick(random, ['simple', 'regex']),
      value: pick(random, texts),
      negate: random() < 0.5,
    };
  const known = [...model.rows(field.references as EntityName).keys()];
  return known.length === 0 ? 7 : pick(random, known);
}

function fieldNamed(resource: EntityName, name: string): Field {
  const [, field] = creatableFields(resource).find(([each]) => each === name) ?? [];
  return field ?? { kind: 'integer', by: 'server', about: 'The id.' };
}

/** An SQL literal; lists are spaced, and their objects ordered, in one of many ways. */
function sqlOf(random: Random, field: Field, value: Json): string {
  const cell = field.kind === 'list' && value !== null ? respaced(random, value) : toCell(field, value);
  if (cell === null || typeof cell === 'number') return String(cell);
  return `'${String(cell).replaceAll("'", "''")}'`;
}

function respaced(random: Random, value: Json): string {
  const space = () => pick(random, ['', '', ' ', '\t']);
  if (Array.isArray(value))
    return `${space()}[${space()}${value.map((item) => respaced(random, item)).join(`${space()},`)}]${space()}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value);
  if (random() < 0.5) keys.reverse();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${space()}${respaced(random, value[key] ?? null)}`).join(',')}}`;
}
