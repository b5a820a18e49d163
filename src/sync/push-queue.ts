/** Sends the steps of a plan: independent ones side by side, dependent ones after what they wait for. */
import PQueue from 'p-queue';
import { entityResource } from '../api/resources.ts';
import { type OutboxRow, outboxRow, setOutbox, stateOf } from '../db/outbox.ts';
import { guarded } from '../db/transaction.ts';
import type { Plan, Step } from './push-plan.ts';
import { contextOf, isAllowed, type Push } from './push-run.ts';
import { send } from './push-send.ts';

/** Sends the plan. Resolves when nothing more can be sent this round; what stays is in the outbox, with its reason. */
export async function sendAll(run: Push, plan: Plan): Promise<void> {
  for (const { outboxId, message } of plan.unplannable) say(run, outboxId, 'failed', message);
  const queue = new PQueue({ concurrency: run.options.concurrency ?? 4 });
  const order = new Order(plan.steps);
  const failure: { error?: unknown } = {};
  const start = (ready: readonly Step[]): void => {
    const open = [...ready];
    for (const step of open) {
      if (failure.error !== undefined) return;
      if (mayStart(run, step, order)) void queue.add(() => one(step));
      else open.push(...order.settle(step, false));
    }
  };
  const one = async (step: Step): Promise<void> => {
    if (failure.error !== undefined) return;
    try {
      const done = await send(run, step);
      const next = order.settle(step, done, !done && inDoubt(run, step));
      run.options.onProgress?.({ done: order.settled, total: plan.steps.length });
      start(next);
    } catch (error) {
      failure.error ??= error;
    }
  };
  start(order.first());
  await queue.onIdle();
  if (failure.error !== undefined) throw failure.error;
}

/** Which steps can start: those all of whose predecessors have been settled, done or not. */
class Order {
  readonly #steps: readonly Step[];
  readonly #done = new Map<number, boolean>();
  /** Of a step that was not done: the one in doubt, itself or the one that it waits behind. */
  readonly #doubts = new Map<number, number>();
  readonly #followers = new Map<number, Step[]>();
  /** How many predecessors of a step are still open. */
  readonly #open = new Map<number, number>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    const planned = new Set(steps.map(({ outbox_id }) => outbox_id));
    for (const step of steps) {
      const before = [...new Set([...step.needs, ...step.behind])].filter((id) => planned.has(id));
      this.#open.set(step.outbox_id, before.length);
      for (const id of before) {
        const followers = this.#followers.get(id);
        if (followers) followers.push(step);
        else this.#followers.set(id, [step]);
      }
    }
  }

  get settled(): number {
    return this.#done.size;
  }

  first(): Step[] {
    return this.#steps.filter(({ outbox_id }) => this.#open.get(outbox_id) === 0);
  }

  /** Notes what became of a step, and returns those that may start now. In doubt: nobody knows whether it was done. */
  settle(step: Step, done: boolean, inDoubt = false): Step[] {
    const { outbox_id } = step;
    this.#done.set(outbox_id, done);
    const doubt = inDoubt ? outbox_id : this.doubtBefore(step);
    if (!done && doubt !== undefined) this.#doubts.set(outbox_id, doubt);
    return (this.#followers.get(outbox_id) ?? []).filter((step) => {
      const open = (this.#open.get(step.outbox_id) ?? 0) - 1;
      this.#open.set(step.outbox_id, open);
      return open === 0;
    });
  }

  /** The step in doubt that this one keeps behind, however far before it. */
  doubtBefore({ behind }: Step): number | undefined {
    return behind.map((id) => this.#doubts.get(id)).find((id) => id !== undefined);
  }

  isDone(outboxId: number): boolean {
    return this.#done.get(outboxId) === true;
  }
}

/** Where what a step names was not done it stays pending, with that reason; so it does behind one that is in doubt. */
function mayStart(run: Push, step: Step, order: Order): boolean {
  if (!isAllowed(run, step)) return false;
  const missing = step.needs.find((id) => !order.isDone(id));
  if (missing !== undefined) {
    const first = outboxRow(run.db, missing);
    if (first) say(run, step.outbox_id, 'pending', waitsFor(first));
    return false;
  }
  const doubt = order.doubtBefore(step);
  if (doubt === undefined) return true;
  say(run, step.outbox_id, 'pending', `waits until it is known what became of outbox ${doubt}`);
  return false;
}

function inDoubt({ db }: Push, { outbox_id }: Step): boolean {
  return stateOf(db, outbox_id).intent !== null;
}

function waitsFor({ id, resource, entity_id, op }: OutboxRow): string {
  const entity = `${entityResource(resource).singular} ${entity_id}`;
  return op === 'create'
    ? `waits for ${entity}, which is not created yet`
    : `waits for outbox ${id}, the ${op} of ${entity}, which makes room for it`;
}

function say(run: Push, outboxId: number, status: 'pending' | 'failed', words: string): void {
  guarded(run.db, () => setOutbox(run.db, outboxId, status, words, contextOf(run).now));
}
