/** Whether what the API does not show is gone: believed only where a list says so. Source: CONTRACT.md, How a pull decides. */
import { type EntityName, listPath, parentOf } from '../api/resources.ts';
import type { CheckedList } from '../api/validate.ts';
import { outboxOf, stateOf } from '../db/outbox.ts';
import { remoteIds, remoteParent } from '../db/rows.ts';
import { ForbiddenError, NotFoundError, OptimizelyError, TokenError, UnauthorizedError } from '../errors.ts';
import { mustBeOwnAccount } from './account.ts';
import { isSuspicious } from './pull-plan.ts';
import type { Found, Push, ReadList } from './push-run.ts';

/** An error of the API as a value; a refused token, or somebody who wants to stop, ends the push. */
export async function orError<T>(run: Push, read: () => Promise<T>): Promise<T | OptimizelyError> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnauthorizedError) throw refusedToken(error);
    if (run.options.signal?.aborted || !(error instanceof OptimizelyError)) throw error;
    return error;
  }
}

export function refusedToken(error: OptimizelyError): TokenError {
  return new TokenError(`the API refused the token: ${error.message}`, { cause: error });
}

/** A list as it came. One that was asked for in this round already is not asked for again. */
export function askList(
  run: Push,
  resource: EntityName,
  parentId: number | null,
): Promise<CheckedList | OptimizelyError> {
  const path = listPath(resource, parentId);
  const asked = run.reads.asked.get(path) ?? askAnew(run, resource, parentId);
  run.reads.asked.set(path, asked);
  return asked;
}

async function askAnew(
  run: Push,
  resource: EntityName,
  parentId: number | null,
): Promise<CheckedList | OptimizelyError> {
  const list = await orError(run, () => run.api.list(resource, parentId, { signal: run.options.signal }));
  // Source: CONTRACT.md, exit status 5.
  if (list instanceof ForbiddenError && parentOf(resource) === null) throw refusedToken(list);
  // Nothing is made in another account, and what is not in it is not gone.
  if (!(list instanceof OptimizelyError) && parentOf(resource) === null)
    mustBeOwnAccount(run.db, { ...list, unread: [] });
  return list;
}

/**
 * A 403 below the account may be a right to one entity, or the token itself: where it is the token, the list of projects is
 * refused too. Then no edit is: all of them stay as they are.
 * @throws TokenError where the API refused the token
 */
export async function mustBeLetIn(run: Push): Promise<void> {
  const { lists, entities } = run.reads;
  const isRefused =
    [...lists.values()].some((list) => list instanceof ForbiddenError) ||
    [...entities.values()].some((found) => found.kind === 'unread' && found.error instanceof ForbiddenError);
  if (isRefused) await askList(run, 'projects', null);
}

export function problem(path: string, apiMessage: string): OptimizelyError {
  return new OptimizelyError({ method: 'GET', path, status: null, apiMessage });
}

/**
 * What a list says of those it lacks: they are gone, unless it lacks too many to be believed. What we may have deleted
 * ourselves is no reason to doubt it.
 */
export function believed(
  { db }: Push,
  resource: EntityName,
  parentId: number | null,
  { items, unusable }: ReadList,
): Found {
  const listed = new Set([...items.map(({ id }) => id as number), ...unusable.keys()]);
  const known = remoteIds(db, resource, parentId);
  const lacking = known
    .filter((id) => !listed.has(id))
    .filter((id) => {
      const pending = outboxOf(db, resource, id);
      return pending === undefined || stateOf(db, pending.id).intent?.op !== 'delete';
    });
  if (!isSuspicious(lacking.length, () => known.length)) return { kind: 'gone' };
  const message = 'the list lacks too many entities that the mirror has to be believed; pull, and see';
  return { kind: 'unread', error: problem(listPath(resource, parentId), message) };
}

/**
 * Whether a 404 means that an entity (null: whatever was below that parent) is gone: only where its parent's list answers
 * without it, or the parent itself is gone in the same sense. A 404 alone may be a right that was taken away.
 */
export async function isGone(
  run: Push,
  resource: EntityName,
  id: number | null,
  parentId: number | null | undefined,
): Promise<boolean> {
  const parent = parentOf(resource);
  if (parentId === undefined) return true;
  const list = await askList(run, resource, parentId);
  if (!(list instanceof OptimizelyError))
    return id !== null && [...list.items, ...list.rejected].every((entity) => entity.id !== id);
  if (!(list instanceof NotFoundError) || parent === null || parentId === null) return false;
  // The API can't delete what hangs on the account: a 404 there is a right that was taken away.
  if (parentOf(parent) === null) return false;
  return isGone(run, parent, parentId, remoteParent(run.db, parent, parentId));
}
