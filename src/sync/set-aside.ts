/** Sets an operation aside under the delete of its parent, just as the triggers do when that delete is made. */
import type { Database } from 'better-sqlite3';
import { type OutboxRow, removeOutbox } from '../db/outbox.ts';
import { prepared } from '../db/statements.ts';

/** Inside a guarded transaction. `removal` is the outbox id of the delete; `restore.ts` reads what is written here. */
export function setAside(db: Database, removal: number, row: OutboxRow): void {
  const changes = prepared(
    db,
    'SELECT field, base_value, local_value, remote_value FROM outbox_changes WHERE outbox_id = ? ORDER BY rowid',
  ).all(row.id);
  const state = prepared(db, 'SELECT base_body, intent, origin_id FROM outbox_state WHERE outbox_id = ?').get(
    row.id,
  );
  const body = JSON.stringify({ ...row, changes, state: state ?? null });
  prepared(db, "INSERT INTO outbox_set_aside (outbox_id, kind, resource, body) VALUES (?, 'edit', ?, ?)").run(
    removal,
    row.resource,
    body,
  );
  removeOutbox(db, row.id);
}
