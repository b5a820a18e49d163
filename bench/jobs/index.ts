/** What can be run and measured, by name. */
import { bareLoop, discard } from './bare-loop.ts';
import { bareEdits, edits } from './edits.ts';
import { makeMirrorJob } from './mirror.ts';
import { pullJob, recordRequests } from './pull.ts';
import { barePuts, pushJob } from './push.ts';
import { bareGet, bareList, get, list } from './reads.ts';
import { report, reportByHand } from './reports.ts';
import { emptyProcess, status } from './starts.ts';

/** Where a job works: a folder of its own, and what it needs of the API and of a mirror. */
export interface Place {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  /** The made-up mirror, which others read too. */
  readonly mirror: string;
  readonly what: string;
  /** How many times the work is done in one measurement. */
  readonly each: number;
}

/** A job that is ready to begin: only `run` is measured. */
export interface Work {
  run(): unknown;
  end(): Promise<void> | void;
}

export type Job = (place: Place) => Promise<Work> | Work;

export const jobs = {
  pull: pullJob,
  recordRequests,
  bareLoop,
  discard,
  makeMirror: makeMirrorJob,
  get,
  bareGet,
  list,
  bareList,
  report,
  reportByHand,
  edits,
  bareEdits,
  push: pushJob,
  barePuts,
  status,
  emptyProcess,
} satisfies Record<string, Job>;

export type JobName = keyof typeof jobs;
