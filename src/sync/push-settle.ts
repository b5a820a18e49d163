/** Settles what was on the wire when a process died or an answer was lost: by what the API holds, never by a guess. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { fieldOf, listPath } from '../api/resources.ts';
import { type OutboxRow, outboxRow, putState, setOutbox, stateOf } from '../db/outbox.ts';
import { prepared } from '../db/statements.ts';
import { OptimizelyError } from '../errors.ts';
import { sameValue } from './equality.ts';
import { carried, type Finished, finishUpdate, type Sent } from './finish.ts';
import { finishCreate } from './finish-create.ts';
import { finishDelete } from './finish-delete.ts';
import { findLostCreate } from './push-lost.ts';
import { parentOfRow } from './push-read.ts';
import { type Push, type ReadList, readKey } from './push-run.ts';
import { finish } from './rebase.ts';
import { isDeletedHere, type RunContext } from './receive.ts';

/** Settles those of the operations that were on the wire and can be settled by what was read. */
export function settleLost(run: Push, context: RunContext, rows: readonly OutboxRow[]): void {
  for (const { id } of rows) {
    const row = outboxRow(context.db, id);
    if (!row) continue;
    const { intent, originId } = stateOf(context.db, row.id);
    if (intent) {
      const sent: Sent = { row, intent, originId, status: null };
      const finished =
        intent.op === 'create' ? settleCreate(run, context, sent) : settleEdit(run, context, sent);
      if (finished) {
        run.pushed.push(finished.pushed);
        run.notices.push(...finished.notices);
      }
    } else if (row.status === 'in_flight') setOutbox(context.db, row.id, 'pending', null, context.now);
    endUnborn(context, row.id, intent?.body ?? {});
  }
}

/** An update or delete whose answer was lost: the entity itself tells whether it arrived. */
function settleEdit({ reads }: Push, context: RunContext, sent: Sent): Finished | null {
  const { row, intent } = sent;
  const found = reads.entities.get(readKey(row.resource, row.entity_id));
  if (!found || found.kind === 'unread') return null;
  if (intent.op === 'delete' && found.kind === 'gone') return finishDelete(context, sent);
  if (intent.op === 'update' && found.kind === 'there' && arrived(sent, found.entity))
    return finishUpdate(context, sent, found.entity);
  releaseIntent(context, row);
  return null;
}

function arrived({ row, intent }: Sent, entity: JsonObject): boolean {
  return Object.entries(intent.body ?? {}).every(([field, value]) =>
    sameValue(fieldOf(row.resource, field), value, entity[field]),
  );
}

/** What was sent did not arrive, so that the edit waits again. */
function releaseIntent({ db, now }: RunContext, row: OutboxRow): void {
  putState(db, row.id, { intent: null });
  if (row.status === 'in_flight') setOutbox(db, row.id, 'pending', null, now);
}

function settleCreate(run: Push, context: RunContext, sent: Sent): Finished | null {
  const { row, intent } = sent;
  const parentId = parentOfRow(run, row) ?? null;
  const list = run.reads.lists.get(listPath(row.resource, parentId));
  if (!list || list instanceof OptimizelyError) return null;
  if (intent.adopt !== undefined) return adopt(context, sent, parentId, list, intent.adopt);
  // It waits for a person, who was asked already.
  if (row.status === 'conflict') return null;
  const known = new Set([...(intent.known ?? []), ...createdByUs(context.db, row)]);
  const lost = findLostCreate(
    row.resource,
    intent.body ?? {},
    list.items.filter(({ id }) => !known.has(id as number)),
    [...list.unusable.keys()].filter((id) => !known.has(id)),
  );
  if (lost.outcome === 'again') releaseIntent(context, row);
  else if (lost.outcome === 'doubtful') ask(context, row, lost.candidates);
  else if (isDeletedHere(context.db, row.resource, lost.entity.id as number))
    ask(context, row, [lost.entity.id as number]);
  else return finishCreate(context, sent, parentId, lost.entity);
  return null;
}

function adopt(
  context: RunContext,
  sent: Sent,
  parentId: number | null,
  { items }: ReadList,
  id: number,
): Finished | null {
  const { db, now } = context;
  const { row, intent } = sent;
  const adopted = items.find((entity) => entity.id === id);
  if (adopted) return finishCreate(context, sent, parentId, adopted);
  const { adopt: _, ...doubtful } = intent;
  putState(db, row.id, { intent: doubtful });
  const words = `the API lists no ${id} there: decide again with resolve ${row.id} --adopt ID or --new`;
  setOutbox(db, row.id, 'conflict', words, now);
  return null;
}

function ask({ db, now }: RunContext, row: OutboxRow, candidates: readonly number[]): void {
  const words = `no answer came to its create, and the API has ${candidates.join(', ')} since: is one of them it? Decide with resolve ${row.id} --adopt ID or --new`;
  setOutbox(db, row.id, 'conflict', words, now);
}

/** The entities that the outbox is known to have created: none of them is a lost one. */
function createdByUs(db: Database, { resource }: OutboxRow): number[] {
  return prepared(
    db,
    "SELECT entity_id FROM push_log WHERE resource = ? AND op = 'create' AND outcome = 'sent'",
  )
    .pluck()
    .all(resource) as number[];
}

/**
 * Deleted here while its create was on the wire, and the create came to nothing: there is nothing to delete. `body` is
 * what was sent of it.
 */
export function endUnborn(context: RunContext, id: number, body: JsonObject): void {
  const row = outboxRow(context.db, id);
  if (row?.op !== 'delete' || row.entity_id > 0 || stateOf(context.db, id).intent) return;
  finish(context, { ...row, op: 'create' }, carried([], body), 'dropped');
}
