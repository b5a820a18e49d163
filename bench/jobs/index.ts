/** What can be run and measured, by name. */
import { bareLoop, discard } from './bare-loop.ts';
import { pullJob, recordRequests } from './pull.ts';

/** Where a job works: a folder of its own, and the API where it needs one. */
export interface Place {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
}

/** A job that is ready to begin: only `run` is measured. */
export interface Work {
  run(): Promise<unknown>;
  end(): Promise<void>;
}

export type Job = (place: Place) => Promise<Work>;

export const jobs = { pull: pullJob, recordRequests, bareLoop, discard } satisfies Record<string, Job>;

export type JobName = keyof typeof jobs;
