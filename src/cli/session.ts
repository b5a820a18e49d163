/** What the commands that ask the API share: the open mirror, its lock, a client at the mirror's common pace, progress. */
import { takeLock } from '../db/lock.ts';
import { openMirrorFile } from '../db/open.ts';
import { sharedBudget } from '../db/rate.ts';
import type { SyncDeps } from '../sync/pull.ts';
import type { Deps } from './command.ts';
import { keepMemoryFlat } from './memory.ts';
import { createProgress, type Pace, type Progress, sayWait, shortWait } from './progress.ts';

export interface SessionOptions {
  /** Whether a mirror is made where there is none. */
  readonly create?: boolean;
  /** Whether a power cut may lose the last commits: right for what can be pulled again. */
  readonly relaxed?: boolean;
  /** Whether nobody else may pull or push meanwhile. */
  readonly lock: boolean;
}

/** What work on the mirror gets; the pace is the one that all programs on the mirror share. */
export interface Session extends SyncDeps {
  readonly pace: Pace;
}

/**
 * Runs work that asks the API on behalf of the mirror, and closes everything behind it, however it ends.
 * @throws TokenError before anything is touched where there is no token; BusyError where another one holds the lock
 */
export async function withApi<T>(
  deps: Deps,
  { create = false, relaxed = false, lock }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { settings, effects } = deps;
  settings.token();
  keepMemoryFlat();
  const db = openMirrorFile(settings.db, { create, relaxed });
  try {
    const held = lock ? takeLock(settings.db) : null;
    try {
      const { rate } = settings;
      const budget = sharedBudget(db, rate, effects.clock);
      const client = await deps.connect(budget);
      const pace: Pace = { rate, pausedUntil: () => budget.pausedUntil() };
      try {
        return await work({ db, api: client.api, effects, pace });
      } finally {
        await client.close();
      }
    } finally {
      held?.release();
    }
  } finally {
    db.close();
  }
}

/** Shows how far `work` is; with --verbose what is asked and answered is progress enough, and would tear a bar. */
export async function withProgress<T>(
  { stderr, effects, verbose }: Deps,
  unit: string,
  work: (onProgress: Progress['update'] | undefined) => Promise<T>,
  pace?: Pace,
): Promise<T> {
  const paused = (pace?.pausedUntil() ?? 0) - effects.clock.now();
  if (verbose && paused > shortWait) await stderr.line(sayWait(paused));
  const progress = verbose ? null : await createProgress(stderr, unit, effects.clock, pace);
  try {
    return await work(progress?.update);
  } finally {
    progress?.stop();
  }
}
