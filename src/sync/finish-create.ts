/** What the end of a create makes of the mirror: the real id replaces the temporary one everywhere. */
import type { JsonObject } from '../api/description.ts';
import { childEntitiesOf, type EntityName } from '../api/resources.ts';
import { replaceId } from '../db/identity.ts';
import {
  changesOf,
  logPush,
  type OutboxChange,
  type OutboxRow,
  outboxOf,
  outboxRow,
  putChange,
  removeOutbox,
} from '../db/outbox.ts';
import { getRemoteBody, putLocal, removeLocal } from '../db/rows.ts';
import { setAside } from '../db/set-aside.ts';
import { withoutToken } from './equality.ts';
import {
  carried,
  editedSince,
  type Finished,
  logSent,
  noticesOf,
  pushedOf,
  recordOthers,
  type Sent,
  settleEdits,
  store,
} from './finish.ts';
import { childIds } from './finish-delete.ts';
import { markUnclaimed } from './push-claim.ts';
import { rebaseUpdate } from './rebase.ts';
import { isDeletedHere, type RunContext, receive, withPending } from './receive.ts';

/** The API created an entity, as it answered or as a later look at its siblings shows. */
export function finishCreate(
  context: RunContext,
  sent: Sent,
  parentId: number | null,
  came: JsonObject,
): Finished {
  const { db } = context;
  const { row, intent } = sent;
  const body = intent.body ?? {};
  // What an answer leaves out is as it was sent.
  const answer: JsonObject = { ...body, ...came };
  const id = answer.id as number;
  logSent(context, sent, id, carried([], body));
  const twin = outboxOf(db, row.resource, id);
  if (twin) joinTwin(context, row, twin, body, parentId, answer);
  else {
    const known = getRemoteBody(db, row.resource, id);
    replaceId(db, row.resource, row.entity_id, id);
    if (known) recordOthers(context, sent, known, answer);
    settleEdits(context, row.id, body, undefined, answer);
    store(context, row.resource, { parentId, before: known, came: answer });
    if (isDeletedHere(db, row.resource, id)) hide(context, row.resource, id);
  }
  markUnclaimed(db, row.resource, id);
  return { pushed: pushedOf(sent, id), notices: noticesOf(sent, undefined, answer) };
}

/** Deleted here while its create was on the wire: a row that a pull brought meanwhile is out of sight until the push. */
function hide(context: RunContext, resource: EntityName, id: number): void {
  removeLocal(context.db, resource, id);
  for (const child of childEntitiesOf(resource))
    for (const childId of childIds(context, child, id)) hide(context, child, childId);
}

/**
 * A pull showed the entity under its real id before the push knew that it was ours, and the user went on there. That
 * edit stands; what was edited under the temporary id since the create was sent joins it, or ends as dropped where both
 * edit one field.
 */
function joinTwin(
  context: RunContext,
  row: OutboxRow,
  twin: OutboxRow,
  body: JsonObject,
  parentId: number | null,
  answer: JsonObject,
): void {
  const { db } = context;
  const { resource, entity_id: temporary } = row;
  const id = twin.entity_id;
  const rest = outboxRow(db, row.id);
  const late = editedSince(resource, changesOf(db, row.id), body, answer);
  removeOutbox(db, row.id);
  removeLocal(db, resource, temporary);
  replaceId(db, resource, temporary, id);
  receive(context, resource, parentId, answer);
  const dropped = late.filter((change) => !join(context, twin, change));
  if (rest?.op === 'delete' || dropped.length > 0)
    logPush(db, {
      ...context,
      row: { ...(rest ?? row), entity_id: id },
      outcome: 'dropped',
      changes: dropped,
    });
  if (isDeletedHere(db, resource, id)) {
    setAsideBelow(context, twin, resource, id);
    return;
  }
  const open = outboxRow(db, twin.id);
  if (open && dropped.length < late.length)
    rebaseUpdate(context, open, withoutToken(resource, answer), answer);
  putLocal(db, resource, withPending(db, resource, answer));
}

/** Adds one change to the edit that stands, where that has none of the same field. */
function join({ db }: RunContext, twin: OutboxRow, change: OutboxChange): boolean {
  const open = outboxRow(db, twin.id);
  if (open?.op !== 'update' || changesOf(db, twin.id).some(({ field }) => field === change.field))
    return false;
  putChange(db, twin.id, change);
  return true;
}

/** What was made below the temporary id goes where the delete of the real one has put the rest. */
function setAsideBelow(context: RunContext, removal: OutboxRow, resource: EntityName, id: number): void {
  const { db } = context;
  for (const child of childEntitiesOf(resource)) {
    for (const childId of childIds(context, child, id)) {
      setAsideBelow(context, removal, child, childId);
      const row = outboxOf(db, child, childId);
      if (row) setAside(db, removal.id, row);
      removeLocal(db, child, childId);
    }
  }
}
