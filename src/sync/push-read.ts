/** Reads what a push has to know: the entities that edits wait for, and the siblings of what is to be created. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, listPath, parentField, parentOf } from '../api/resources.ts';
import { changesOf, type OutboxRow, stateOf } from '../db/outbox.ts';
import { getRemote } from '../db/rows.ts';
import { NotFoundError, OptimizelyError } from '../errors.ts';
import { completeListing, neverSent } from './complete.ts';
import { absentFields } from './equality.ts';
import { isUnclaimed, unclaimedParents } from './push-claim.ts';
import { askList, believed, isGone, orError, problem } from './push-gone.ts';
import { parentIdOf } from './push-plan.ts';
import { planReads, type Reads, type ToRead } from './push-read-plan.ts';
import { type Found, type Push, type ReadList, readKey } from './push-run.ts';

/** The parent of an operation's entity: undefined where the mirror no longer knows it. */
export function parentOfRow({ db }: Pick<Push, 'db'>, row: OutboxRow): number | null | undefined {
  if (row.entity_id > 0) return getRemote(db, row.resource, row.entity_id)?.parentId;
  const { intent } = stateOf(db, row.id);
  const fromPath = intent && /^\w+\/(\d+)\//.exec(intent.path)?.[1];
  return fromPath ? Number(fromPath) : parentIdOf({ resource: row.resource, changes: changesOf(db, row.id) });
}

/** Whether this round has looked at what the operation is about, so that it may be sent. */
export function isFresh(run: Pick<Push, 'db' | 'reads'>, row: OutboxRow): boolean {
  if (row.entity_id > 0)
    return run.reads.entities.get(readKey(row.resource, row.entity_id))?.kind === 'there';
  const list = run.reads.lists.get(listPath(row.resource, parentOfRow(run, row) ?? null));
  return list !== undefined && !(list instanceof OptimizelyError);
}

/** What of these operations, and of what came with new parents, this round has not read yet. */
export function unread(run: Push, rows: readonly OutboxRow[]): Reads {
  const waiting = rows.filter(({ id, status }) => status !== 'failed' || stateOf(run.db, id).intent !== null);
  const operations = waiting.map((row): ToRead => {
    return { resource: row.resource, entityId: row.entity_id, op: row.op, parentId: parentOfRow(run, row) };
  });
  const reads = planReads(
    operations.filter(({ resource, entityId }) => !run.reads.entities.has(readKey(resource, entityId))),
  );
  const lists = [...reads.lists, ...unclaimedParents(run.db).flatMap(({ lists: below }) => below)];
  const open = new Map(lists.map((list) => [listPath(list.resource, list.parentId), list]));
  for (const path of run.reads.lists.keys()) open.delete(path);
  return { lists: [...open.values()], singles: reads.singles };
}

/** Reads what is said, side by side. What the API refuses or can't answer is part of the result. */
export async function readAll(
  run: Push,
  rows: readonly OutboxRow[],
  { lists, singles }: Reads,
): Promise<void> {
  const { entities } = run.reads;
  await Promise.all([
    ...lists.map(async ({ resource, parentId }) => {
      const path = listPath(resource, parentId);
      const list = await readList(run, resource, parentId, rows);
      run.reads.lists.set(path, list);
      const missing = await absence(run, resource, parentId, list);
      const found = foundBy(list, parentId, missing);
      for (const row of rows) {
        if (row.resource === resource && row.entity_id > 0 && parentOfRow(run, row) === parentId)
          entities.set(readKey(resource, row.entity_id), found(row.entity_id));
      }
    }),
    ...singles.map(async ({ resource, id }) => {
      entities.set(readKey(resource, id), await readSingle(run, resource, id));
    }),
  ]);
}

/**
 * A list. Where it leaves out fields, what edits wait for is read by itself, and so is what the mirror does not know:
 * it may be a lost create, or have come with a new parent.
 */
async function readList(
  run: Push,
  resource: EntityName,
  parentId: number | null,
  rows: readonly OutboxRow[],
): Promise<ReadList | OptimizelyError> {
  const { db, api, options } = run;
  const listed = await askList(run, resource, parentId);
  if (listed instanceof OptimizelyError) return listed;
  const wanted = wantedIn(run, resource, parentId, rows);
  const chosen = listed.items.filter(({ id }) => wanted(id as number));
  const completed = await orError(run, () =>
    completeListing(db, api, resource, chosen, {
      trustMirror: true,
      never: neverSent(db, resource),
      signal: options.signal,
    }),
  );
  if (completed instanceof OptimizelyError) return completed;
  const whole = new Map(completed.items.map((entity) => [entity.id, entity]));
  const path = listPath(resource, parentId);
  const unusable = new Map(listed.rejected.map(({ id, message }) => [id, problem(path, message)]));
  for (const { id, error } of completed.failed)
    unusable.set(id, error instanceof OptimizelyError ? error : problem(path, String(error)));
  const items = listed.items.filter(({ id }) => !unusable.has(id as number));
  return { items: items.map((entity) => whole.get(entity.id) ?? entity), unusable };
}

function wantedIn(
  { db }: Push,
  resource: EntityName,
  parentId: number | null,
  rows: readonly OutboxRow[],
): (id: number) => boolean {
  const ours = rows.filter((row) => row.resource === resource);
  const ids = new Set(ours.map(({ entity_id }) => entity_id));
  const parent = parentOf(resource);
  const strangers =
    ours.some(({ id, entity_id }) => entity_id < 0 && stateOf(db, id).intent !== null) ||
    (parent !== null && parentId !== null && isUnclaimed(db, parent, parentId));
  return (id) => ids.has(id) || (strangers && getRemote(db, resource, id) === undefined);
}

/** What it means that a list does not show an entity. */
async function absence(
  run: Push,
  resource: EntityName,
  parentId: number | null,
  list: ReadList | OptimizelyError,
): Promise<Found> {
  if (!(list instanceof OptimizelyError)) return believed(run, resource, parentId, list);
  const gone = list instanceof NotFoundError && (await isGone(run, resource, null, parentId));
  return gone ? { kind: 'gone' } : { kind: 'unread', error: list };
}

function foundBy(list: ReadList | OptimizelyError, parentId: number | null, missing: Found) {
  if (list instanceof OptimizelyError) return () => missing;
  const items = new Map(list.items.map((entity) => [entity.id, entity]));
  return (id: number): Found => {
    const entity = items.get(id);
    if (entity) return { kind: 'there', parentId, entity };
    const error = list.unusable.get(id);
    return error ? { kind: 'unread', error } : missing;
  };
}

async function readSingle(run: Push, resource: EntityName, id: number): Promise<Found> {
  const { db, api, options } = run;
  const parentId = getRemote(db, resource, id)?.parentId;
  const answer = await orError(run, () => api.get(resource, id, { signal: options.signal }));
  if (!(answer instanceof OptimizelyError)) {
    const known = parentId ?? parentIdFrom(resource, answer);
    return { kind: 'there', parentId: known, entity: withKnown(run, resource, answer) };
  }
  const gone = answer instanceof NotFoundError && (await isGone(run, resource, id, parentId));
  return gone ? { kind: 'gone' } : { kind: 'unread', error: answer };
}

/** Fields that this API leaves out even here are no change: what the mirror knows of them stands. */
function withKnown({ db }: Push, resource: EntityName, entity: JsonObject): JsonObject {
  const known = getRemote(db, resource, entity.id as number);
  if (!known || absentFields(resource, entity).length === 0) return entity;
  const body = JSON.parse(known.text) as JsonObject;
  const kept = absentFields(resource, entity).filter((field) => Object.hasOwn(body, field));
  return { ...entity, ...Object.fromEntries(kept.map((field) => [field, body[field] ?? null])) };
}

function parentIdFrom(resource: EntityName, entity: JsonObject): number | null {
  const value = entity[parentField(resource) ?? ''];
  return typeof value === 'number' ? value : null;
}
