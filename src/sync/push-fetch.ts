/** One list or one entity, as the API holds it now: whole, or with the reason why it could not be read. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, listPath, parentField, parentOf } from '../api/resources.ts';
import { type OutboxRow, stateOf } from '../db/outbox.ts';
import { getRemote, remoteParent } from '../db/rows.ts';
import { NotFoundError, OptimizelyError, UnauthorizedError } from '../errors.ts';
import { completeListing, neverSent } from './complete.ts';
import { absentFields } from './equality.ts';
import { isUnclaimed } from './push-claim.ts';
import { askList, believed, isGone, orError, problem, refusedToken } from './push-gone.ts';
import type { Found, Push, ReadList } from './push-run.ts';

/**
 * A list; `ours` are the operations that it shows. Where it leaves out fields, what edits wait for is read by itself, and
 * so is what the mirror does not know, where that may be a lost create or have come with a new parent.
 */
export async function readList(
  run: Push,
  resource: EntityName,
  parentId: number | null,
  ours: readonly OutboxRow[],
): Promise<ReadList | OptimizelyError> {
  const { db, api, options } = run;
  const listed = await askList(run, resource, parentId);
  if (listed instanceof OptimizelyError) return listed;
  const wanted = wantedIn(run, resource, parentId, ours);
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
  for (const { id, error } of completed.failed) {
    if (error instanceof UnauthorizedError) throw refusedToken(error);
    unusable.set(id, error instanceof OptimizelyError ? error : problem(path, String(error)));
  }
  const items = listed.items.filter(({ id }) => !unusable.has(id as number));
  return { items: items.map((entity) => whole.get(entity.id) ?? entity), unusable };
}

function wantedIn(
  { db }: Push,
  resource: EntityName,
  parentId: number | null,
  ours: readonly OutboxRow[],
): (id: number) => boolean {
  const ids = new Set(ours.map(({ entity_id }) => entity_id));
  const parent = parentOf(resource);
  const strangers =
    ours.some(({ id, entity_id }) => entity_id < 0 && stateOf(db, id).intent !== null) ||
    (parent !== null && parentId !== null && isUnclaimed(db, parent, parentId));
  return (id) => ids.has(id) || (strangers && remoteParent(db, resource, id) === undefined);
}

/** What it means that a list does not show an entity. */
export async function absence(
  run: Push,
  resource: EntityName,
  parentId: number | null,
  list: ReadList | OptimizelyError,
): Promise<Found> {
  if (!(list instanceof OptimizelyError)) return believed(run, resource, parentId, list);
  const gone = list instanceof NotFoundError && (await isGone(run, resource, null, parentId));
  return gone ? { kind: 'gone' } : { kind: 'unread', error: list };
}

export function foundBy(
  list: ReadList | OptimizelyError,
  parentId: number | null,
  missing: Found,
): (id: number) => Found {
  if (list instanceof OptimizelyError) return () => missing;
  const items = new Map(list.items.map((entity) => [entity.id, entity]));
  return (id: number): Found => {
    const entity = items.get(id);
    if (entity) return { kind: 'there', parentId, entity };
    const error = list.unusable.get(id);
    return error ? { kind: 'unread', error } : missing;
  };
}

export async function readSingle(run: Push, resource: EntityName, id: number): Promise<Found> {
  const { db, api, options } = run;
  const parentId = remoteParent(db, resource, id);
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
