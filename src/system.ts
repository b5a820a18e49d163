/** The real effects: the system's clock, timers and randomness. Nothing below the outermost layer imports this. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Effects } from './effects.ts';

/** Timers fire at once where they are asked for more, so a longer sleep is cut to this many milliseconds. */
const longestTimer = 2 ** 31 - 1;

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(Math.min(Math.max(0, Math.ceil(ms)), longestTimer), undefined, signal ? { signal } : {});
  } catch (error) {
    // Node wraps the reason into an AbortError of its own; `Clock` promises the reason itself.
    throw signal?.aborted ? signal.reason : error;
  }
}

export const systemEffects: Effects = {
  clock: { now: () => Date.now(), sleep },
  random: () => Math.random(),
};
