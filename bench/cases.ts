/** What is measured, against what, and how much is allowed: one entry a case. */
import type { JobName } from './jobs/index.ts';

export interface Side {
  readonly job: JobName;
  /** The account that the sandbox has; none for a job that asks no API. */
  readonly account?: { readonly projects: number; readonly experiments: number };
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
  /** How often the two are run, in turns. */
  readonly runs: number;
}

const usual = { projects: 10, experiments: 100 };

export const cases: readonly Case[] = [
  {
    name: 'pull',
    about:
      'a first pull of 10 x 100 experiments, against a bare loop of the same requests with prepared inserts',
    run: { job: 'pull', account: usual },
    baseline: { job: 'bareLoop', account: usual, after: 'recordRequests' },
    measure: 'time',
    atMost: 1.25,
    runs: 7,
  },
  {
    name: 'pull of nothing new',
    about:
      'a second full pull of 10 x 100 experiments, against the same requests with the answers thrown away',
    run: { job: 'pull', account: usual, after: 'pull' },
    baseline: { job: 'discard', account: usual, after: 'recordRequests' },
    measure: 'time',
    atMost: 1.25,
    runs: 7,
  },
  {
    name: 'memory of a pull',
    about: 'a first pull of 200 x 100 experiments, against one of 20 x 100',
    run: { job: 'pull', account: { projects: 200, experiments: 100 } },
    baseline: { job: 'pull', account: { projects: 20, experiments: 100 } },
    measure: 'memory',
    atMost: 1.3,
    runs: 1,
  },
];
