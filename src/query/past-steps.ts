/** The steps that the mirror's knowledge took since a moment, from what pulls saw and what pushes did. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';
import type { Step } from './as-of.ts';
import { query } from './statements.ts';

/** The steps of one resource's entities, by id, in order. */
export type Steps = ReadonlyMap<number, readonly Step[]>;

interface Timed {
  readonly id: number;
  /** Runs never overlap, so that their order is that of what they did, even where a clock stands still. */
  readonly run: number;
  readonly at: string;
  readonly step: Step;
}

/** Every step after `at`, a time as the mirror writes it. */
export function stepsSince(db: Database, resource: EntityName, at: string): Steps {
  const all = [...seenByPulls(db, resource, at), ...doneByPushes(db, resource, at)];
  // Stable, so that what happened in the same millisecond stays in its own order.
  all.sort((a, b) => a.run - b.run || (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const steps = new Map<number, Step[]>();
  for (const { id, step } of all) {
    const known = steps.get(id);
    if (known) known.push(step);
    else steps.set(id, [step]);
  }
  return steps;
}

interface ChangeRow {
  readonly entity_id: number;
  readonly run_id: number;
  readonly observed_at: string;
  readonly field: string | null;
  readonly old_value: string | null;
}

function seenByPulls(db: Database, resource: EntityName, at: string): Timed[] {
  const rows = query(
    db,
    'SELECT entity_id, run_id, observed_at, field, old_value FROM main.changes WHERE resource = ? AND observed_at > ? ORDER BY id',
  ).all(resource, at) as ChangeRow[];
  return rows.map((row) => ({ id: row.entity_id, run: row.run_id, at: row.observed_at, step: stepOf(row) }));
}

function stepOf({ field, old_value }: ChangeRow): Step {
  const before = JSON.parse(old_value ?? 'null') as Json;
  if (field !== null) return { kind: 'changed', field, before };
  return before === null ? { kind: 'came' } : { kind: 'went', entity: before as JsonObject };
}

interface PushRow {
  readonly entity_id: number;
  readonly run_id: number;
  readonly op: string;
  readonly changes: string;
  readonly finished_at: string;
  readonly seen: number;
}

/** What our own pushes changed is no news, and so not in `changes`: the push log has it. */
function doneByPushes(db: Database, resource: EntityName, at: string): Timed[] {
  const rows = query(
    db,
    'SELECT p.entity_id, p.run_id, p.op, p.changes, p.finished_at, EXISTS (SELECT 1 FROM main.changes AS c WHERE c.resource = p.resource ' +
      'AND c.entity_id = p.entity_id AND c.field IS NULL AND c.old_value IS NULL) AS seen ' +
      "FROM main.push_log AS p WHERE p.resource = ? AND p.finished_at > ? AND p.outcome = 'sent' ORDER BY p.id",
  ).all(resource, at) as PushRow[];
  return rows.flatMap(({ entity_id: id, run_id: run, op, changes, finished_at: at, seen }): Timed[] => {
    // Where a pull saw it come before the push knew that it had made it, the pull's word counts.
    if (op === 'create') return seen ? [] : [{ id, run, at, step: { kind: 'came' } }];
    const fields = JSON.parse(changes) as { field: string; base: Json }[];
    return fields.map(({ field, base }) => ({ id, run, at, step: { kind: 'changed', field, before: base } }));
  });
}
