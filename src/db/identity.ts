/** Replaces the temporary id of an entity made offline by its real one, everywhere: rows, lists inside JSON, outbox. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../api/description.ts';
import { type EntityName, fieldOf, isEntityName, referencesTo } from '../api/resources.ts';
import { literal, quoted } from './columns.ts';
import { changesOf, type OutboxChange, outboxOf, putChange } from './outbox.ts';
import { prepared } from './statements.ts';

/** A value with one id replaced, where the field names entities of that resource; else the value itself. */
function renamed(
  resource: EntityName,
  field: string,
  value: Json | undefined,
  target: EntityName,
  from: number,
  to: number,
) {
  if (fieldOf(resource, field)?.references !== target) return value;
  if (value === from) return to;
  if (!Array.isArray(value) || !value.includes(from)) return value;
  return value.map((item) => (item === from ? to : item));
}

function renameInTables(db: Database, target: EntityName, from: number, to: number): void {
  for (const { resource, field, list } of referencesTo(target)) {
    const [table, column] = [quoted(resource), quoted(field)];
    if (!list) {
      prepared(db, `UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`).run(to, from);
      continue;
    }
    const items = `(SELECT json_group_array(CASE WHEN value = CAST(? AS INTEGER) THEN CAST(? AS INTEGER) ELSE value END) FROM json_each(${column}))`;
    const names = `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = CAST(? AS INTEGER))`;
    prepared(db, `UPDATE ${table} SET ${column} = ${items} WHERE instr(${column}, '-') AND ${names}`).run(
      from,
      to,
      from,
    );
  }
}

/** Only changes that can name it are looked at: a push of many creates asks for each of them. */
function renameInOutbox(db: Database, target: EntityName, from: number, to: number): void {
  const referring = referencesTo(target).filter(({ resource }) => isEntityName(resource));
  if (referring.length === 0) return;
  const texts = ['base_value', 'local_value', 'remote_value'].map((column) => `instr(c.${column}, ?)`);
  const rows = prepared(
    db,
    'SELECT DISTINCT o.id, o.resource FROM outbox_changes AS c JOIN outbox AS o ON o.id = c.outbox_id ' +
      `WHERE c.field IN (${referring.map(({ field }) => literal(field)).join(', ')}) AND (${texts.join(' OR ')})`,
  ).all(texts.map(() => String(from))) as { id: number; resource: EntityName }[];
  for (const { id, resource } of rows) {
    for (const change of changesOf(db, id)) {
      const rename = (value: Json | undefined) => renamed(resource, change.field, value, target, from, to);
      const next: OutboxChange = {
        field: change.field,
        base: rename(change.base),
        local: rename(change.local),
        remote: rename(change.remote),
      };
      if (next.base !== change.base || next.local !== change.local || next.remote !== change.remote)
        putChange(db, id, next);
    }
  }
}

/** Edits that an offline delete set aside name parents too; they come back when the delete is dropped. */
function renameAside(db: Database, target: EntityName, from: number, to: number): void {
  const sql = "SELECT id, resource, body FROM outbox_set_aside WHERE kind = 'edit' AND instr(body, ?)";
  const rows = prepared(db, sql).all(String(from)) as { id: number; resource: string; body: string }[];
  for (const { id, resource, body } of rows) {
    if (!isEntityName(resource)) continue;
    const edit = JSON.parse(body) as {
      resource: string;
      entity_id: number;
      changes: { field: string; local_value: string | null }[];
    };
    if (resource === target && edit.entity_id === from) edit.entity_id = to;
    for (const change of edit.changes) {
      if (change.local_value === null) continue;
      change.local_value = JSON.stringify(
        renamed(resource, change.field, JSON.parse(change.local_value) as Json, target, from, to),
      );
    }
    prepared(db, 'UPDATE outbox_set_aside SET body = ? WHERE id = ?').run(JSON.stringify(edit), id);
  }
}

/**
 * Gives the entity made offline as `from` the real id `to`. A row that a pull brought under the real id gives way. Where
 * an edit of that row waits already, the caller ends the create first. Runs inside a guarded transaction.
 */
export function replaceId(db: Database, resource: EntityName, from: number, to: number): void {
  const exists = prepared(db, `SELECT 1 FROM ${quoted(resource)} WHERE id = ?`).get(from) !== undefined;
  if (exists) {
    prepared(db, `DELETE FROM ${quoted(resource)} WHERE id = ?`).run(to);
    prepared(db, `UPDATE ${quoted(resource)} SET id = ? WHERE id = ?`).run(to, from);
  }
  if (outboxOf(db, resource, to) === undefined) {
    prepared(db, 'UPDATE outbox SET entity_id = ? WHERE resource = ? AND entity_id = ?').run(
      to,
      resource,
      from,
    );
  }
  renameInTables(db, resource, from, to);
  renameInOutbox(db, resource, from, to);
  renameAside(db, resource, from, to);
}
