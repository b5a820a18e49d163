/** Taking back a create: the triggers take along what was made below it and what names it, and all that goes is logged. */
import type { Database } from 'better-sqlite3';
import {
  childEntitiesOf,
  type EntityName,
  isEntityName,
  parentField,
  referencesTo,
} from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import {
  changesOf,
  logPush,
  type OutboxRow,
  outboxOf,
  outboxRow,
  putState,
  removeOutbox,
} from '../db/outbox.ts';
import { prepared } from '../db/statements.ts';
import { guarded } from '../db/transaction.ts';
import type { Decider } from './rebase.ts';

/** Inside a transaction that is not guarded, so that the triggers do their work. */
export function dropCreate(decider: Decider, row: OutboxRow): void {
  const { db } = decider;
  const made = withThoseBelow(db, row);
  const naming = made.flatMap((each) => thatName(db, each.resource, each.entity_id));
  const touched = new Map([...made, ...naming].map((each) => [each.id, each]));
  const before = [...touched.values()].map((each) => ({ row: each, changes: changesOf(db, each.id) }));
  guarded(db, () => {
    // Whatever may still come of a request without an answer is not waited for any more.
    for (const { id } of made) putState(db, id, { intent: null });
  });
  prepared(db, `DELETE FROM ${quoted(row.resource)} WHERE id = ?`).run(row.entity_id);
  guarded(db, () => {
    if (outboxRow(db, row.id)) removeOutbox(db, row.id);
    for (const { row: each, changes } of before.sort((a, b) => a.row.id - b.row.id)) {
      if (!outboxRow(db, each.id)) logPush(db, { ...decider, row: each, outcome: 'dropped', changes });
    }
  });
}

/** A create and all creates below it. */
function withThoseBelow(db: Database, top: OutboxRow): OutboxRow[] {
  const below = childEntitiesOf(top.resource).flatMap((child) => {
    const sql = `SELECT id FROM ${quoted(child)} WHERE ${quoted(parentField(child) ?? '')} = ?`;
    const ids = prepared(db, sql).pluck().all(top.entity_id) as number[];
    return ids.flatMap((id) => outboxOf(db, child, id) ?? []);
  });
  return [top, ...below.flatMap((row) => withThoseBelow(db, row))];
}

/** The operations with a list that names an entity: they may have nothing left without it. */
function thatName(db: Database, target: EntityName, id: number): OutboxRow[] {
  return referencesTo(target).flatMap(({ resource, field, list }) => {
    if (!list || !isEntityName(resource)) return [];
    const sql =
      'SELECT o.id FROM outbox AS o JOIN outbox_changes AS c ON c.outbox_id = o.id WHERE o.resource = ? AND c.field = ? ' +
      'AND EXISTS (SELECT 1 FROM json_each(c.local_value) WHERE value = ?)';
    const ids = prepared(db, sql).pluck().all(resource, field, id) as number[];
    return ids.flatMap((outboxId) => outboxRow(db, outboxId) ?? []);
  });
}
