/** One operation on its way: its intent is written down before the request leaves, its outcome as soon as that is known. */
import type { JsonObject } from '../api/description.ts';
import { childEntitiesOf, type EntityName, listPath } from '../api/resources.ts';
import {
  changesOf,
  type Intent,
  type OutboxRow,
  outboxRow,
  putOnWire,
  putState,
  setOutbox,
  stateOf,
} from '../db/outbox.ts';
import { remoteIds } from '../db/rows.ts';
import { inSight } from '../db/set-aside.ts';
import { guarded } from '../db/transaction.ts';
import { MalformedResponseError, OptimizelyError, UnauthorizedError } from '../errors.ts';
import { comesWith } from './comes-with.ts';
import { sameJson } from './equality.ts';
import { type Finished, finishUpdate, refuseLate, type Sent } from './finish.ts';
import { finishCreate } from './finish-create.ts';
import { finishDelete } from './finish-delete.ts';
import { refusedToken } from './push-gone.ts';
import { namedBy } from './push-order.ts';
import { bodyOf, parentIdOf, requestOf, type Step } from './push-plan.ts';
import { parentOfRow, readAll } from './push-read.ts';
import { claimAll, couldNotRead, waitingOf } from './push-reconcile.ts';
import { contextOf, isAllowed, type Push } from './push-run.ts';
import { endUnborn } from './push-settle.ts';
import { verdictOf } from './push-verdict.ts';

/** An operation whose intent is written down, and whose request is to leave. */
export interface Begun {
  readonly step: Step;
  readonly sent: Sent;
  readonly parentId: number | null;
}

/** A request that has come to its end: with an answer, which a delete has none of, or with an error. */
export interface Answered extends Begun {
  readonly answer?: JsonObject | undefined;
  readonly error?: unknown;
}

/** What became of an operation. What is told of it waits for the commit. */
export interface Settled {
  readonly done: boolean;
  /** The entity that was made: what the server made along with it is to be read. */
  readonly made?: { readonly resource: EntityName; readonly id: number };
  /** What ends the whole push. */
  readonly fatal?: unknown;
  tell(): void;
}

/** Sends the request of what was begun. Never rejects. */
export async function ask(run: Push, begun: Begun): Promise<Answered> {
  let sent = begun.sent;
  const onStatus = (status: number) => {
    sent = { ...sent, status };
  };
  try {
    const answer = await request(run, begun, onStatus);
    return { ...begun, sent, answer };
  } catch (error) {
    return { ...begun, sent, error };
  }
}

/** Writes down what an answer makes of its operation. Inside a guarded transaction. */
export function settle(run: Push, answered: Answered): Settled {
  const { sent, parentId, answer, error } = answered;
  if (error !== undefined) return refused(run, sent, error);
  const { row, intent } = sent;
  const { pushed, notices } = inSight(run.db, row.id, () => finish(run, sent, parentId, answer));
  return {
    done: true,
    ...(intent.op === 'create' && { made: { resource: row.resource, id: pushed.remote_id } }),
    tell() {
      run.pushed.push(pushed);
      run.notices.push(...notices);
    },
  };
}

/**
 * Writes the intent down before anything is sent; null where nothing is to be sent now. The step is planned anew from what
 * the outbox holds now, which by now has the real ids; an edit made since that would need a yes of its own is left for the
 * next push. Inside a guarded transaction.
 */
export function begin(run: Push, planned: Step): Begun | null {
  const { db } = run;
  const current = outboxRow(db, planned.outbox_id);
  const waiting = current && waitingOf(run, current);
  if (!waiting) {
    if (current) explain(run, current);
    return null;
  }
  const request = requestOf(waiting, false);
  const { method, path, body } = request;
  if (!isAllowed(run, request)) return null;
  const { op, resource } = waiting;
  if (op === 'update' && Object.keys(body ?? {}).length === 0) {
    refuseLate(contextOf(run), current);
    return null;
  }
  if (namedBy(waiting).some(({ id }) => id < 0)) {
    // Edited since it was planned: it names what is not created yet, and goes behind that in the next round.
    run.again = true;
    return null;
  }
  const parentId = op === 'create' ? parentIdOf(waiting) : null;
  const known = op === 'create' ? siblingsOf(run, resource, parentId) : null;
  const intent: Intent = { runId: run.runId, op, method, path, body, known };
  const row = putOnWire(db, waiting.id, intent, contextOf(run).now);
  const sent = row && { row, intent, originId: waiting.originId, status: null };
  return sent ? { step: planned, sent, parentId } : null;
}

/** A create below a parent whose list could not be read waits for that. */
function explain(run: Push, row: OutboxRow): void {
  if (row.op !== 'create' || row.status !== 'pending') return;
  const list = run.reads.lists.get(listPath(row.resource, parentOfRow(run, row) ?? null));
  if (list instanceof OptimizelyError) couldNotRead(run, contextOf(run), row, list);
}

/** The siblings that are there before a create is sent: as just read, and as the mirror knows them. */
function siblingsOf({ db, reads }: Push, resource: EntityName, parentId: number | null): number[] {
  const list = reads.lists.get(listPath(resource, parentId));
  const read =
    list && !(list instanceof OptimizelyError)
      ? [...list.items.map(({ id }) => id as number), ...list.unusable.keys()]
      : [];
  return [...new Set([...read, ...remoteIds(db, resource, parentId)])];
}

async function request(
  { api, options }: Push,
  { sent: { row, intent }, parentId }: Begun,
  onStatus: (status: number) => void,
): Promise<JsonObject | undefined> {
  const told = { signal: options.signal, onStatus };
  if (intent.op === 'create') {
    const made = await api.create(row.resource, parentId, intent.body ?? {}, told);
    return mustBeNew(made, intent);
  }
  if (intent.op === 'update') return api.update(row.resource, row.entity_id, intent.body ?? {}, told);
  await api.delete(row.resource, row.entity_id, told);
  return undefined;
}

/** An answer that names an entity which was there before is no answer to a create: the list has to tell what came of it. */
function mustBeNew(made: JsonObject, { method, path, known }: Intent): JsonObject {
  if (!known?.includes(made.id as number)) return made;
  const apiMessage = `expected a new entity, got ${made.id}, which was there before`;
  throw new MalformedResponseError({ method, path, status: null, apiMessage });
}

function finish(run: Push, sent: Sent, parentId: number | null, answer: JsonObject | undefined): Finished {
  const context = contextOf(run);
  const { intent } = sent;
  if (intent.op === 'delete') return finishDelete(context, sent);
  if (answer === undefined) throw new Error(`${intent.method} ${intent.path} brought no entity`);
  return intent.op === 'create'
    ? finishCreate(context, sent, parentId, answer)
    : finishUpdate(context, sent, answer);
}

/** What an error makes of an operation: it is not done, and nothing ever throws the edit away. */
function refused(run: Push, { row, intent }: Sent, error: unknown): Settled {
  if (!(error instanceof OptimizelyError)) return { done: false, fatal: error, tell() {} };
  const { db } = run;
  const { status, message } = error;
  const verdict = verdictOf(intent.op, error);
  // An answer settles its operation even where a delete of the parent, made meanwhile, has put that out of sight.
  inSight(db, row.id, () => {
    const context = contextOf(run);
    if (verdict !== 'unknown') putState(db, row.id, { intent: null });
    const now = outboxRow(db, row.id);
    if (now && verdict === 'refused' && !editedSince(run, now, intent))
      setOutbox(db, row.id, 'failed', `${status} ${error.apiMessage}`, context.now);
    else if (now) {
      setOutbox(db, row.id, 'pending', message, context.now);
      run.again = true;
    }
    endUnborn(context, row.id, intent.body ?? {});
  });
  return {
    done: false,
    ...(error instanceof UnauthorizedError && { fatal: refusedToken(error) }),
    tell() {
      if (verdict !== 'refused') run.unsent.set(row.id, { status, message });
    },
  };
}

/** Whether what waits now is another request than the one that was refused: that one may do better. */
function editedSince({ db }: Push, row: OutboxRow, intent: Intent): boolean {
  if (row.op !== intent.op) return true;
  const { originId } = stateOf(db, row.id);
  return !sameJson(bodyOf({ ...row, originId, changes: changesOf(db, row.id) }), intent.body);
}

/**
 * After a create: nothing is below the new entity but what the server made by itself, which is read and shared out. What
 * can't be read now leaves the creates below for later.
 */
export async function openUp(
  run: Push,
  { resource: parent, id }: NonNullable<Settled['made']>,
): Promise<void> {
  const brought = comesWith(parent).map(({ resource }) => resource);
  for (const child of childEntitiesOf(parent))
    if (!brought.includes(child))
      run.reads.lists.set(listPath(child, id), { items: [], unusable: new Map() });
  if (brought.length === 0) return;
  await readAll(run, [], { lists: brought.map((resource) => ({ resource, parentId: id })), singles: [] });
  guarded(run.db, () => claimAll(run, contextOf(run)));
  if (brought.some((child) => run.reads.lists.get(listPath(child, id)) instanceof OptimizelyError))
    run.again = true;
}
