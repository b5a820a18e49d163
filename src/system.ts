/** The real effects: the system's clock, timers and randomness. Nothing below the outermost layer imports this. */
import fs from 'node:fs/promises';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { DiskFile, Effects } from './effects.ts';

/** Timers fire at once where they are asked for more, so a longer sleep is cut to this many milliseconds. */
const longestTimer = 2 ** 31 - 1;

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    if (ms <= 0) await turn(undefined, signal ? { signal } : {});
    else await delay(Math.min(Math.ceil(ms), longestTimer), undefined, signal ? { signal } : {});
  } catch (error) {
    // Node wraps the reason into an AbortError of its own; `Clock` promises the reason itself.
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Opened for writing as well, since some systems flush only for those who may write. */
async function openFile(path: string): Promise<DiskFile> {
  const handle = await fs.open(path, 'r+');
  return { flush: () => handle.datasync(), close: () => handle.close() };
}

export const systemEffects: Effects = {
  clock: { now: () => Date.now(), sleep },
  random: () => Math.random(),
  openFile,
};
