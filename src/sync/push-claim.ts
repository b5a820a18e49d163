/**
 * Shares out what the server made together with a new entity: the creates made offline below it become edits of that, by
 * their order; what is left stays, and the mirror shows it at once. Source: CONTRACT.md, How a push decides, 6.
 */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityNames, fieldOf, parentField } from '../api/resources.ts';
import { replaceId } from '../db/identity.ts';
import { getMeta, putMeta } from '../db/meta.ts';
import {
  changesOf,
  type OutboxRow,
  outboxOf,
  putChange,
  putState,
  removeChange,
  stateOf,
} from '../db/outbox.ts';
import { getRemoteBody, putLocal, putRemote } from '../db/rows.ts';
import { prepared } from '../db/statements.ts';
import { type ComesWith, comesWith, servingChildren } from './comes-with.ts';
import { type RunContext, receive, recordDifference, withParent, withPending } from './receive.ts';

const unclaimedKey = (resource: EntityName, id: number) => `unclaimed:${resource}:${id}`;

/** Notes that what came with an entity is still to be shared out; in the transaction that gives it its real id. */
export function markUnclaimed(db: Database, resource: EntityName, id: number): void {
  if (comesWith(resource).length > 0) putMeta(db, unclaimedKey(resource, id), '1');
}

/** Whether that is still to be done: no create below it may be sent before. */
export function isUnclaimed(db: Database, resource: EntityName, id: number): boolean {
  return getMeta(db, unclaimedKey(resource, id)) !== undefined;
}

export function markClaimed(db: Database, resource: EntityName, id: number): void {
  prepared(db, 'DELETE FROM mirror_meta WHERE key = ?').run(unclaimedKey(resource, id));
}

export interface Unclaimed {
  readonly resource: EntityName;
  readonly id: number;
  /** The lists that show what came with it. */
  readonly lists: { readonly resource: EntityName; readonly parentId: number }[];
}

export function unclaimedParents(db: Database): Unclaimed[] {
  const keys = prepared(db, "SELECT key FROM mirror_meta WHERE key >= 'unclaimed:' AND key < 'unclaimed;'")
    .pluck()
    .all() as string[];
  return keys.flatMap((key) => {
    const [, name, text] = key.split(':');
    const resource = entityNames.find((each) => each === name);
    const id = Number(text);
    if (!resource) return [];
    return [
      {
        resource,
        id,
        lists: comesWith(resource).map((child) => ({ resource: child.resource, parentId: id })),
      },
    ];
  });
}

/** Shares out the children of one kind that a new parent has. Inside a guarded transaction. */
export function claim(
  context: RunContext,
  parent: EntityName,
  parentId: number,
  came: ComesWith,
  children: readonly JsonObject[],
): void {
  const { db } = context;
  const own = { ...context, own: true };
  const creates = createsBelow(db, came.resource, parentId);
  const entity = getRemoteBody(db, parent, parentId);
  // One that a pull showed and somebody edited since is used by its own edit.
  const serving = servingChildren(parent, entity, came, children).filter(
    ({ id }) => outboxOf(db, came.resource, id as number) === undefined,
  );
  const takers = new Map(serving.map((child, index) => [child, creates[index]]));
  for (const child of children) {
    const create = takers.get(child);
    if (create) takeOver(own, create, parentId, child);
    else receive(own, came.resource, parentId, child);
  }
}

/** The creates that wait below a parent, in the order in which they were made. */
function createsBelow(db: Database, child: EntityName, parentId: number): OutboxRow[] {
  const rows = prepared(
    db,
    "SELECT o.* FROM outbox AS o JOIN outbox_changes AS c ON c.outbox_id = o.id AND c.field = ? WHERE o.resource = ? AND o.op = 'create' AND CAST(c.local_value AS INTEGER) = ? ORDER BY o.id",
  ).all(parentField(child) ?? '', child, parentId) as OutboxRow[];
  return rows.filter(({ id }) => stateOf(db, id).intent === null);
}

/** A create becomes an edit of an entity that the server made by itself; all that was given is still sent. */
function takeOver(context: RunContext, row: OutboxRow, parentId: number, came: JsonObject): void {
  const { db } = context;
  const entity = withParent(row.resource, parentId, came);
  const id = entity.id as number;
  recordDifference(context, row.resource, id, getRemoteBody(db, row.resource, id), entity);
  replaceId(db, row.resource, row.entity_id, id);
  putRemote(db, row.resource, id, parentId, entity, JSON.stringify(entity));
  for (const change of changesOf(db, row.id)) {
    if (fieldOf(row.resource, change.field)?.by === 'parent') removeChange(db, row.id, change.field);
    else putChange(db, row.id, { ...change, base: entity[change.field] ?? null });
  }
  prepared(db, "UPDATE outbox SET op = 'update' WHERE id = ?").run(row.id);
  putState(db, row.id, { originId: row.entity_id });
  putLocal(db, row.resource, withPending(db, row.resource, entity));
}
