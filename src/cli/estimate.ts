/** How long work will still take, going by how far it is, how fast it went lately, and how fast it may go. Pure. */

/** How far work is. */
export interface Standing {
  readonly done: number;
  /** What is known to be still to do. */
  readonly waiting: number;
  /** Parts that bring more to do when they are begun, and are alike; what is known of those begun stands for the others. */
  readonly parts?: { readonly begun: number; readonly left: number } | undefined;
}

/** That so much was done at a moment, in milliseconds since 1970. */
export interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How fast work may go on. */
export interface Limits {
  readonly now: number;
  /** Requests a second at most; 0 for no limit. */
  readonly rate: number;
  /** Nothing goes on before this moment, in milliseconds since 1970; 0 where nothing is paused. */
  readonly pausedUntil: number;
}

/** Fewer than this tell nothing about the speed. */
const fewest = 5;
/** The speed of the last minute is what counts, in milliseconds. */
const longestMemory = 60_000;
/** Samples closer together than this tell no more. */
const shortestStep = 500;

/** What is left to do: what is known, and as much for each part not yet begun as there is for each of the others. */
export function expectedLeft({ done, waiting, parts }: Standing): number {
  if (parts === undefined || parts.begun === 0) return waiting;
  const each = Math.max(1, (done + waiting - parts.left) / parts.begun);
  return Math.round(waiting - parts.left + parts.left * each);
}

/** The samples that tell the present speed, with a new one. What came before a pause tells nothing. */
export function remember(samples: readonly Sample[], now: Sample, paused: boolean): Sample[] {
  if (paused) return [now];
  const [before, last] = samples.slice(-2);
  const crowded = before && last && last.at - before.at < shortestStep;
  const kept = crowded ? samples.slice(0, -1) : samples;
  return [...kept.filter(({ at }, index) => at > now.at - longestMemory || index >= kept.length - 1), now];
}

/** Milliseconds until the end, never faster than the rate allows; null where nothing can be told yet. */
export function timeLeft(samples: readonly Sample[], standing: Standing, limits: Limits): number | null {
  if (standing.parts?.begun === 0) return null;
  const [first, last] = [samples[0], samples.at(-1)];
  const done = first && last ? last.done - first.done : 0;
  const measured = first && last && done >= fewest ? (last.at - first.at) / done : 0;
  const allowed = limits.rate > 0 ? 1000 / limits.rate : 0;
  const each = Math.max(measured, allowed);
  if (each === 0) return null;
  return Math.max(0, limits.pausedUntil - limits.now) + expectedLeft(standing) * each;
}
