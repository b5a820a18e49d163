/** A stress under way: what all that takes part in it shares. */
import type { Random } from '../../src/sandbox/random.ts';
import type { Memory } from './memory.ts';
import type { Result, Running, World } from './processes.ts';

export interface Figures {
  /** Edits, creates and deletes that their writers were told are done. */
  edits: number;
  creates: number;
  deletes: number;
  commands: number;
  syncs: number;
  /** Syncs that another one kept from beginning. */
  busy: number;
  kills: number;
  looks: number;
}

export interface Stress {
  readonly world: World;
  readonly random: Random;
  readonly figures: Figures;
  readonly memory: Memory;
  /** When no more is begun, in milliseconds since 1970. */
  readonly end: number;
}

/** Until its time is up, and longer where something has not happened yet. */
export const goesOn = ({ end, figures }: Stress): boolean =>
  Date.now() < end || Object.values(figures).includes(0);
export const pick = <T>({ random }: Stress, all: readonly T[]): T =>
  all[Math.floor(random() * all.length)] as T;

/** Ends the process before its time, so often; the moment is anybody's guess. */
export async function perhapsKill(
  run: Stress,
  running: Running,
  often: number,
  within: number,
): Promise<Result> {
  if (run.random() >= often) return running.ended;
  const delay = new Promise<void>((resolve) => setTimeout(resolve, run.random() * within));
  await Promise.race([delay, running.ended]);
  const result = await running.kill();
  if (result.signal === 'SIGKILL') run.figures.kills++;
  return result;
}

export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
