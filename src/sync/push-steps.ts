/** Which steps of a plan can start: those all of whose predecessors have been settled, done or not. */
import type { Step } from './push-plan.ts';

export class Order {
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
