/** What can be seen of a mirror through a plain connection: what waits, what left, everything there is. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';

export interface Change {
  readonly field: string;
  readonly base: Json | undefined;
  readonly local: Json | undefined;
  readonly remote: Json | undefined;
}
export interface Operation {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly status: string;
  readonly error: string | null;
  readonly changes: readonly Change[];
}
export interface Logged {
  readonly outbox_id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly outcome: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly request: JsonObject | null;
  readonly status: number | null;
  readonly changes: readonly { field: string; base: Json; local: Json; remote: Json }[];
}
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | null;
}
const parsed = (text: string | null): Json | undefined => (text === null ? undefined : JSON.parse(text));

export function outboxSeen(plain: Database): Operation[] {
  const rows = plain.prepare('SELECT * FROM outbox ORDER BY id').all() as Omit<Operation, 'changes'>[];
  const changes = plain.prepare('SELECT * FROM outbox_changes WHERE outbox_id = ? ORDER BY rowid');
  return rows.map(({ id, resource, entity_id, op, status, error }) => ({
    id,
    resource,
    entity_id,
    op,
    status,
    error,
    changes: (changes.all(id) as Record<string, string | null>[]).map((row) => ({
      field: row.field ?? '',
      base: parsed(row.base_value ?? null),
      local: parsed(row.local_value ?? null),
      remote: parsed(row.remote_value ?? null),
    })),
  }));
}

export function logSeen(plain: Database): Logged[] {
  const rows = plain.prepare('SELECT * FROM push_log ORDER BY id').all() as (Omit<
    Logged,
    'changes' | 'request'
  > & {
    changes: string;
    request: string | null;
  })[];
  return rows.map(({ outbox_id, resource, entity_id, op, outcome, method, path: at, status, ...texts }) => ({
    ...{ outbox_id, resource, entity_id, op, outcome, method, path: at, status },
    changes: JSON.parse(texts.changes),
    request: texts.request === null ? null : JSON.parse(texts.request),
  }));
}

/** Every table with everything in it. */
export function dumpOf(plain: Database): Record<string, unknown[]> {
  const tables = plain
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .pluck()
    .all() as string[];
  return Object.fromEntries(tables.map((name) => [name, plain.prepare(`SELECT * FROM "${name}"`).all()]));
}
