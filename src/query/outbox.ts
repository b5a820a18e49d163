/** The outbox for reading: what will be pushed, field by field. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../api/description.ts';
import { type EntityName, entityResource, fieldsOf } from '../api/resources.ts';
import {
  changesOf,
  type Op,
  type OutboxChange,
  type OutboxRow,
  type OutboxStatus,
  outboxRows,
} from '../db/outbox.ts';
import { getLocal, getRemoteBody } from '../db/rows.ts';

/** One field of an operation; null where there is no such value, as in the base of a create. */
export interface OutboxField {
  readonly field: string;
  readonly base: Json;
  readonly local: Json;
  readonly remote: Json;
}

/** One operation as the reports show it. Source: CONTRACT.md, JSON. */
export interface OutboxEntry {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: Op;
  readonly status: OutboxStatus;
  readonly error: string | null;
  readonly changes: OutboxField[];
}

/** The operations in the outbox, by their id; only those of one status where it is given. */
export function readOutbox(db: Database, status?: OutboxStatus): OutboxEntry[] {
  const rows = outboxRows(db).filter((row) => status === undefined || row.status === status);
  return rows.map((row) => outboxEntry(db, row));
}

export function outboxEntry(db: Database, row: OutboxRow): OutboxEntry {
  const { id, resource, entity_id, op, status, error } = row;
  const changes = orderedChanges(db, row).map(({ field, base, local, remote }) => ({
    field,
    base: base ?? null,
    local: local ?? null,
    remote: remote ?? null,
  }));
  return { id, resource, entity_id, op, status, error, changes };
}

/** The changes of an operation in the order of the resource's fields; undefined where there is no such value. */
export function orderedChanges(
  db: Database,
  { id, resource }: Pick<OutboxRow, 'id' | 'resource'>,
): OutboxChange[] {
  const order = fieldsOf(resource).map(([name]) => name);
  return changesOf(db, id).sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field));
}

/** What a person knows an entity by, also after it was deleted here; null where it has no name. */
export function labelOf(db: Database, resource: EntityName, id: number): string | null {
  const { label } = entityResource(resource);
  if (label === null) return null;
  const entity = getLocal(db, resource, id) ?? getRemoteBody(db, resource, id);
  const text = entity?.[label];
  return typeof text === 'string' ? text : null;
}
