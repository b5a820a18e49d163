/** Runs the two sides of a case in turns, each time in a process of its own, and makes a ratio of what they took. */
import fs from 'node:fs';
import path from 'node:path';
import type { Case, Side } from './case.ts';
import { runJob, type Taken } from './child-process.ts';
import type { JobName } from './jobs/index.ts';
import type { MirrorName } from './mirrors/index.ts';
import { type Server, startServer } from './server-process.ts';

export interface Outcome {
  readonly about: Case;
  /** The ratios of the pairs, the smallest first. */
  readonly ratios: readonly number[];
  readonly run: readonly Taken[];
  readonly baseline: readonly Taken[];
  /** Whether the middle ratio is within what is allowed, and so is the middle time. */
  readonly isMet: boolean;
}

export async function measure(about: Case, folder: string): Promise<Outcome> {
  const taken: { run: Taken; baseline: Taken }[] = [];
  for (let turn = 0; turn < about.runs; turn++) {
    const run = await measureSide(about.run, folder, about.each);
    taken.push({ run, baseline: await measureSide(about.baseline, folder, about.each) });
  }
  const unit = about.measure === 'time' ? 'ms' : 'kilobytes';
  const ratios = taken
    .map(({ run, baseline }) => run[unit] / baseline[unit] / (about.times ?? 1))
    .sort((a, b) => a - b);
  const run = taken.map((pair) => pair.run);
  const isInTime = middleOf(run, 'ms') <= (about.atMostMs ?? Infinity);
  return {
    about,
    ratios,
    run,
    baseline: taken.map(({ baseline }) => baseline),
    isMet: middle(ratios) <= about.atMost && isInTime,
  };
}

async function measureSide(side: Side, within: string, each = 1): Promise<Taken> {
  const mirror = side.mirror ? await mirrorFile(side.mirror, within) : '';
  const folder = path.join(within, 'side');
  fs.mkdirSync(folder);
  const server: Server | null = side.account ? await startServer(side.account) : null;
  try {
    const place = {
      ...nowhere,
      folder,
      url: server?.url ?? '',
      token: server?.token ?? '',
      mirror,
      what: side.what ?? '',
    };
    if (side.after) await runJob(side.after, place);
    return await runJob(side.job, { ...place, each }, each);
  } finally {
    await server?.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

const nowhere = { folder: '', url: '', token: '', mirror: '', what: '', each: 1 };

/** Made when the first case asks for it, and kept for the others. */
async function mirrorFile(name: MirrorName, within: string): Promise<string> {
  const mirror = path.join(within, `${name}.db`);
  const job: JobName = 'makeMirror';
  if (!fs.existsSync(mirror)) await runJob(job, { ...nowhere, folder: within, mirror, what: name });
  return mirror;
}

export function middle(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

export function middleOf(taken: readonly Taken[], unit: keyof Taken): number {
  return middle(taken.map((one) => one[unit]).sort((a, b) => a - b));
}
