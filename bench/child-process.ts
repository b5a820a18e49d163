/** One job in a process of its own, so that its memory and its warm-up are its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { JobName, Place } from './jobs/index.ts';

export interface Taken {
  /** The work itself, without the start of the process. */
  readonly ms: number;
  readonly cpuMs: number;
  /** The most memory that the process had. */
  readonly kilobytes: number;
}

const child = new URL('child.ts', import.meta.url).pathname;

/** `each`: how many times the job does its work, of which one is to be told. */
export async function runJob(job: JobName, place: Place, each = 1): Promise<Taken> {
  const { stdout } = await promisify(execFile)(process.execPath, [child, job, JSON.stringify(place)]);
  const { ms, cpuMs, kilobytes } = JSON.parse(stdout) as Taken;
  return { ms: ms / each, cpuMs: cpuMs / each, kilobytes };
}
