/** What a case is: two sides that are measured against each other, and how much is allowed. */
import type { JobName } from './jobs/index.ts';
import type { MirrorName } from './mirrors/index.ts';

export interface Side {
  readonly job: JobName;
  /** What exactly the job does: a report's name, a number of edits. */
  readonly what?: string;
  /** The account that the sandbox has; none for a job that asks no API. */
  readonly account?: { readonly projects: number; readonly experiments: number };
  /** The made-up mirror that it reads; a job that writes makes itself a copy. */
  readonly mirror?: MirrorName;
  /** A job that runs once beforehand in the same folder, and is not measured. */
  readonly after?: JobName;
}

export interface Case {
  readonly name: string;
  /** What the two sides do, in a sentence. */
  readonly about: string;
  readonly run: Side;
  readonly baseline: Side;
  /** Milliseconds of the work itself, or the most memory that the whole process had. */
  readonly measure: 'time' | 'memory';
  /** What the ratio may be at most. */
  readonly atMost: number;
  /** How many times the baseline's work the run does: the ratio is that of equal work. */
  readonly times?: number;
  /** How many times each side does its work in one measurement; what is said is what one of them took. */
  readonly each?: number;
  /** What the run may take at most, in milliseconds. */
  readonly atMostMs?: number;
  /** How often the two are run, in turns. */
  readonly runs: number;
}
