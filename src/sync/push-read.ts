/** Reads what a push has to know: the entities that edits wait for, and the siblings of what is to be created. */

import type { JsonObject } from '../api/description.ts';
import { type EntityName, listPath, parentField, parentOf } from '../api/resources.ts';
import type { CheckedList } from '../api/validate.ts';
import { changesOf, type OutboxRow, stateOf } from '../db/outbox.ts';
import { getRemote, remoteIds } from '../db/rows.ts';
import { NotFoundError, OptimizelyError, TokenError, UnauthorizedError } from '../errors.ts';
import { completeListing, neverSent } from './complete.ts';
import { absentFields } from './equality.ts';
import type { SyncDeps } from './pull.ts';
import { isSuspicious } from './pull-plan.ts';
import type { PushOptions } from './push.ts';
import { parentIdOf, planReads } from './push-plan.ts';

/** What the API said of one entity: its state, that it is gone, or that it could not be read. */
export type Found =
  | { readonly kind: 'there'; readonly parentId: number | null; readonly entity: JsonObject }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unread'; readonly error: OptimizelyError };

export interface Readings {
  /** By `resource/id`. */
  readonly entities: ReadonlyMap<string, Found>;
  /** By the list's path: its members, or why it could not be read. */
  readonly lists: ReadonlyMap<string, ReadList | OptimizelyError>;
}

/** A list that was read. `unusable` are members that are there, but whose content can't be used. */
export interface ReadList {
  readonly items: readonly JsonObject[];
  readonly unusable: ReadonlyMap<number, OptimizelyError>;
}

type Reader = SyncDeps & { readonly options: PushOptions };

/** The parent of an operation's entity: undefined where the mirror no longer knows it. */
export function parentOfRow({ db }: Pick<Reader, 'db'>, row: OutboxRow): number | null | undefined {
  if (row.entity_id < 0) {
    const intent = stateOf(db, row.id).intent;
    const fromPath = intent && /^\w+\/(\d+)\//.exec(intent.path)?.[1];
    if (fromPath) return Number(fromPath);
    return parentIdOf({ resource: row.resource, changes: changesOf(db, row.id) });
  }
  return getRemote(db, row.resource, row.entity_id)?.parentId;
}

/** Reads for all operations that may be sent. What the API refuses or can't answer is part of the result. */
export async function readForPush(run: Reader, rows: readonly OutboxRow[]): Promise<Readings> {
  const waiting = rows.filter(({ id, status }) => status !== 'failed' || stateOf(run.db, id).intent !== null);
  const operations = waiting.map((row) => ({
    resource: row.resource,
    entityId: row.entity_id,
    op: row.op,
    parentId: parentOfRow(run, row),
  }));
  const wanted = new Set(waiting.map(({ resource, entity_id }) => `${resource}/${entity_id}`));
  const { lists, singles } = planReads(operations);
  const entities = new Map<string, Found>();
  const listings = new Map<string, ReadList | OptimizelyError>();
  await Promise.all([
    ...lists.map(async ({ resource, parentId }) => {
      const ids = operations.filter(
        (op) => op.resource === resource && op.parentId === parentId && op.entityId > 0,
      );
      const list = await orError(run, () => readList(run, resource, parentId, wanted));
      listings.set(listPath(resource, parentId), list);
      for (const { entityId } of ids) {
        entities.set(`${resource}/${entityId}`, await foundIn(run, resource, parentId, entityId, list));
      }
    }),
    ...singles.map(async ({ resource, id }) => {
      entities.set(`${resource}/${id}`, await readSingle(run, resource, id));
    }),
  ]);
  return { entities, lists: listings };
}

/** An error of the API as a value; a refused token, or somebody who wants to stop, ends the push. */
async function orError<T>(run: Reader, read: () => Promise<T>): Promise<T | OptimizelyError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnauthorizedError)
      throw new TokenError(`the API refused the token: ${error.message}`, { cause: error });
    if (run.options.signal?.aborted || !(error instanceof OptimizelyError)) throw error;
    return error;
  }
}

/** A list, with every entity that an edit waits for read by itself where the list leaves out fields. */
async function readList(
  run: Reader,
  resource: EntityName,
  parentId: number | null,
  wanted: ReadonlySet<string>,
): Promise<ReadList> {
  const { db, api, options } = run;
  const { signal } = options;
  const listed: CheckedList = await api.list(resource, parentId, { signal });
  const ours = listed.items.filter(({ id }) => wanted.has(`${resource}/${id}`));
  const completed = await completeListing(db, api, resource, ours, {
    trustMirror: true,
    never: neverSent(db, resource),
    signal,
  });
  const whole = new Map(completed.items.map((entity) => [entity.id, entity]));
  const path = listPath(resource, parentId);
  const unusable = new Map(listed.rejected.map(({ id, message }) => [id, unread(path, message)]));
  for (const { id, error } of completed.failed) {
    unusable.set(id, error instanceof OptimizelyError ? error : unread(path, String(error)));
  }
  const items = listed.items.filter(({ id }) => !unusable.has(id as number));
  return { items: items.map((entity) => whole.get(entity.id as number) ?? entity), unusable };
}

function unread(path: string, apiMessage: string): OptimizelyError {
  return new OptimizelyError({ method: 'GET', path, status: null, apiMessage });
}

/** An entity by its list. One that a complete list lacks is gone, unless the list lacks too much to be believed. */
async function foundIn(
  run: Reader,
  resource: EntityName,
  parentId: number | null,
  id: number,
  list: ReadList | OptimizelyError,
): Promise<Found> {
  if (list instanceof OptimizelyError) {
    if (list instanceof NotFoundError && (await isGone(run, resource, id, parentId))) return { kind: 'gone' };
    return { kind: 'unread', error: list };
  }
  const unusable = list.unusable.get(id);
  if (unusable) return { kind: 'unread', error: unusable };
  const entity = list.items.find((candidate) => candidate.id === id);
  if (entity) return { kind: 'there', parentId, entity };
  if (!lacksTooMuch(run, resource, parentId, list)) return { kind: 'gone' };
  const message = 'the list lacks too many entities that the mirror has to be believed; pull, and see';
  return { kind: 'unread', error: unread(listPath(resource, parentId), message) };
}

function lacksTooMuch(
  { db }: Reader,
  resource: EntityName,
  parentId: number | null,
  list: ReadList,
): boolean {
  const listed = new Set(list.items.map(({ id }) => id as number));
  const known = remoteIds(db, resource, parentId);
  const lacking = known.filter((id) => !listed.has(id) && !list.unusable.has(id));
  return isSuspicious(lacking.length, () => known.length);
}

async function readSingle(run: Reader, resource: EntityName, id: number): Promise<Found> {
  const { db, api, options } = run;
  const parentId = getRemote(db, resource, id)?.parentId;
  const answer = await orError(run, () => api.get(resource, id, { signal: options.signal }));
  if (!(answer instanceof OptimizelyError)) {
    const known = parentId ?? parentIdFrom(resource, answer);
    return { kind: 'there', parentId: known, entity: withKnown(run, resource, answer) };
  }
  if (!(answer instanceof NotFoundError)) return { kind: 'unread', error: answer };
  return (await isGone(run, resource, id, parentId)) ? { kind: 'gone' } : { kind: 'unread', error: answer };
}

/** Fields that this API leaves out even here are no change: what the mirror knows of them stands. */
function withKnown({ db }: Reader, resource: EntityName, entity: JsonObject): JsonObject {
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

/**
 * Whether a 404 means that the entity is gone: only where its parent's list answers without it, or the parent itself is
 * gone in the same sense. A 404 alone may be a right that was taken away. Source: CONTRACT.md, How a pull decides.
 */
async function isGone(
  run: Reader,
  resource: EntityName,
  id: number,
  parentId: number | null | undefined,
): Promise<boolean> {
  const parent = parentOf(resource);
  if (parentId === undefined) return true;
  const list = await orError(run, () => run.api.list(resource, parentId, { signal: run.options.signal }));
  if (!(list instanceof OptimizelyError))
    return (
      !list.items.some((entity) => entity.id === id) && list.rejected.every((entity) => entity.id !== id)
    );
  if (!(list instanceof NotFoundError) || parent === null || parentId === null || parentOf(parent) === null)
    return false;
  return isGone(run, parent, parentId, getRemote(run.db, parent, parentId)?.parentId);
}
