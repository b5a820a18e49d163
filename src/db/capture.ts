/**
 * What every capture has in common, whatever the table: a view that the tables' triggers insert into, whose own triggers
 * keep the outbox. Said once here, so that the text that every connection has to parse stays small.
 */
import type { EntityName } from '../api/resources.ts';
import { literal, quoted } from './columns.ts';
import { sameValues, sqlNow } from './sql-json.ts';

/** True for everyone but the sync and the triggers themselves, whose guard row no other connection ever sees. */
export const unguarded = 'NOT EXISTS (SELECT 1 FROM sync_guard)';
export const guardOn = "INSERT INTO sync_guard (holder) VALUES ('capture');";
export const guardOff = 'DELETE FROM sync_guard;';

/** The view's name. What is inserted into it is an act: an edit of one field, a create, a delete… */
export const captureView = 'outbox_capture';

// Conflict clauses (OR IGNORE, OR REPLACE) are never used here: the outer statement's own would override them.

/** One trigger, in the form in which SQLite keeps it. */
export function trigger(
  name: string,
  event: string,
  table: string,
  when: string,
  statements: readonly string[],
) {
  return `CREATE TRIGGER ${quoted(name)} ${event} ON ${quoted(table)} WHEN ${when} BEGIN\n  ${statements.join('\n  ')}\nEND`;
}

/** The condition that selects the outbox row of an entity. */
export const waiting = (resource: EntityName, id: string) =>
  `resource = ${literal(resource)} AND entity_id = ${id}`;

/** While a request may be under way, its answer decides what is left to do, so that nothing vanishes then. */
const settled = 'NOT EXISTS (SELECT 1 FROM outbox_state WHERE outbox_id = outbox.id AND intent IS NOT NULL)';

const entity = 'resource = NEW.resource AND entity_id = NEW.entity_id';
const outboxId = `(SELECT id FROM outbox WHERE ${entity})`;

/** The update of the entity that may shrink now, and which of its fields are back at their base. */
const update = `(SELECT id FROM outbox WHERE ${entity} AND op = 'update' AND ${settled})`;
const takenBack = sameValues('local_value', 'base_value');

/**
 * What reading the view shows: the fields that were in conflict and have just been set back to their base. Nothing of
 * ours is left of them, so that the tables' triggers show what the API holds. Empty outside a capture.
 */
export const captureViewSql =
  "SELECT 'theirs' AS act, resource, entity_id, field, base_value AS before_value, remote_value AS after_value " +
  "FROM outbox JOIN outbox_changes ON outbox_id = outbox.id WHERE op = 'update' AND remote_value IS NOT NULL " +
  `AND ${takenBack} AND ${settled}`;

function act(name: string, statements: readonly string[], when = ''): string {
  const condition = `NEW.act = ${literal(name)}${when === '' ? '' : ` AND ${when}`}`;
  return trigger(`${captureView}_${name}`, 'INSTEAD OF INSERT', captureView, condition, statements);
}

function newOperation(op: string, id: string, unless: string): string {
  return (
    'INSERT INTO outbox (resource, entity_id, op, status, attempts, created_at, updated_at) ' +
    `SELECT NEW.resource, ${id}, '${op}', 'pending', 0, ${sqlNow}, ${sqlNow}${unless};`
  );
}
const unlessWaiting = ` WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE ${entity})`;

/** One field of one entity has a new value: noted against the base of the first edit, whatever came between. */
const edit = act(
  'edit',
  [
    newOperation('update', 'NEW.entity_id', unlessWaiting),
    "INSERT INTO outbox_changes (outbox_id, field, base_value) SELECT id, NEW.field, CASE op WHEN 'create' THEN NULL ELSE NEW.before_value END FROM outbox " +
      `WHERE ${entity} AND NOT EXISTS (SELECT 1 FROM outbox_changes WHERE outbox_id = outbox.id AND field = NEW.field);`,
    `UPDATE outbox_changes SET local_value = NEW.after_value WHERE outbox_id = ${outboxId} AND field = NEW.field;`,
    `UPDATE outbox SET updated_at = ${sqlNow}, error = CASE status WHEN 'failed' THEN NULL ELSE error END, ` +
      `status = CASE status WHEN 'failed' THEN 'pending' ELSE status END WHERE ${entity};`,
  ],
  `NOT ${sameValues('NEW.before_value', 'NEW.after_value')}`,
);

/** After the edits of one statement: what is back at its base goes, with it a conflict that it was the last field of. */
const settle = act('settle', [
  `UPDATE outbox_state SET base_body = NULL WHERE outbox_id = ${update} AND ${conflictEnds('outbox_state.outbox_id')};`,
  `UPDATE outbox SET status = 'pending', error = NULL WHERE id = ${update} AND status = 'conflict' AND ${conflictEnds('outbox.id')};`,
  `DELETE FROM outbox_changes WHERE outbox_id = ${update} AND ${takenBack};`,
  `DELETE FROM outbox_state WHERE outbox_id = ${update} AND NOT EXISTS (SELECT 1 FROM outbox_changes WHERE outbox_id = ${update});`,
  `DELETE FROM outbox WHERE id = ${update} AND NOT EXISTS (SELECT 1 FROM outbox_changes WHERE outbox_id = outbox.id);`,
]);

function conflictEnds(id: string): string {
  const inConflict = `SELECT 1 FROM outbox_changes WHERE outbox_id = ${id} AND remote_value IS NOT NULL`;
  return `EXISTS (${inConflict}) AND NOT EXISTS (${inConflict} AND NOT ${takenBack})`;
}

const nextId = "(SELECT CAST(value AS INTEGER) FROM mirror_meta WHERE key = 'next_temp_id')";

/** An id may be out of sight and still taken: by a request under way, or by what an offline delete set aside. */
const taken =
  `(EXISTS (SELECT 1 FROM outbox WHERE ${entity}) OR EXISTS (SELECT 1 FROM outbox_set_aside ` +
  "WHERE kind = 'edit' AND resource = NEW.resource AND json_extract(body, '$.entity_id') = NEW.entity_id))";

/** The newest operation, which is the one that `create` has just made. */
export const newestId = '(SELECT max(id) FROM outbox)';
export const newestEntity = '(SELECT entity_id FROM outbox ORDER BY id DESC LIMIT 1)';

const create = act('create', [
  newOperation(
    'create',
    `CASE WHEN NEW.entity_id < 0 AND NOT ${taken} THEN NEW.entity_id ELSE ${nextId} END`,
    '',
  ),
  `UPDATE mirror_meta SET value = min(CAST(value AS INTEGER), ${newestEntity} - 1) WHERE key = 'next_temp_id';`,
]);

/** A delete takes the place of what waited for the entity; of a create that was never sent nothing is left. */
const unsent = `(SELECT id FROM outbox WHERE ${entity} AND op = 'create' AND ${settled})`;
const remove = act('delete', [
  `DELETE FROM outbox_changes WHERE outbox_id = ${outboxId};`,
  `DELETE FROM outbox_state WHERE outbox_id = ${unsent};`,
  `DELETE FROM outbox WHERE id = ${unsent};`,
  `UPDATE outbox SET op = 'delete', status = 'pending', error = NULL, updated_at = ${sqlNow} WHERE ${entity};`,
  newOperation('delete', 'NEW.entity_id', `${unlessWaiting} AND NEW.entity_id > 0`),
]);

const changesAside =
  "(SELECT json_group_array(json_object('field', field, 'base_value', base_value, 'local_value', local_value, 'remote_value', remote_value)) FROM (SELECT * FROM outbox_changes WHERE outbox_id = o.id ORDER BY rowid))";
const stateAside =
  "(SELECT json_object('base_body', base_body, 'intent', intent, 'origin_id', origin_id) FROM outbox_state WHERE outbox_id = o.id)";

/**
 * What waits for an entity goes out of sight with its parent. `field` is the outbox id of the parent's delete, with which
 * it is kept, and `before_value` what the API last said of the entity: the base to come back to.
 */
const aside = act('aside', [
  "INSERT INTO outbox_set_aside (outbox_id, kind, resource, body) SELECT NEW.field, 'edit', o.resource, " +
    "json_object('id', o.id, 'resource', o.resource, 'entity_id', o.entity_id, 'op', o.op, 'status', o.status, 'attempts', o.attempts, " +
    "'error', o.error, 'created_at', o.created_at, 'updated_at', o.updated_at, 'base', NEW.before_value, " +
    `'changes', json(${changesAside}), 'state', json(${stateAside})) FROM outbox AS o WHERE ${entity};`,
  `DELETE FROM outbox_changes WHERE outbox_id = ${outboxId};`,
  `DELETE FROM outbox_state WHERE outbox_id = ${outboxId};`,
  `DELETE FROM outbox WHERE ${entity};`,
]);

const refuse = trigger(`${captureView}_refuse_insert`, 'INSTEAD OF INSERT', captureView, unguarded, [
  `SELECT RAISE(ABORT, '${captureView} is kept by optimirror and is read-only');`,
]);

/** The view's triggers, in the order in which they are laid: the one laid last is asked first. */
export const captureTriggers: readonly string[] = [edit, settle, create, remove, aside, refuse];
