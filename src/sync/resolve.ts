/** Decisions about conflicts. None sends anything: the next push does. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
import { type Cell, quoted, toCell } from '../db/columns.ts';
import {
  changesOf,
  type Intent,
  logPush,
  mustGetOutboxRow,
  type OutboxChange,
  type OutboxRow,
  outboxRow,
  putChange,
  putState,
  removeChanges,
  removeOutbox,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { refusing } from '../db/refused.ts';
import { getRemoteBody, removeLocal } from '../db/rows.ts';
import { guarded, transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { choices, conflictKind, conflictWords, sayChoices } from './choices.ts';
import { sameValue } from './equality.ts';
import { type Decider, deletedThere, finish, leave } from './rebase.ts';
import { bringBack, showRemote } from './restore.ts';

/** Our value is to be sent: the edit moves onto what the API holds now. What the API deleted can't come back. */
export function resolveOurs({ db, now }: Decider, row: OutboxRow): void {
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  if (!remote) {
    setOutbox(
      db,
      row.id,
      'conflict',
      `${deletedThere}, and what it has deleted can't come back: resolve ${row.id} --theirs gives the edit up; one like it can be created anew`,
      now,
    );
    return;
  }
  for (const change of changesOf(db, row.id)) {
    if (row.op === 'delete') continue;
    putChange(db, row.id, { ...change, base: remote[change.field] ?? null, remote: undefined });
  }
  if (row.op === 'delete') removeChanges(db, row.id);
  putState(db, row.id, { baseBody: null });
  setOutbox(db, row.id, 'pending', null, now);
}

/** Their value stands: our edits of the fields in conflict are dropped, and only those. */
export function resolveTheirs(decider: Decider, row: OutboxRow): void {
  const { db, now } = decider;
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  const changes = changesOf(db, row.id);
  if (row.op === 'delete') {
    logPush(db, { ...decider, row, outcome: 'theirs', changes });
    removeOutbox(db, row.id);
    bringBack(decider, row);
    return;
  }
  const dropped = remote ? changes.filter((change) => change.remote !== undefined) : changes;
  const chosen =
    dropped.length > 0
      ? dropped
      : changes.filter(({ field, base }) => differs(row.resource, field, base, remote));
  leave(decider, row, chosen, 'theirs');
  if (!remote) {
    removeLocal(db, row.resource, row.entity_id);
    if (outboxRow(db, row.id)) finish(decider, row, [], 'theirs');
    return;
  }
  if (outboxRow(db, row.id)) {
    moveOnto(db, row.id, remote);
    setOutbox(db, row.id, 'pending', null, now);
  }
  showRemote(db, row.resource, row.entity_id);
}

function differs(
  resource: EntityName,
  field: string,
  base: Json | undefined,
  remote: JsonObject | undefined,
): boolean {
  return !sameValue(fieldOf(resource, field), base, remote?.[field]);
}

/** What is left of an edit after a decision is made on what the API holds now. */
function moveOnto(db: Database, id: number, remote: JsonObject): void {
  for (const change of changesOf(db, id))
    putChange(db, id, { ...change, base: remote[change.field] ?? null, remote: undefined });
  putState(db, id, { baseBody: null });
}

/** A third value for some fields in conflict; what the API holds already needs no sending. */
function resolveSet(decider: Decider, row: OutboxRow, values: JsonObject): void {
  const { db, now } = decider;
  const remote = getRemoteBody(db, row.resource, row.entity_id) ?? {};
  for (const [field, local] of Object.entries(values)) {
    const next: OutboxChange = { field, base: remote[field] ?? null, local, remote: undefined };
    putChange(db, row.id, next);
    if (!differs(row.resource, field, local, remote)) leave(decider, row, [next], 'converged');
  }
  if (outboxRow(db, row.id) && !changesOf(db, row.id).some((change) => change.remote !== undefined)) {
    moveOnto(db, row.id, remote);
    setOutbox(db, row.id, 'pending', null, now);
  }
  showRemote(db, row.resource, row.entity_id);
}

/**
 * Refuses values for fields that the operation does not edit, and those that any other edit would be refused: the
 * triggers are asked, and what they let pass is undone.
 */
function mustBeTaken(db: Database, { id, resource, entity_id }: OutboxRow, values: JsonObject): void {
  const edited = changesOf(db, id).map(({ field }) => field);
  const cells = Object.entries(values).map(([name, value]): [string, Cell] => {
    const field = fieldOf(resource, name);
    if (field && edited.includes(name)) return [name, toCell(field, value)];
    throw new UsageError(`outbox ${id} has no edit of ${name}; it edits ${edited.join(', ')}`);
  });
  if (cells.length === 0) throw new UsageError('give at least one FIELD=VALUE with --set');
  const set = cells.map(([name]) => `${quoted(name)} = ?`).join(', ');
  db.exec('SAVEPOINT trial');
  try {
    const update = db.prepare<Cell[]>(`UPDATE ${quoted(resource)} SET ${set} WHERE id = ?`);
    refusing(() => update.run(...cells.map(([, cell]) => cell), entity_id));
  } finally {
    db.exec('ROLLBACK TO trial; RELEASE trial');
  }
}

export type Decision =
  | { readonly kind: 'ours' | 'theirs' | 'new' }
  | { readonly kind: 'adopt'; readonly remoteId: number }
  | { readonly kind: 'set'; readonly values: JsonObject };

/**
 * Decides a conflict. Sends nothing: the next push does.
 * @throws UsageError where there is no such conflict, or the decision does not fit it
 */
export function resolve(db: Database, id: number, decision: Decision, now: string): OutboxRow | undefined {
  return transaction<OutboxRow | undefined>(db, () => {
    const row = mustGetOutboxRow(db, id);
    if (row.status !== 'conflict') throw new UsageError(`outbox ${id} is ${row.status}, not in conflict`);
    mustFit(db, row, decision);
    if (decision.kind === 'set') mustBeTaken(db, row, decision.values);
    const { intent } = stateOf(db, id);
    guarded(db, () => {
      if (intent?.op === 'create') settleDoubt(db, id, intent, decision, now);
      else decide({ db, now, runId: null }, row, decision);
    });
    return outboxRow(db, id);
  });
}

/** Ours is let through to what the API has deleted: it stays a conflict, and says why. Source: CONTRACT.md, How a push decides, 5. */
function mustFit(db: Database, row: OutboxRow, { kind }: Decision): void {
  const about = conflictKind(db, row);
  if (choices[about].includes(kind) || (about === 'deleted there' && kind === 'ours')) return;
  throw new UsageError(`outbox ${row.id} is ${conflictWords[about]}: decide it with ${sayChoices(about)}`);
}

function decide(decider: Decider, row: OutboxRow, decision: Decision): void {
  if (decision.kind === 'ours') resolveOurs(decider, row);
  if (decision.kind === 'theirs') resolveTheirs(decider, row);
  if (decision.kind === 'set') resolveSet(decider, row, decision.values);
}

/** The push carries it out: it looks for the entity that was named, or creates another one. */
function settleDoubt(db: Database, id: number, intent: Intent, decision: Decision, now: string): void {
  const adopted = decision.kind === 'adopt' ? { ...intent, adopt: decision.remoteId } : null;
  putState(db, id, { intent: adopted });
  setOutbox(db, id, 'pending', null, now);
}
