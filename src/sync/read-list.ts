/** Reads one list whole: what it leaves out is read as well, and what can't be read is put into words. */
import type { Api } from '../api/api.ts';
import { type EntityName, entityNames, isEntityName, parentOf } from '../api/resources.ts';
import type { CheckedList } from '../api/validate.ts';
import type { Database } from '../db/open.ts';
import { digestOfListing } from '../db/runs.ts';
import { ForbiddenError, NotFoundError, OptimizelyError, TokenError, UnauthorizedError } from '../errors.ts';
import { completeListing, neverSent } from './complete.ts';
import { digestOf, digestToKeep, mayBeKnown, type SameListing } from './known.ts';
import type { CameIn, Complaint } from './listing.ts';
import type { Task } from './pull-plan.ts';

export interface Reader {
  readonly db: Database;
  readonly api: Api;
  /** Whether what the mirror knows completes a listing where the conflict token says that nobody touched the entity. */
  readonly trustMirror: boolean;
  /** Whether an answer that says what the last one said is taken for known. */
  readonly skipKnown: boolean;
  /** Whether an earlier run has read the list of projects, perhaps with another token. */
  readonly isResumed: boolean;
  /** By resource, the fields that single reads lack as well. */
  readonly never: ReadonlyMap<EntityName, Set<string>>;
  /** By `resource/id`, what a 404 made look up: null where it is there, else why it could not be read. */
  readonly lookedUp: Map<string, Promise<OptimizelyError | null>>;
}

/** A list to read, and the project that it lies below. */
export interface ListStep extends Task {
  readonly projectId: number | null;
  /** It is asked for since a list of the other kind of results came back empty. */
  readonly isSecond?: boolean;
}

/** What came of it: the listing, or why there is none. Neither where the list's parent is gone: that is no error. */
export interface Reading {
  readonly step: ListStep;
  readonly listing: CameIn | null;
  /** In place of the listing, where it says what it said the last time. */
  readonly same?: SameListing;
  readonly complaint: Complaint | null;
}

export function createReader(
  db: Database,
  api: Api,
  how: Pick<Reader, 'trustMirror' | 'skipKnown' | 'isResumed'>,
): Reader {
  const never = new Map(
    entityNames.map((name) => [name, how.trustMirror ? neverSent(db, name) : new Set<string>()]),
  );
  return { db, api, ...how, never, lookedUp: new Map() };
}

/**
 * Reads a list. What goes wrong with it is part of the result, and everything else can go on.
 * @throws TokenError where the API refused the token, or the signal's reason
 */
export async function readList(reader: Reader, step: ListStep, signal: AbortSignal): Promise<Reading> {
  try {
    return { step, ...(await readOrKnow(reader, step, signal)), complaint: null };
  } catch (error) {
    if (!(error instanceof OptimizelyError)) throw error;
    refuseToken(error, step);
    const isGone = error instanceof NotFoundError && (await parentIsGone(reader, step, signal));
    return { step, listing: null, complaint: isGone ? null : complaintOf(error) };
  }
}

async function readOrKnow(
  reader: Reader,
  step: ListStep,
  signal: AbortSignal,
): Promise<Pick<Reading, 'listing' | 'same'>> {
  const { db, api } = reader;
  const { resource, parentId } = step;
  if (!reader.skipKnown || !mayBeKnown(resource)) {
    const list = await api.list(resource, parentId, { signal });
    return { listing: await complete(reader, step, list, { digest: null, signal }) };
  }
  const known = step.digest === undefined ? digestOfListing(db, resource, parentId) : step.digest;
  let digest = '';
  const isKnown = (text: string): boolean => {
    digest = digestOf(resource, text);
    return digest === known;
  };
  const list = await api.listUnlessKnown(resource, parentId, isKnown, { signal });
  if ('look' in list) return { listing: null, same: { ...step, digest, look: list.look } };
  return { listing: await complete(reader, step, list, { digest, signal }) };
}

async function complete(
  reader: Reader,
  step: ListStep,
  { items: listed, rejected }: CheckedList,
  { digest, signal }: { digest: string | null; signal: AbortSignal },
): Promise<CameIn> {
  const { db, api, trustMirror } = reader;
  const { resource } = step;
  const keep = (isWhole: boolean) => digestToKeep(resource, digest, { rows: listed.length, isWhole });
  if (!isEntityName(resource)) return { ...step, items: listed, rejected, unread: [], digest: keep(true) };
  const never = reader.never.get(resource) ?? new Set<string>();
  const { items, failed, isWhole } = await completeListing(db, api, resource, listed, {
    trustMirror,
    never,
    signal,
  });
  if (failed.length === 0) return { ...step, items, rejected, unread: [], digest: keep(isWhole) };
  for (const { error } of failed) refuseToken(error, null);
  const unread = failed.map(({ id, error }) => ({ id, ...complaintOf(error) }));
  const failedIds = new Set(unread.map(({ id }) => id));
  const readable = items.filter(({ id }) => !failedIds.has(id as number));
  return { ...step, items: readable, rejected, unread, digest: null };
}

function complaintOf(error: unknown): Complaint {
  if (!(error instanceof OptimizelyError)) throw error;
  return { status: error.status, message: error.message };
}

/** Throws what ends the whole run: a token that the API refused. Source: CONTRACT.md, exit status 5. */
function refuseToken(error: unknown, step: ListStep | null): void {
  const isRefusal = error instanceof UnauthorizedError;
  if (isRefusal || (error instanceof ForbiddenError && step !== null && step.parentId === null))
    throw new TokenError(`the API refused the token: ${error.message}`, { cause: error });
}

/**
 * Whether a list could not be found because what it lies below has gone since it was listed. That is no error, and
 * deletes nothing yet: the next complete listing of the parent's own parent does.
 */
async function parentIsGone(
  reader: Reader,
  { resource, parentId, projectId }: ListStep,
  signal: AbortSignal,
): Promise<boolean> {
  const parent = parentOf(resource);
  if (parent === null || parentId === null || parentOf(parent) === null) return false;
  if (!((await lookUp(reader, parent, parentId, signal)) instanceof NotFoundError)) return false;
  // With a token of another account everything would be gone.
  if (!reader.isResumed || projectId === null) return true;
  return (await lookUp(reader, 'projects', projectId, signal)) === null;
}

/** Looks an entity up by itself, once: null where it is there, else why it could not be read. */
function lookUp(
  reader: Reader,
  resource: EntityName,
  id: number,
  signal: AbortSignal,
): Promise<OptimizelyError | null> {
  const key = `${resource}/${id}`;
  const answer = reader.lookedUp.get(key) ?? readAlone(reader.api, resource, id, signal);
  reader.lookedUp.set(key, answer);
  return answer;
}

async function readAlone(
  api: Api,
  resource: EntityName,
  id: number,
  signal: AbortSignal,
): Promise<OptimizelyError | null> {
  try {
    await api.get(resource, id, { signal });
    return null;
  } catch (error) {
    if (!(error instanceof OptimizelyError)) throw error;
    refuseToken(error, null);
    return error;
  }
}
