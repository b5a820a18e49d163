/** What a view is: its SQL, and the words that docs and tests hold it to. */
import { entityNames, entityResource, fieldsOf, parentField, parentOf } from '../../api/resources.ts';
import { literal, quoted } from '../columns.ts';

export interface View {
  readonly name: string;
  /** One sentence for docs. */
  readonly about: string;
  /** Every column, in order, with what it holds. */
  readonly columns: Readonly<Record<string, string>>;
  /** A SELECT within what SQLite 3.40 has, without its optional functions. */
  readonly sql: string;
}

/** An SQL expression that maps a resource's name to something of the entity `id`, by a case for each resource. */
function byResource(resource: string, expression: (name: (typeof entityNames)[number]) => string | null) {
  const cases = entityNames.flatMap((name) => {
    const sql = expression(name);
    return sql === null ? [] : [`WHEN ${literal(name)} THEN ${sql}`];
  });
  return `CASE ${resource} ${cases.join(' ')} END`;
}

/** The name that people know an entity by: as the mirror has it, else as `body`, its JSON, says. */
export function nameOf(resource: string, id: string, body: string): string {
  return byResource(resource, (name) => {
    const { label } = entityResource(name);
    return label === null ? null : cellOr(name, label, id, body);
  });
}

/** The id of the project that an entity is or lies in. */
export function projectOf(resource: string, id: string, body: string): string {
  return byResource(resource, (name) => {
    if (parentOf(name) === null) return id;
    const own = fieldsOf(name).find(([, field]) => field.references === 'projects' && field.kind !== 'list');
    if (own) return cellOr(name, own[0], id, body);
    const parent = parentOf(name) ?? name;
    const parentId = cellOr(name, parentField(name) ?? 'id', id, body);
    return `(SELECT project_id FROM ${quoted(parent)} WHERE id = ${parentId})`;
  });
}

function cellOr(table: string, column: string, id: string, body: string): string {
  const cell = `(SELECT ${quoted(column)} FROM ${quoted(table)} WHERE id = ${id})`;
  return `coalesce(${cell}, json_extract(${body}, ${literal(`$.${column}`)}))`;
}

/** A JSON text as people read it: a text without its quotes, anything else as JSON. */
export function readable(json: string): string {
  return `CASE json_type(${json}) WHEN 'text' THEN json_extract(${json}, '$') ELSE ${json} END`;
}

/** A time of the API as a number of days. What follows the seconds is cut off: the API has been seen to end one in `ZZ`. */
export function dayOf(time: string): string {
  return `julianday(substr(${time}, 1, 19))`;
}
