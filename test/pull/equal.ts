/** Whether a mirror equals its account field by field, worked out without the program's own translation; and dumps. */
import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { expect } from 'vitest';
import type { Field, Json, JsonObject } from '../../src/api/description.ts';
import {
  entityNames,
  fieldsOf,
  observationNames,
  parentField,
  type ResourceName,
} from '../../src/api/resources.ts';
import type { SandboxAccount } from '../../src/sandbox/index.ts';

type Row = Record<string, unknown>;

/** What a column shows for a value: booleans 0/1, lists parsed back from their JSON text, everything else as sent. */
function shown(field: Field, cell: unknown): unknown {
  if (cell === null) return null;
  if (field.kind === 'boolean') return cell === 1 ? true : cell === 0 ? false : cell;
  return field.kind === 'list' ? JSON.parse(String(cell)) : cell;
}

function expected(resource: ResourceName, entity: JsonObject): Row {
  return Object.fromEntries(fieldsOf(resource).map(([name]) => [name, entity[name] ?? null]));
}

function rowsOf(db: Database, resource: ResourceName): Row[] {
  const rows = db.prepare(`SELECT * FROM "${resource}" ORDER BY 1, 2, 3`).all() as Row[];
  return rows.map((row) =>
    Object.fromEntries(fieldsOf(resource).map(([name, field]) => [name, shown(field, row[name])])),
  );
}

const byId = (a: { id?: Json }, b: { id?: Json }) => (a.id as number) - (b.id as number);

/** Every entity: its columns, and the whole of it that is kept beside them, unlisted fields too. */
export function expectEntitiesEqual(db: Database, account: SandboxAccount): void {
  for (const resource of entityNames) {
    const there = account.list(resource).sort(byId);
    const kept = db
      .prepare(`SELECT id, parent_id, body FROM "remote_${resource}" ORDER BY id`)
      .all() as Row[];
    expect(kept.map(({ body }) => JSON.parse(String(body)))).toEqual(there);
    const parent = parentField(resource);
    expect(kept.map(({ parent_id }) => parent_id)).toEqual(
      there.map((each) => (parent ? each[parent] : null)),
    );
    expect((rowsOf(db, resource) as JsonObject[]).sort(byId)).toEqual(
      there.map((each) => expected(resource, each)),
    );
  }
}

/** The rows of results that a full pull sees: by era, and of the other kind where that is empty. */
export function expectResultsEqual(db: Database, account: SandboxAccount): void {
  const there: Record<string, Row[]> = { results: [], stats: [] };
  for (const experiment of account.list('experiments')) {
    const id = experiment.id as number;
    const kinds = String(experiment.created) >= '2015-01-21' ? ['stats', 'results'] : ['results', 'stats'];
    const kind = kinds.find((each) => account.list(each as ResourceName, id).length > 0);
    for (const row of kind ? account.list(kind as ResourceName, id) : [])
      there[kind ?? '']?.push(expected(kind as ResourceName, { ...underMainNames(row), experiment_id: id }));
  }
  for (const resource of observationNames) {
    const key = (row: Row) => `${row.experiment_id} ${row.variation_id} ${row.goal_id}`;
    const sorted = (rows: Row[]) => rows.sort((a, b) => key(a).localeCompare(key(b)));
    expect(sorted(rowsOf(db, resource))).toEqual(sorted(there[resource] ?? []));
  }
}

function underMainNames({ visitors_until_significance: alias, ...row }: JsonObject): JsonObject {
  return alias === undefined ? row : { ...row, visitors_until_statistically_significant: alias };
}

export function expectEqual(db: Database, account: SandboxAccount): void {
  expectEntitiesEqual(db, account);
  expectResultsEqual(db, account);
}

const bookkeeping = ['sync_runs', 'listings', 'mirror_meta'];

/** Every table but the bookkeeping of runs, as its number of rows and a hash of them: equal dumps mean that nothing was written. */
export function dump(db: Database, except: readonly string[] = []): string {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    .pluck()
    .all() as string[];
  const lines = tables
    .filter((name) => !bookkeeping.includes(name) && !except.includes(name))
    .map((name) => {
      const rows = db.prepare(`SELECT rowid, * FROM "${name}"`).raw().all();
      return `${name}: ${rows.length} rows, ${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`;
    });
  return lines.join('\n');
}
