/** Sends the steps of a plan: independent ones side by side, dependent ones in order, each success committed at once. */
import PQueue from 'p-queue';
import type { Counters } from '../api/connection.ts';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityNames, entityResource, listPath } from '../api/resources.ts';
import { type Intent, type OutboxRow, outboxRow, putState, setOutbox, stateOf } from '../db/outbox.ts';
import { remoteIds } from '../db/rows.ts';
import { prepared } from '../db/statements.ts';
import { guarded } from '../db/transaction.ts';
import { timestamp } from '../effects.ts';
import { ConnectionError, OptimizelyError, TokenError, UnauthorizedError } from '../errors.ts';
import {
  claim,
  type Finished,
  finishCreate,
  finishDelete,
  finishUpdate,
  markClaimed,
  type Sent,
  unclaimedIds,
} from './finish.ts';
import type { SyncDeps } from './pull.ts';
import type { PushOptions } from './push.ts';
import { adoptable, type Plan, parentIdOf, requestOf, type Step } from './push-plan.ts';
import type { Readings } from './push-read.ts';
import { waitingOf } from './push-reconcile.ts';
import type { Unsent } from './push-report.ts';
import type { RunContext } from './receive.ts';
import type { Notice, Planned, Pushed } from './report.ts';

/** One push under way: what its steps share. */
export interface Push extends SyncDeps {
  readonly options: PushOptions;
  readonly runId: number;
  readonly before: Counters;
  readonly pushed: Pushed[];
  readonly notices: Notice[];
  held: Planned[];
  /** By outbox id: why it could not be sent this time. */
  readonly unsent: Map<number, Unsent>;
  /** Whether what can't be taken back may be sent; undefined until somebody was asked. */
  allowed: boolean | undefined;
  /** Whether another round may get further. */
  again: boolean;
}

function contextOf(run: Push): RunContext {
  return { db: run.db, runId: run.runId, now: timestamp(run.effects.clock), recordChanges: true };
}

/** Sends the plan. Resolves when nothing more can be sent this round; what stays is in the outbox, with its reason. */
export async function sendAll(run: Push, plan: Plan, reads: Readings): Promise<void> {
  for (const { outboxId, message } of plan.unplannable) fail(run, outboxId, message);
  const queue = new PQueue({ concurrency: run.options.concurrency ?? 4 });
  const settled = new Map<number, boolean>();
  const open = new Map(plan.steps.map((step) => [step.outbox_id, step]));
  const started = new Set<number>();
  const failure: { error?: unknown } = {};
  const startReady = (): void => {
    for (const step of [...open.values()]) {
      if (failure.error !== undefined) return;
      const state = readiness(run, step, settled, open, started);
      if (state === 'wait') continue;
      open.delete(step.outbox_id);
      if (state === 'blocked') settled.set(step.outbox_id, false);
      else {
        started.add(step.outbox_id);
        void queue.add(() => one(step));
      }
    }
  };
  const one = async (step: Step): Promise<void> => {
    if (failure.error !== undefined) return;
    try {
      settled.set(step.outbox_id, await send(run, step, reads));
    } catch (error) {
      failure.error ??= error;
    }
    run.options.onProgress?.({ done: settled.size, total: plan.steps.length });
    startReady();
  };
  startReady();
  await queue.onIdle();
  if (failure.error !== undefined) throw failure.error;
}

/** A step waits for those before it; where one that it names was not done it stays pending, with that reason. */
function readiness(
  run: Push,
  step: Step,
  settled: ReadonlyMap<number, boolean>,
  open: ReadonlyMap<number, Step>,
  started: ReadonlySet<number>,
): 'go' | 'wait' | 'blocked' {
  if (step.irreversible !== null && !run.allowed) return 'blocked';
  const before = step.behind === null ? step.needs : [...step.needs, step.behind];
  if (before.some((id) => open.has(id) || (started.has(id) && !settled.has(id)))) return 'wait';
  const missing = step.needs.find((id) => settled.get(id) !== true);
  if (missing !== undefined) {
    const parent = outboxRow(run.db, missing);
    if (parent)
      note(
        run,
        step.outbox_id,
        `waits for ${entityResource(parent.resource).singular} ${parent.entity_id}, which is not created yet`,
      );
    return 'blocked';
  }
  // One create of a list in doubt at a time: a second one could not be told from it.
  return step.behind !== null && stateOf(run.db, step.behind).intent !== null ? 'blocked' : 'go';
}

function note(run: Push, outboxId: number, words: string): void {
  guarded(run.db, () => setOutbox(run.db, outboxId, 'pending', words, timestamp(run.effects.clock)));
}

function fail(run: Push, outboxId: number, words: string): void {
  guarded(run.db, () => setOutbox(run.db, outboxId, 'failed', words, timestamp(run.effects.clock)));
}

/** Sends one step, and tells whether it is done. */
async function send(run: Push, planned: Step, reads: Readings): Promise<boolean> {
  const begun = guarded(run.db, () => begin(run, planned, reads));
  if (begun === null) return false;
  const { sent, parentId } = begun;
  const { row, intent } = sent;
  let answer: JsonObject | undefined;
  try {
    answer = await request(run, row, intent, parentId);
  } catch (error) {
    return refused(run, sent, error);
  }
  const finished = guarded<Finished>(run.db, () => {
    const context = contextOf(run);
    const done = { ...sent, status: intent.op === 'create' ? 201 : intent.op === 'update' ? 202 : 204 };
    if (intent.op === 'delete') return finishDelete(context, done);
    if (answer === undefined) throw new Error(`${intent.method} ${intent.path} brought no entity`);
    if (intent.op === 'create') return finishCreate(context, done, parentId, answer);
    return finishUpdate(context, done, answer);
  });
  run.pushed.push(finished.pushed);
  run.notices.push(...finished.notices);
  if (intent.op === 'create') await claimOne(run, row.resource, finished.pushed.remote_id);
  return true;
}

/**
 * Writes the intent down before anything is sent. The step is planned anew from what the outbox holds now, which by now
 * has the real ids; an edit made since that would need a yes is left for the next push.
 */
function begin(run: Push, planned: Step, reads: Readings): { sent: Sent; parentId: number | null } | null {
  const { db } = run;
  const current = outboxRow(db, planned.outbox_id);
  const waiting = current && waitingOf(db, current);
  if (!waiting) return null;
  const { method, path, body, irreversible } = requestOf(waiting, false);
  if (irreversible !== null && !run.allowed) return null;
  const { op } = waiting;
  const parentId = op === 'create' ? parentIdOf(waiting) : null;
  const known = op === 'create' ? siblingsOf(run, waiting.resource, parentId, reads) : null;
  const intent: Intent = { runId: run.runId, op, method, path, body, known };
  putState(db, waiting.id, { intent });
  setOutbox(db, waiting.id, 'in_flight', null, timestamp(run.effects.clock));
  prepared(db, 'UPDATE outbox SET attempts = attempts + 1 WHERE id = ?').run(waiting.id);
  const row = outboxRow(db, waiting.id);
  return row ? { sent: { row, intent, originId: waiting.originId, status: null }, parentId } : null;
}

/** The siblings that are there before a create is sent: as just read, or as the mirror knows them below a new parent. */
function siblingsOf({ db }: Push, resource: EntityName, parentId: number | null, reads: Readings): number[] {
  const list = reads.lists.get(listPath(resource, parentId));
  const read =
    list && !(list instanceof OptimizelyError)
      ? [...list.items.map(({ id }) => id as number), ...list.unusable.keys()]
      : [];
  return [...new Set([...read, ...remoteIds(db, resource, parentId)])];
}

async function request(
  { api, options }: Push,
  row: OutboxRow,
  intent: Intent,
  parentId: number | null,
): Promise<JsonObject | undefined> {
  const { signal } = options;
  if (intent.op === 'create') return api.create(row.resource, parentId, intent.body ?? {}, { signal });
  if (intent.op === 'update') return api.update(row.resource, row.entity_id, intent.body ?? {}, { signal });
  await api.delete(row.resource, row.entity_id, { signal });
  return undefined;
}

/**
 * What an error makes of an operation. Refused for good: failed, in the API's own words. Surely not sent, or turned away
 * by a limit: it waits. Anything else may have been carried out, so the intent stays until the API tells.
 */
function refused(run: Push, { row, intent }: Sent, error: unknown): boolean {
  const { db } = run;
  if (!(error instanceof OptimizelyError)) throw error;
  const { status, message } = error;
  const now = timestamp(run.effects.clock);
  const definite = status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
  const unsent = error instanceof ConnectionError && !error.sent;
  // A create that a limit turned away is looked for all the same: a second one on a guess would be for good.
  const harmless = definite || unsent || (status === 429 && intent.op !== 'create');
  guarded(db, () => {
    if (harmless) putState(db, row.id, { intent: null });
    if (outboxRow(db, row.id)?.op !== intent.op) return;
    if (definite && !(error instanceof UnauthorizedError))
      setOutbox(db, row.id, 'failed', `${status} ${error.apiMessage}`, now);
    else setOutbox(db, row.id, 'pending', message, now);
  });
  if (error instanceof UnauthorizedError)
    throw new TokenError(`the API refused the token: ${message}`, { cause: error });
  if (!definite) {
    run.unsent.set(row.id, { status, message });
    run.again = true;
  }
  return false;
}

/** Reads what came with an entity that was pushed and shares it out; what can't be read now is left for later. */
async function claimOne(run: Push, parent: EntityName, id: number): Promise<void> {
  for (const { resource, each } of adoptable(parent)) {
    try {
      const { items } = await run.api.list(resource, id, { signal: run.options.signal });
      guarded(run.db, () => {
        claim(contextOf(run), resource, id, items, each);
        markClaimed(run.db, parent, id);
      });
    } catch (error) {
      if (run.options.signal?.aborted || !(error instanceof OptimizelyError)) throw error;
      run.again = true;
    }
  }
}

/** The same for all of which an earlier push could not. */
export async function claimAll(run: Push): Promise<void> {
  for (const parent of entityNames) {
    for (const id of unclaimedIds(run.db, parent)) await claimOne(run, parent, id);
  }
}
