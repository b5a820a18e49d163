/** The triggers that capture what any SQLite client writes, and refuse what the API would: generated from the description. */
import type { Field } from '../api/description.ts';
import {
  childrenOf,
  creatableFields,
  type EntityName,
  editableFields,
  entityNames,
  entityResource,
  fieldsOf,
  isEntityName,
  parentField,
  type ResourceName,
  referencesTo,
} from '../api/resources.ts';
import { columnsOf, literal, quoted } from './columns.ts';
import { deleteRefusals, grandparent, insertRefusals, type Refusal, updateRefusals } from './refusals.ts';
import { cellOf, cellsDiffer, jsonDiffers, jsonOf, sqlNow } from './sql-json.ts';

/** True for everyone but the sync and the triggers themselves, whose guard row no other connection ever sees. */
const unguarded = 'NOT EXISTS (SELECT 1 FROM sync_guard)';
const guardOn = `INSERT INTO sync_guard (holder) VALUES ('capture');`;
const guardOff = 'DELETE FROM sync_guard;';

const nextId = `(SELECT CAST(value AS INTEGER) FROM mirror_meta WHERE key = 'next_temp_id')`;

// Conflict clauses (OR IGNORE, OR REPLACE) are never used here: the outer statement's own would override them.

function refuse(name: string, event: string, table: string, subject: string, refusals: Refusal[]): string[] {
  if (refusals.length === 0) return [];
  const cases = refusals.map(
    ({ when, message }) => `WHEN ${when} THEN RAISE(ABORT, ${literal(`${subject} ${message}`)})`,
  );
  return [
    `CREATE TRIGGER ${quoted(name)} BEFORE ${event} ON ${quoted(table)} WHEN ${unguarded} BEGIN\n  SELECT CASE\n    ${cases.join('\n    ')}\n  END;\nEND`,
  ];
}

function capture(name: string, event: string, table: string, when: string, statements: string[]): string {
  const condition = when === '' ? unguarded : `${unguarded} AND ${when}`;
  return `CREATE TRIGGER ${quoted(name)} AFTER ${event} ON ${quoted(table)} WHEN ${condition} BEGIN\n  ${statements.join('\n  ')}\nEND`;
}

/** While a request may be under way, its answer decides what is left to do, so that nothing vanishes then. */
const settled = 'NOT EXISTS (SELECT 1 FROM outbox_state WHERE outbox_id = outbox.id AND intent IS NOT NULL)';

/** The condition that selects the outbox row of an entity. */
const waiting = (resource: EntityName, id: string) => `resource = ${literal(resource)} AND entity_id = ${id}`;

function newOutboxRow(resource: EntityName, id: string, op: string): string {
  return (
    'INSERT INTO outbox (resource, entity_id, op, status, attempts, created_at, updated_at) ' +
    `SELECT ${literal(resource)}, ${id}, ${literal(op)}, 'pending', 0, ${sqlNow}, ${sqlNow} ` +
    `WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE ${waiting(resource, id)});`
  );
}

function captureInsert(resource: EntityName): string {
  const table = quoted(resource);
  const id = `(CASE WHEN NEW.id < 0 THEN NEW.id ELSE ${nextId} END)`;
  const given = creatableFields(resource).map(
    ([name, field]) =>
      `SELECT ${literal(name)} AS field, ${jsonOf(field, `NEW.${quoted(name)}`)} AS value WHERE NEW.${quoted(name)} IS NOT NULL`,
  );
  const inherited = fieldsOf(resource).flatMap(([name, field]) => {
    const known = field.by === 'server' ? grandparent(resource, field) : null;
    return known ? [`UPDATE ${table} SET ${quoted(name)} = ${known(name)} WHERE id = NEW.id;`] : [];
  });
  return capture(`${resource}_capture_insert`, 'INSERT', resource, '', [
    `SELECT RAISE(ABORT, ${literal(`${resource}: one with this id exists already; change it with UPDATE`)}) WHERE EXISTS (SELECT 1 FROM outbox WHERE ${waiting(resource, 'NEW.id')} AND NEW.id < 0);`,
    guardOn,
    ...inherited,
    newOutboxRow(resource, id, 'create'),
    'INSERT INTO outbox_changes (outbox_id, field, local_value) SELECT ' +
      `(SELECT id FROM outbox WHERE ${waiting(resource, id)}), given.field, given.value FROM (${given.join(' UNION ALL ')}) AS given;`,
    `UPDATE ${table} SET id = ${nextId} WHERE id = NEW.id AND NEW.id >= 0;`,
    `UPDATE mirror_meta SET value = min(CAST(value AS INTEGER) - (NEW.id >= 0), CASE WHEN NEW.id < 0 THEN NEW.id - 1 ELSE 0 END) WHERE key = 'next_temp_id';`,
    guardOff,
  ]);
}

function captureUpdate(resource: EntityName, name: string, field: Field): string {
  const [before, after] = [`OLD.${quoted(name)}`, `NEW.${quoted(name)}`];
  const entity = waiting(resource, 'NEW.id');
  const change = `field = ${literal(name)} AND outbox_id = (SELECT id FROM outbox WHERE ${entity})`;
  const update = `(SELECT id FROM outbox WHERE ${entity} AND op = 'update' AND ${settled})`;
  const backToBase = `outbox_id = ${update} AND field = ${literal(name)} AND NOT (${jsonDiffers(field, 'local_value', 'base_value')})`;
  return capture(
    `${resource}_capture_update_${name}`,
    `UPDATE OF ${quoted(name)}`,
    resource,
    cellsDiffer(field, before, after),
    [
      guardOn,
      newOutboxRow(resource, 'NEW.id', 'update'),
      `UPDATE outbox_changes SET local_value = ${jsonOf(field, after)} WHERE ${change};`,
      'INSERT INTO outbox_changes (outbox_id, field, base_value, local_value) ' +
        `SELECT id, ${literal(name)}, CASE op WHEN 'create' THEN NULL ELSE ${jsonOf(field, before)} END, ${jsonOf(field, after)} FROM outbox ` +
        `WHERE ${entity} AND NOT EXISTS (SELECT 1 FROM outbox_changes WHERE outbox_id = outbox.id AND field = ${literal(name)});`,
      `UPDATE outbox SET updated_at = ${sqlNow}, error = CASE status WHEN 'failed' THEN NULL ELSE error END, ` +
        `status = CASE status WHEN 'failed' THEN 'pending' ELSE status END WHERE ${entity};`,
      // An edit taken back after the API's value moved on leaves nothing of ours, so the table shows theirs.
      `UPDATE ${quoted(resource)} SET ${quoted(name)} = (SELECT ${cellOf(field, 'remote_value')} FROM outbox_changes WHERE ${backToBase}) ` +
        `WHERE id = NEW.id AND EXISTS (SELECT 1 FROM outbox_changes WHERE ${backToBase} AND remote_value IS NOT NULL);`,
      `DELETE FROM outbox_changes WHERE ${backToBase};`,
      ...forgetEmpty(resource),
      guardOff,
    ],
  );
}

/** Removes an update that has no change left, and ends its conflict where no conflicting field is left. */
function forgetEmpty(resource: EntityName): string[] {
  const empty = `${waiting(resource, 'NEW.id')} AND op = 'update' AND ${settled} AND NOT EXISTS (SELECT 1 FROM outbox_changes WHERE outbox_id = outbox.id)`;
  return [
    `DELETE FROM outbox_state WHERE outbox_id IN (SELECT id FROM outbox WHERE ${empty});`,
    `DELETE FROM outbox WHERE ${empty};`,
  ];
}

/** Everything below a parent, deepest last: each resource with the SQL that selects the ids or rows that go with it. */
function descendants(resource: EntityName, parents: string): { resource: ResourceName; where: string }[] {
  return childrenOf(resource).flatMap((child) => {
    const where = `${quoted(parentField(child) ?? '')} IN (${parents})`;
    const below = isEntityName(child)
      ? descendants(child, `SELECT id FROM ${quoted(child)} WHERE ${where}`)
      : [];
    return [...below, { resource: child, where }];
  });
}

function editBody(): string {
  const changes =
    "(SELECT json_group_array(json_object('field', field, 'base_value', base_value, 'local_value', local_value, 'remote_value', remote_value)) FROM outbox_changes WHERE outbox_id = o.id)";
  const state =
    "(SELECT json_object('base_body', base_body, 'intent', intent, 'origin_id', origin_id) FROM outbox_state WHERE outbox_id = o.id)";
  return (
    "json_object('id', o.id, 'resource', o.resource, 'entity_id', o.entity_id, 'op', o.op, 'status', o.status, 'attempts', o.attempts, " +
    `'error', o.error, 'created_at', o.created_at, 'updated_at', o.updated_at, 'changes', json(${changes}), 'state', json(${state}))`
  );
}

/** Takes a child and what waits on it out of sight; what the parent's delete would have to bring back is kept aside. */
function takeAlong(resource: EntityName, child: { resource: ResourceName; where: string }): string[] {
  const table = quoted(child.resource);
  const removal = `(SELECT id FROM outbox WHERE ${waiting(resource, 'OLD.id')} AND op = 'delete')`;
  if (!isEntityName(child.resource)) {
    const row = [...columnsOf(child.resource), 'extra']
      .map((name) => `${literal(name)}, ${quoted(name)}`)
      .join(', ');
    return [
      `INSERT INTO outbox_set_aside (outbox_id, kind, resource, body) SELECT ${removal}, 'row', ${literal(child.resource)}, json_object(${row}) FROM ${table} WHERE ${child.where} AND ${removal} IS NOT NULL;`,
      `DELETE FROM ${table} WHERE ${child.where};`,
    ];
  }
  // What was deleted offline below the parent is gone from its table: its last known parent tells.
  const edits = `resource = ${literal(child.resource)} AND (entity_id IN (SELECT id FROM ${table} WHERE ${child.where}) OR entity_id IN (SELECT id FROM ${quoted(`remote_${child.resource}`)} WHERE parent_id = OLD.id))`;
  const chosen = `(SELECT id FROM outbox WHERE ${edits})`;
  return [
    `INSERT INTO outbox_set_aside (outbox_id, kind, resource, body) SELECT ${removal}, 'edit', o.resource, ${editBody()} FROM outbox AS o WHERE o.id IN ${chosen} AND ${removal} IS NOT NULL;`,
    `DELETE FROM outbox_changes WHERE outbox_id IN ${chosen};`,
    `DELETE FROM outbox_state WHERE outbox_id IN ${chosen};`,
    `DELETE FROM outbox WHERE ${edits};`,
    `DELETE FROM ${table} WHERE ${child.where};`,
  ];
}

/** An entity that only existed here leaves the lists that name it; those are edits like any other, captured as such. */
function forgetReferences(resource: EntityName): string[] {
  return referencesTo(resource)
    .filter(({ resource: from, field, list }) => {
      return list && isEntityName(from) && editableFields(from).some(([name]) => name === field);
    })
    .map(({ resource: from, field }) => {
      const column = `${quoted(from)}.${quoted(field)}`;
      return (
        `UPDATE ${quoted(from)} SET ${quoted(field)} = (SELECT json_group_array(value) FROM json_each(${column}) WHERE value <> OLD.id) ` +
        `WHERE OLD.id < 0 AND EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = OLD.id);`
      );
    });
}

function captureDelete(resource: EntityName): string {
  const entity = waiting(resource, 'OLD.id');
  const ownCreate = `${entity} AND op = 'create' AND ${settled}`;
  return capture(`${resource}_capture_delete`, 'DELETE', resource, '', [
    ...forgetReferences(resource),
    guardOn,
    `DELETE FROM outbox_changes WHERE outbox_id = (SELECT id FROM outbox WHERE ${entity});`,
    `DELETE FROM outbox_state WHERE outbox_id = (SELECT id FROM outbox WHERE ${ownCreate});`,
    `DELETE FROM outbox WHERE ${ownCreate};`,
    `UPDATE outbox SET op = 'delete', status = 'pending', error = NULL, updated_at = ${sqlNow} WHERE ${entity};`,
    `${newOutboxRow(resource, 'OLD.id', 'delete').replace(/;$/, '')} AND OLD.id > 0;`,
    ...descendants(resource, 'OLD.id').flatMap((child) => takeAlong(resource, child)),
    guardOff,
  ]);
}

/** The tables that nobody writes but the sync, each with the words that say what to do instead. */
export function readOnlyTriggers(tables: readonly string[]): string[] {
  return tables.flatMap((table) =>
    ['INSERT', 'UPDATE', 'DELETE'].flatMap((event) =>
      refuse(`${table}_refuse_${event.toLowerCase()}`, event, table, table, [
        { when: '1', message: 'is kept by optimirror and is read-only' },
      ]),
    ),
  );
}

/** All triggers on the resources' tables. */
export function resourceTriggers(): string[] {
  return entityNames.flatMap((resource) => {
    const subject = (what: string) => `${what} ${entityResource(resource).singular}:`;
    return [
      ...refuse(`${resource}_refuse_insert`, 'INSERT', resource, subject('new'), insertRefusals(resource)),
      ...refuse(
        `${resource}_refuse_update`,
        'UPDATE',
        resource,
        subject('edit of'),
        updateRefusals(resource),
      ),
      ...refuse(
        `${resource}_refuse_delete`,
        'DELETE',
        resource,
        subject('delete of'),
        deleteRefusals(resource),
      ),
      captureInsert(resource),
      ...creatableFields(resource)
        .filter(([, field]) => field.by !== 'parent')
        .map(([name, field]) => captureUpdate(resource, name, field)),
      captureDelete(resource),
    ];
  });
}
