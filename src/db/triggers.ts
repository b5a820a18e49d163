/** The triggers that capture what any SQLite client writes, and refuse what the API would: generated from the description. */
import type { Field } from '../api/description.ts';
import { creatableFields, type EntityName, entityNames, entityResource, fieldsOf } from '../api/resources.ts';
import {
  captureView,
  guardOff,
  guardOn,
  newestEntity,
  newestId,
  trigger,
  unguarded,
  waiting,
} from './capture.ts';
import { captureDelete } from './capture-delete.ts';
import { literal, quoted } from './columns.ts';
import {
  type Check,
  deleteRefusals,
  grandparent,
  idExists,
  insertRefusals,
  updateRefusals,
} from './refusals.ts';
import { jsonOf } from './sql-json.ts';

/**
 * Where the row -1 waits while another one is inserted. In a BEFORE trigger NEW.id is -1 where none was given, so that
 * only afterwards it shows whether -1 was meant, and by then OR IGNORE and upserts would have had their way. With -1 out
 * of the way nothing conflicts, and the trigger that comes afterwards can refuse.
 */
const parked = '4611686018427387904';

function refuse(table: string, event: string, subject: string, checks: readonly Check[]): string[] {
  if (checks.length === 0) return [];
  const raise = (message: string) => `RAISE(ABORT, ${literal(`${subject} ${message}`)})`;
  const statements = checks.map(({ unless, refusals }) => {
    const passes = unless === undefined ? '' : ` WHEN ${unless} THEN 0`;
    return `SELECT CASE${passes} ${refusals.map(({ when, message }) => `WHEN ${when} THEN ${raise(message)}`).join(' ')} END;`;
  });
  const name = `${table}_refuse_${event.toLowerCase()}`;
  return [trigger(name, `BEFORE ${event}`, table, unguarded, statements)];
}

function park(resource: EntityName): string {
  const table = quoted(resource);
  const exists = `NEW.id = -1 AND EXISTS (SELECT 1 FROM ${table} WHERE id = -1)`;
  return trigger(`${resource}_park`, 'BEFORE INSERT', resource, `${unguarded} AND ${exists}`, [
    guardOn,
    `UPDATE ${table} SET id = ${parked} WHERE id = -1;`,
    guardOff,
  ]);
}

function captureInsert(resource: EntityName): string {
  const table = quoted(resource);
  const given = creatableFields(resource).map(([name, field]) => {
    const cell = `NEW.${quoted(name)}`;
    return `SELECT ${literal(name)}, ${jsonOf(field, cell)} WHERE ${cell} IS NOT NULL`;
  });
  const inherited = fieldsOf(resource).flatMap(([name, field]) => {
    const known = field.by === 'server' ? grandparent(resource, field) : null;
    return known ? [`, ${quoted(name)} = ${known(name)}`] : [];
  });
  const subject = `new ${entityResource(resource).singular}: ${idExists}`;
  return trigger(`${resource}_capture_insert`, 'AFTER INSERT', resource, unguarded, [
    `SELECT RAISE(ABORT, ${literal(subject)}) WHERE NEW.id = -1 AND EXISTS (SELECT 1 FROM ${table} WHERE id = ${parked});`,
    guardOn,
    `UPDATE ${table} SET id = -1 WHERE id = ${parked};`,
    `INSERT INTO ${captureView} (act, resource, entity_id) VALUES ('create', ${literal(resource)}, NEW.id);`,
    `UPDATE ${table} SET id = ${newestEntity}${inherited.join('')} WHERE id = NEW.id;`,
    `INSERT INTO outbox_changes (outbox_id, field, local_value) SELECT ${newestId}, given.* FROM (${given.join(' UNION ALL ')}) AS given;`,
    guardOff,
  ]);
}

function captureUpdate(resource: EntityName): string {
  const table = quoted(resource);
  const fields = creatableFields(resource).filter(([, field]) => field.by !== 'parent');
  const all = (row: string) => fields.map(([name]) => `${row}.${quoted(name)}`).join(', ');
  return trigger(
    `${resource}_capture_update`,
    'AFTER UPDATE',
    resource,
    `${unguarded} AND (${all('OLD')}) IS NOT (${all('NEW')})`,
    [
      guardOn,
      `INSERT INTO ${captureView} SELECT 'edit', ${literal(resource)}, NEW.id, edited.* FROM (${fields.map(editOf).join(' UNION ALL ')}) AS edited;`,
      showTheirs(resource, fields),
      `INSERT INTO ${captureView} (act, resource, entity_id) VALUES ('settle', ${literal(resource)}, NEW.id);`,
      // What the API has deleted was kept for the edit that waited on it.
      `DELETE FROM ${table} WHERE id = NEW.id AND id > 0 AND NOT EXISTS (SELECT 1 FROM ${quoted(`remote_${resource}`)} WHERE id = NEW.id) ` +
        `AND NOT EXISTS (SELECT 1 FROM outbox WHERE ${waiting(resource, 'NEW.id')});`,
      guardOff,
    ],
  );
}

function editOf([name, field]: [string, Field]): string {
  const [before, after] = [`OLD.${quoted(name)}`, `NEW.${quoted(name)}`];
  return `SELECT ${literal(name)}, ${jsonOf(field, before)}, ${jsonOf(field, after)} WHERE ${before} IS NOT ${after}`;
}

/** An edit taken back after the API's value moved on leaves nothing of ours, so that the table shows theirs. */
function showTheirs(resource: EntityName, fields: readonly [string, Field][]): string {
  const table = quoted(resource);
  const cells = fields.map(([name]) => {
    const path = literal(`$.${name}`);
    return `${quoted(name)} = iif(json_type(held, ${path}) IS NULL, ${quoted(name)}, json_extract(held, ${path}))`;
  });
  return (
    `UPDATE ${table} SET ${cells.join(', ')} FROM (SELECT json_group_object(field, json(after_value)) AS held ` +
    `FROM ${captureView} WHERE ${waiting(resource, 'NEW.id')}) WHERE ${table}.id = NEW.id AND held <> '{}';`
  );
}

/** The tables that nobody writes but the sync, each with the words that say so. */
export function readOnlyTriggers(tables: readonly string[]): string[] {
  return tables.flatMap((table) =>
    ['INSERT', 'UPDATE', 'DELETE'].map((event) =>
      trigger(`${table}_refuse_${event.toLowerCase()}`, `BEFORE ${event}`, table, unguarded, [
        `SELECT RAISE(ABORT, ${literal(`${table} is kept by optimirror and is read-only`)});`,
      ]),
    ),
  );
}

/** All triggers on the resources' tables. */
export function resourceTriggers(): string[] {
  return entityNames.flatMap((resource) => {
    const { singular } = entityResource(resource);
    return [
      ...refuse(resource, 'INSERT', `new ${singular}:`, insertRefusals(resource)),
      ...refuse(resource, 'UPDATE', `edit of ${singular}:`, updateRefusals(resource)),
      ...refuse(resource, 'DELETE', `delete of ${singular}:`, deleteRefusals(resource)),
      park(resource),
      captureInsert(resource),
      captureUpdate(resource),
      captureDelete(resource),
    ];
  });
}
