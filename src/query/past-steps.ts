/** The steps that the mirror's knowledge took since a moment: what pulls saw, and what pushes did. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';
import type { Step } from './as-of.ts';

/** The steps of one resource's entities, by id, in order. */
export type Steps = ReadonlyMap<number, readonly Step[]>;

interface ChangeRow {
  readonly entity_id: number;
  readonly field: string | null;
  readonly old_value: string | null;
}

const columns = 'run_id, observed_at, id, entity_id, field, old_value';
const since = (table: string) =>
  `SELECT ${columns} FROM main.${table} WHERE resource = :resource AND observed_at > :at`;
/** Runs never overlap, so that their order is that of what they did, even where a clock stands still. */
const sql = `${since('changes')} UNION ALL ${since('own_changes')} ORDER BY run_id, observed_at, id`;

/** Every step after `at`, a time as the mirror writes it. */
export function stepsSince(db: Database, resource: EntityName, at: string): Steps {
  const rows = db.prepare<{ resource: string; at: string }>(sql).all({ resource, at }) as ChangeRow[];
  const steps = new Map<number, Step[]>();
  for (const row of rows) {
    const known = steps.get(row.entity_id);
    if (known) known.push(stepOf(row));
    else steps.set(row.entity_id, [stepOf(row)]);
  }
  return steps;
}

function stepOf({ field, old_value }: ChangeRow): Step {
  const before = JSON.parse(old_value ?? 'null') as Json;
  if (field !== null) return { kind: 'changed', field, before };
  return before === null ? { kind: 'came' } : { kind: 'went', entity: before as JsonObject };
}
