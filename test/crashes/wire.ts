/** A schedule that tells what is on its way to the API: a death finds it there, and it may arrive or not. */
import { Schedule, type Waiting } from '../simulation/schedule.ts';

export class Wire extends Schedule {
  /** What happens just now. */
  fires: Waiting | null = null;
  readonly #underWay = new Set<Waiting>();

  get underWay(): readonly Waiting[] {
    return [...this.#underWay];
  }

  override park(waiting: Waiting): void {
    if (waiting.kind === 'request') this.#underWay.add(waiting);
    super.park(waiting);
  }

  override withdraw(waiting: Waiting): boolean {
    this.#underWay.delete(waiting);
    return super.withdraw(waiting);
  }

  override fire(waiting: Waiting): void {
    this.fires = waiting;
    super.fire(waiting);
    this.fires = null;
  }
}
