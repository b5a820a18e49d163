/** Ids that the mirror has nothing of: found, and for a project refused with a word on those that there are. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../api/description.ts';
import { type EntityName, fieldOf, isEntityName } from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { changesOf, outboxRow } from '../db/outbox.ts';
import { UsageError } from '../errors.ts';
import { near } from './near.ts';

/** More projects than this are not listed one by one. */
const most = 8;

/** Those of the ids that the mirror has nothing of, each once. */
export function missingIds(db: Database, resource: EntityName, ids: readonly number[]): number[] {
  const sql = `SELECT DISTINCT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM ${quoted(resource)})`;
  return db.prepare(sql).pluck().all(JSON.stringify(ids)) as number[];
}

/**
 * Throws a UsageError for a project that the mirror does not have: its empty answer would pass for one that is true. The
 * file's own table decides, whatever moment the connection shows: a project that came later was not mistyped.
 */
export function mustHaveProject(db: Database, id: number): void {
  const there = db.prepare('SELECT id, project_name AS name FROM main.projects ORDER BY id').all() as Named[];
  if (there.some((project) => project.id === id)) return;
  throw new UsageError(`the mirror has no project ${id}${sayThere(id, there)}`);
}

interface Named {
  readonly id: number;
  readonly name: string | null;
}

function sayThere(id: number, there: readonly Named[]): string {
  if (there.length === 0) return ', nor any other: optimirror pull';
  const say = ({ id: other, name }: Named) => (name === null ? other : `${other} ${JSON.stringify(name)}`);
  if (there.length <= most) return `; it has: ${there.map(say).join(', ')}`;
  const meant = near(
    String(id),
    there.map((other) => String(other.id)),
  );
  return meant.length > 0 ? `; did you mean ${meant.join(' or ')}?` : '; see: optimirror list projects';
}

/** A reference that an edit adds, to something that the mirror does not have. */
export interface Dangling {
  readonly field: string;
  readonly target: EntityName;
  readonly ids: number[];
}

/**
 * What operations of the outbox refer to in these fields, or in any, and the mirror does not have: the API may, so nothing
 * refuses it.
 */
export function danglingIn(
  db: Database,
  outboxIds: readonly number[],
  fields?: ReadonlySet<string>,
): Dangling[] {
  const named = new Map<string, { field: string; target: EntityName; ids: Set<number> }>();
  for (const { field, target, ids } of outboxIds.flatMap((id) => referencesOf(db, id))) {
    if (fields && !fields.has(field)) continue;
    const known = named.get(field) ?? { field, target, ids: new Set() };
    for (const id of ids) known.ids.add(id);
    named.set(field, known);
  }
  return [...named.values()]
    .map(({ field, target, ids }) => ({ field, target, ids: missingIds(db, target, [...ids]) }))
    .filter(({ ids }) => ids.length > 0);
}

/** The ids that an operation adds to each field that names entities; those that were there before are not its doing. */
function referencesOf(db: Database, outboxId: number): Dangling[] {
  const row = outboxRow(db, outboxId);
  if (!row) return [];
  return changesOf(db, outboxId).flatMap(({ field, base, local }) => {
    const target = fieldOf(row.resource, field)?.references;
    if (target === undefined || !isEntityName(target)) return [];
    const before = idsIn(base);
    return [{ field, target, ids: idsIn(local).filter((id) => !before.includes(id)) }];
  });
}

function idsIn(value: Json | undefined): number[] {
  return (Array.isArray(value) ? value : [value]).filter((id) => typeof id === 'number');
}
