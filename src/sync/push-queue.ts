/** Sends the steps of a plan: independent ones side by side, dependent ones after what they wait for. */

import { entityResource } from '../api/resources.ts';
import { concurrencyOf } from '../api/throttle.ts';
import { type OutboxRow, outboxRow, setOutbox, stateOf } from '../db/outbox.ts';
import { guarded } from '../db/transaction.ts';
import type { Plan, Step } from './push-plan.ts';
import { contextOf, isAllowed, type Push } from './push-run.ts';
import { type Answered, ask, type Begun, begin, openUp, type Settled, settle } from './push-send.ts';
import { Order } from './push-steps.ts';

/** Sends the plan. Resolves when nothing more can be sent this round; what stays is in the outbox, with its reason. */
export async function sendAll(run: Push, plan: Plan): Promise<void> {
  for (const { outboxId, message } of plan.unplannable) say(run, outboxId, 'failed', message);
  await new Promise<void>((resolve, reject) => new Sending(run, plan, resolve, reject).turn());
}

/** What came of one turn: what was settled in it, and what was begun. */
interface Turn {
  readonly settled: readonly (Settled & { readonly step: Step })[];
  readonly begun: readonly Begun[];
}

/**
 * The sending of a plan. It goes in turns: what has been answered by then is settled, and what takes its place is begun,
 * in one transaction, whose commit does not wait for the disk.
 *
 * What is on the wire is on the disk before, but for updates: one that a power cut takes back is found done by the next
 * push, just as if its answer were lost. The same goes for outcomes, so that few of them may be on their way to the disk.
 */
class Sending {
  readonly #run: Push;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #order: Order;
  readonly #concurrency: number;
  readonly #total: number;
  readonly #ready: Step[];
  #answered: Answered[] = [];
  /** Steps that are done, after what came with them was read. */
  #opened: Step[] = [];
  /** How many steps are begun and not settled, or not opened up. */
  #busy = 0;
  /** How many outcomes the disk does not have yet. */
  #unsafe = 0;
  #turnIsDue = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(run: Push, { steps }: Plan, resolve: () => void, reject: (error: unknown) => void) {
    this.#run = run;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#order = new Order(steps);
    this.#concurrency = concurrencyOf(run.options.concurrency);
    this.#total = steps.length;
    this.#ready = this.#order.first();
  }

  /** Never throws: whatever goes wrong ends the sending, but only when all that is under way has been settled. */
  turn(): void {
    this.#turnIsDue = false;
    try {
      this.#settleAndBegin();
    } catch (error) {
      this.#fail(error);
    }
    this.#endWhereAllIsDone();
  }

  #settleAndBegin(): void {
    const answered = this.#answered;
    this.#answered = [];
    const { settled, begun } = this.#act(answered);
    for (const { fatal, tell } of settled) {
      tell();
      if (fatal !== undefined) this.#fail(fatal);
    }
    for (const { step, made } of settled) {
      if (made) void this.#open(step, made);
      else this.#busy--;
    }
    this.#busy += begun.length;
    const onDisk = settled.length > 0 || begun.some(needsDisk) ? this.#run.disk.reached() : null;
    for (const each of begun) void this.#ask(each, needsDisk(each) ? onDisk : null);
    if (settled.length > 0) void this.#waitForDisk(settled.length, onDisk);
    this.#run.options.onProgress?.({ done: this.#order.settled, total: this.#total });
  }

  /**
   * Settles and begins all together; where that fails, what was answered is settled one by one, as far as it can be. Not
   * where somebody else holds the mirror for so long that a write gave up: each would wait as long, and nobody could stop it.
   */
  #act(answered: readonly Answered[]): Turn {
    const mayBegin = this.#ready.length + this.#opened.length > 0 && this.#free([]) > 0;
    if (answered.length === 0 && !mayBegin) return { settled: [], begun: [] };
    try {
      return this.#commit(() => {
        const settled = answered.map((each) => this.#settle(each));
        return { settled, begun: this.#begin(settled) };
      });
    } catch (error) {
      this.#fail(error);
      const settled = answered.map((each) => (isBusy(error) ? lost(each, error) : this.#settleAlone(each)));
      return { settled, begun: [] };
    }
  }

  #commit<T>(body: () => T extends PromiseLike<unknown> ? never : T): T {
    const { db, disk } = this.#run;
    return disk.commit<T>(db, () => guarded<T>(db, body));
  }

  #settle(answered: Answered): Settled & { step: Step } {
    return { ...settle(this.#run, answered), step: answered.step };
  }

  #settleAlone(answered: Answered): Settled & { step: Step } {
    try {
      return this.#commit(() => this.#settle(answered));
    } catch (error) {
      return lost(answered, error);
    }
  }

  /** Begins as many as there is room for. Which ones, what was just settled decides too. */
  #begin(settled: Turn['settled']): Begun[] {
    if (this.#failure || settled.some(({ fatal }) => fatal !== undefined)) return [];
    for (const step of this.#opened.splice(0)) this.#ready.push(...this.#order.settle(step, true));
    for (const { step, done, made } of settled)
      if (!made) this.#ready.push(...this.#order.settle(step, done, !done && inDoubt(this.#run, step)));
    const begun: Begun[] = [];
    for (const free = this.#free(settled); begun.length < free; ) {
      const step = this.#ready.shift();
      if (step === undefined) break;
      const one = mayStart(this.#run, step, this.#order) ? begin(this.#run, step) : null;
      if (one) begun.push(one);
      else this.#ready.push(...this.#order.settle(step, false, inDoubt(this.#run, step)));
    }
    return begun;
  }

  /** How many may be begun beside what was just settled: not too many at once, nor too far ahead of the disk. */
  #free(settled: Turn['settled']): number {
    if (this.#unsafe + settled.length > 2 * this.#concurrency) return 0;
    return this.#concurrency - this.#busy + settled.filter(({ made }) => !made).length;
  }

  async #ask(begun: Begun, onDisk: Promise<void> | null): Promise<void> {
    const answered: Answered = await (onDisk ?? Promise.resolve()).then(
      () => ask(this.#run, begun),
      (error: unknown) => ({ ...begun, error }),
    );
    this.#answered.push(answered);
    this.#turnSoon();
  }

  /** After a create: what came with it is read before anything below it starts. */
  async #open(step: Step, made: NonNullable<Settled['made']>): Promise<void> {
    try {
      await openUp(this.#run, made);
      this.#opened.push(step);
    } catch (error) {
      this.#fail(error);
    }
    this.#busy--;
    this.#turnSoon();
  }

  async #waitForDisk(outcomes: number, onDisk: Promise<void> | null): Promise<void> {
    this.#unsafe += outcomes;
    try {
      await onDisk;
    } catch (error) {
      this.#fail(error);
    }
    this.#unsafe -= outcomes;
    this.#turnSoon();
  }

  /** What has come by then is settled together. */
  #turnSoon(): void {
    if (this.#turnIsDue) return;
    this.#turnIsDue = true;
    const go = () => this.turn();
    this.#run.effects.clock.sleep(0).then(go, go);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #endWhereAllIsDone(): void {
    if (this.#busy + this.#answered.length + this.#unsafe > 0) return;
    if (this.#failure) this.#reject(this.#failure.error);
    else if (this.#ready.length + this.#opened.length === 0) this.#resolve();
  }
}

/** What can't be written down stays with its intent, for the next push to find out. */
function lost({ step }: Answered, error: unknown): Settled & { step: Step } {
  return { step, done: false, fatal: error, tell() {} };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
}

/** What can be told only by its intent: an update is found done, or not, without. */
function needsDisk({ sent }: Begun): boolean {
  return sent.intent.op !== 'update';
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
