/** What the tests of capture share: a mirror filled as a pull fills it, and what they read of it. */
import fs from 'node:fs';
import path from 'node:path';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, parentField } from '../../src/api/resources.ts';
import type { Row } from '../../src/db/columns.ts';
import { addObservation, observationCells, putObservation } from '../../src/db/observations.ts';
import { type Database, openMirrorFile } from '../../src/db/open.ts';
import { getRemoteBody } from '../../src/db/rows.ts';
import { guarded } from '../../src/db/transaction.ts';
import { receive, receiveDeletion, withPending } from '../../src/sync/receive.ts';
import { account, ids, results } from './account.ts';
import { closeAfterwards, temporaryFolder } from './clients.ts';

export const now = '2026-01-01T00:00:00.000Z';

/** A mirror of the account in `account.ts`. */
export interface Mirror {
  readonly file: string;
  /** The program's own connection. */
  readonly db: Database;
}

let template: string | undefined;

export function makeMirror(): Mirror {
  template ??= fillTemplate();
  const file = path.join(temporaryFolder(), 'mirror.db');
  fs.copyFileSync(template, file);
  const db = closeAfterwards(openMirrorFile(file));
  return { file, db };
}

function fillTemplate(): string {
  const file = path.join(temporaryFolder(), 'template.db');
  const db = openMirrorFile(file, { create: true });
  guarded<void>(db, () => {
    for (const name of entityNames) for (const entity of account[name]) arrives(db, name, entity);
    for (const [name, rows] of Object.entries(results) as [keyof typeof results, JsonObject[]][])
      for (const row of rows) {
        putObservation(db, name, observationCells(name, ids.experiment, row));
        addObservation(db, name, 1, now, observationCells(name, ids.experiment, row));
      }
  });
  db.close();
  return file;
}

const parentIdOf = (resource: EntityName, entity: JsonObject) =>
  (entity[parentField(resource) ?? ''] ?? null) as number | null;

/** The API shows an entity in this state from now on. */
export function arrives(db: Database, resource: EntityName, entity: JsonObject): void {
  const context = { db, runId: 1, now, recordChanges: false };
  guarded<void>(db, () => void receive(context, resource, parentIdOf(resource, entity), entity));
}

/** Somebody else changed an entity, and a pull has seen it. */
export function changesThere(db: Database, resource: EntityName, id: number, changes: JsonObject): void {
  const body = getRemoteBody(db, resource, id);
  if (!body) throw new Error(`the API has no ${resource} ${id}`);
  const token = Object.hasOwn(body, 'last_modified') ? { last_modified: `${now} by somebody` } : {};
  arrives(db, resource, { ...body, ...token, ...changes });
}

export function goesThere(db: Database, resource: EntityName, id: number): void {
  const context = { db, runId: 1, now, recordChanges: false };
  guarded<void>(db, () => void receiveDeletion(context, resource, id));
}

/** One operation of the outbox with its changes, as JSON values; what is NULL is left out. */
export interface Waits {
  readonly resource: string;
  readonly entity_id: number;
  readonly op: string;
  readonly status: string;
  readonly changes: Record<string, { base?: Json; local?: Json; remote?: Json }>;
}

export function outboxIds(db: Database): number[] {
  return db.prepare('SELECT id FROM outbox ORDER BY id').pluck().all() as number[];
}

export function outbox(db: Database): Waits[] {
  const rows = db
    .prepare('SELECT id, resource, entity_id, op, status FROM outbox ORDER BY id')
    .all() as (Waits & {
    id: number;
  })[];
  return rows.map(({ id, ...row }) => ({ ...row, changes: changesOf(db, id) }));
}

function changesOf(db: Database, id: number): Waits['changes'] {
  const rows = db.prepare('SELECT * FROM outbox_changes WHERE outbox_id = ? ORDER BY rowid').all(id) as {
    field: string;
    base_value: string | null;
    local_value: string | null;
    remote_value: string | null;
  }[];
  const known = (key: string, text: string | null) =>
    text === null ? {} : { [key]: JSON.parse(text) as Json };
  return Object.fromEntries(
    rows.map(({ field, base_value, local_value, remote_value }) => [
      field,
      { ...known('base', base_value), ...known('local', local_value), ...known('remote', remote_value) },
    ]),
  );
}

/** The row of one entity, or undefined. */
export function rowOf(db: Database, resource: string, id: number): Row | undefined {
  return db.prepare(`SELECT * FROM "${resource}" WHERE id = ?`).get(id) as Row | undefined;
}

/** Everything in the mirror that an edit could touch, to see that nothing was. */
export function contents(db: Database): Record<string, unknown[]> {
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  return Object.fromEntries(
    names
      .filter((name) => name !== 'sqlite_sequence')
      .map((name) => [name, db.prepare(`SELECT rowid, * FROM "${name}" ORDER BY rowid`).all()]),
  );
}

/** The tables of the resources, as they should be: what the API last said, with what waits laid over it. */
export function shownEntities(db: Database, resource: EntityName): JsonObject[] {
  const bodies = db.prepare(`SELECT body FROM "remote_${resource}" ORDER BY id`).pluck().all() as string[];
  return bodies.map((body) => withPending(db, resource, JSON.parse(body) as JsonObject));
}

export { type Client, clients, plainOn, temporaryFolder } from './clients.ts';
export { ids };
