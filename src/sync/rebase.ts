/** Moves a pending edit onto a new state of the API: what converged leaves the outbox, what disagrees is a conflict. */
import type { Json, JsonObject } from '../api/description.ts';
import {
  changesOf,
  logPush,
  type OutboxChange,
  type OutboxRow,
  outboxRow,
  putChange,
  putState,
  removeChange,
  removeChanges,
  removeOutbox,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { forgetSetAside, setAsideEdits } from '../db/set-aside.ts';
import { sameJson } from './equality.ts';
import { deleteConflicts, type FieldConflict, mergeUpdate } from './merge.ts';
import type { RunContext } from './receive.ts';

export interface RebaseOptions {
  /** Any other change of the entity is a conflict as well: only a push can ask for it. */
  readonly strict?: boolean;
}

/** Who takes something out of the outbox, and when: a run, or, without a run's id, a person. */
export type Decider = Pick<RunContext, 'db' | 'now'> & { readonly runId: number | null };

export const deletedThere = 'the API has deleted it';

/** The words of a conflict, as `outbox.error` and the reports show them. */
export function conflictMessage(fields: readonly string[]): string {
  return `changed on the API as well: ${fields.join(', ')}`;
}

/**
 * Rebases one operation onto `remote`. `previous` is the API's state that the mirror held until now. Runs inside a
 * guarded transaction. Operations on the wire are left alone: what became of them is for the push to find out.
 */
export function rebaseEdit(
  context: Decider,
  row: OutboxRow,
  previous: JsonObject | undefined,
  remote: JsonObject,
  options: RebaseOptions = {},
): void {
  const state = stateOf(context.db, row.id);
  const base = state.baseBody ?? previous ?? remote;
  if (state.intent !== null) {
    putState(context.db, row.id, { baseBody: base });
    return;
  }
  if (row.op === 'update') rebaseUpdate(context, row, base, remote, options);
  if (row.op === 'delete') rebaseDelete(context, row, base, remote);
}

/** Moves an update from `base`, the whole entity that it was made on, onto `remote`. */
export function rebaseUpdate(
  context: Decider,
  row: OutboxRow,
  base: JsonObject,
  remote: JsonObject,
  options: RebaseOptions = {},
): void {
  const { db, now } = context;
  const changes = changesOf(db, row.id);
  const edits = changes.map(({ field, base: was, local }) => ({ field, base: was, local: local ?? null }));
  const merged = mergeUpdate(row.resource, edits, base, remote, options);
  const conflicts = new Map(merged.conflicts.map((conflict) => [conflict.field, conflict]));
  const converged = changes.filter(({ field }) => merged.converged.includes(field) && !conflicts.has(field));
  leave(context, row, converged, 'converged');
  for (const change of changes) {
    if (converged.includes(change)) continue;
    const moved = rebased(change, remote, merged.ours[change.field], conflicts.get(change.field));
    if (!isSameChange(change, moved)) putChange(db, row.id, moved);
  }
  if (outboxRow(db, row.id) === undefined) return;
  if (conflicts.size > 0) {
    putState(db, row.id, { baseBody: base });
    setOutbox(db, row.id, 'conflict', conflictMessage([...conflicts.keys()]), now);
    return;
  }
  putState(db, row.id, { baseBody: null });
  if (row.status === 'conflict') setOutbox(db, row.id, 'pending', null, now);
}

/** A field in conflict keeps the base it was made on and notes what the API holds; any other moves onto the new base. */
function rebased(
  change: OutboxChange,
  remote: JsonObject,
  value: Json | undefined,
  conflict: FieldConflict | undefined,
): OutboxChange {
  if (conflict) return { ...change, remote: conflict.remote };
  return { field: change.field, base: remote[change.field] ?? null, local: value ?? null, remote: undefined };
}

function isSameChange(a: OutboxChange, b: OutboxChange): boolean {
  return sameJson(a.base, b.base) && sameJson(a.local, b.local) && sameJson(a.remote, b.remote);
}

function rebaseDelete(context: Decider, row: OutboxRow, base: JsonObject, remote: JsonObject): void {
  const { db, now } = context;
  const conflicts = deleteConflicts(row.resource, base, remote);
  removeChanges(db, row.id);
  for (const { field, base: was, remote: is } of conflicts) {
    putChange(db, row.id, { field, base: was, local: undefined, remote: is });
  }
  if (conflicts.length > 0) {
    putState(db, row.id, { baseBody: base });
    setOutbox(db, row.id, 'conflict', conflictMessage(conflicts.map(({ field }) => field)), now);
    return;
  }
  putState(db, row.id, { baseBody: null });
  if (row.status === 'conflict') setOutbox(db, row.id, 'pending', null, now);
}

/** The API has deleted the entity: an edit of it is a conflict, a delete of it is fulfilled. */
export function rebaseOntoDeletion(context: Decider, row: OutboxRow, previous: JsonObject | undefined): void {
  const { db, now } = context;
  const state = stateOf(db, row.id);
  if (state.intent !== null && row.op !== 'update') return;
  if (row.op === 'delete') {
    finish(context, row, [], 'converged');
    return;
  }
  if (previous && !state.baseBody) putState(db, row.id, { baseBody: previous });
  setOutbox(db, row.id, 'conflict', deletedThere, now);
}

/** Takes fields of an operation, and with the last of them the operation, out of the outbox and into the push log. */
export function leave(
  context: Decider,
  row: OutboxRow,
  changes: readonly OutboxChange[],
  outcome: 'converged' | 'theirs' | 'dropped',
): void {
  if (changes.length === 0) return;
  for (const { field } of changes) removeChange(context.db, row.id, field);
  if (changesOf(context.db, row.id).length === 0) finish(context, row, changes, outcome);
  else logPush(context.db, { runId: context.runId, row, outcome, changes, now: context.now });
}

/** Ends an operation: its last word goes to the push log, with what it had set aside. */
export function finish(
  context: Decider,
  row: OutboxRow,
  changes: readonly OutboxChange[],
  outcome: 'converged' | 'theirs' | 'dropped',
): void {
  const { db, runId, now } = context;
  logPush(db, { runId, row, outcome, changes, now });
  dropSetAside(context, row.id);
  removeOutbox(db, row.id);
}

/** What an offline delete had set aside can't come back once the delete is done: its edits end as dropped. */
export function dropSetAside(context: Decider, removal: number): void {
  const { db, runId, now } = context;
  for (const { row, changes } of setAsideEdits(db, removal)) {
    logPush(db, { runId, row, outcome: 'dropped', changes, now });
    dropSetAside(context, row.id);
  }
  forgetSetAside(db, removal);
}
