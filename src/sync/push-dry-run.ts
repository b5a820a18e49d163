/** The dry run: reads and plans as a push would, and leaves the mirror as it was. */
import { Disk } from '../db/disk.ts';
import { outboxRows } from '../db/outbox.ts';
import { guarded } from '../db/transaction.ts';
import type { SyncDeps } from './pull.ts';
import { type Plan, planPush, type Step } from './push-plan.ts';
import { readAll, unread } from './push-read.ts';
import { takeIn, waitingOperations } from './push-reconcile.ts';
import { plannedOf, reportOf } from './push-report.ts';
import { contextOf, newPush, type Push, type PushOptions, passes } from './push-run.ts';
import type { PushReport } from './report.ts';

class RolledBack extends Error {}

/** Does something in a transaction, and undoes it. */
function undone<T>(run: Push, body: () => T): T {
  const result: { value?: T } = {};
  try {
    guarded<void>(run.db, () => {
      result.value = body();
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return result.value as T;
}

/**
 * What a push would do now. What is settled on the way may show more to read, as in a push; then all of it is done anew
 * on what has been read by then.
 */
export async function dryRun(deps: SyncDeps, options: PushOptions): Promise<PushReport> {
  const run = newPush(deps, options, { runId: 0, disk: new Disk(null) });
  const rows = outboxRows(run.db);
  let next = { rows, open: unread(run, rows) };
  for (let pass = 1; ; pass++) {
    await readAll(run, next.rows, next.open);
    const { report, ...found } = undone(run, () => {
      run.unsent.clear();
      run.pushed.length = 0;
      run.notices.length = 0;
      takeIn(run, contextOf(run), rows);
      const now = outboxRows(run.db);
      return { rows: now, open: unread(run, now), report: planned(run) };
    });
    if (pass >= passes || found.open.lists.length + found.open.singles.length === 0) return report;
    next = found;
  }
}

function planned(run: Push): PushReport {
  const { operations, standing } = waitingOperations(run);
  const plan: Plan = planPush(operations, standing);
  for (const { outboxId, message } of plan.unplannable) run.unsent.set(outboxId, { status: null, message });
  const free = (step: Step) => run.options.yes === true || step.irreversible === null;
  run.held = plan.steps.filter((step) => !free(step)).map(plannedOf);
  return reportOf(run, { planned: withoutBlocked(plan.steps, free).map(plannedOf) });
}

/** What would be sent: everything but what is held, and what waits for something held. */
function withoutBlocked(steps: readonly Step[], free: (step: Step) => boolean): Step[] {
  const sent = new Set<number>();
  return steps.filter((step) => {
    const goes = free(step) && step.needs.every((id) => sent.has(id));
    if (goes) sent.add(step.outbox_id);
    return goes;
  });
}
