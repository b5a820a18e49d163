/** Runs the two sides of a case in turns, each time in a process of its own, and makes a ratio of what they took. */
import fs from 'node:fs';
import path from 'node:path';
import type { Case, Side } from './cases.ts';
import { runJob, type Taken } from './child-process.ts';
import { type Server, startServer } from './server-process.ts';

export interface Outcome {
  readonly about: Case;
  /** The ratios of the pairs, the smallest first. */
  readonly ratios: readonly number[];
  readonly run: readonly Taken[];
  readonly baseline: readonly Taken[];
  /** Whether the middle ratio is within what is allowed. */
  readonly isMet: boolean;
}

export async function measure(about: Case, folder: string): Promise<Outcome> {
  const taken: { run: Taken; baseline: Taken }[] = [];
  for (let turn = 0; turn < about.runs; turn++) {
    const run = await measureSide(about.run, path.join(folder, 'run'));
    taken.push({ run, baseline: await measureSide(about.baseline, path.join(folder, 'baseline')) });
  }
  const unit = about.measure === 'time' ? 'ms' : 'kilobytes';
  const ratios = taken.map(({ run, baseline }) => run[unit] / baseline[unit]).sort((a, b) => a - b);
  return {
    about,
    ratios,
    run: taken.map(({ run }) => run),
    baseline: taken.map(({ baseline }) => baseline),
    isMet: middle(ratios) <= about.atMost,
  };
}

async function measureSide({ job, account, after }: Side, folder: string): Promise<Taken> {
  fs.mkdirSync(folder, { recursive: true });
  const server: Server | null = account ? await startServer(account) : null;
  try {
    const place = { folder, url: server?.url ?? '', token: server?.token ?? '' };
    if (after) await runJob(after, place);
    return await runJob(job, place);
  } finally {
    await server?.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

function middle(sorted: readonly number[]): number {
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** The outcome in a few lines: the middle ratio with its spread, and what it is made of. */
export function say({ about, ratios, run, baseline, isMet }: Outcome): string {
  const [least = 0, most = 0] = [ratios[0], ratios.at(-1)];
  const spread =
    ratios.length > 1 ? ` (${least.toFixed(2)} to ${most.toFixed(2)} in ${ratios.length} pairs)` : '';
  const verdict = isMet ? 'ok' : 'TOO MUCH';
  return [
    `${about.name}: ${about.about}`,
    `  ${about.measure} ${middle(ratios).toFixed(2)}x${spread}, at most ${about.atMost}x: ${verdict}`,
    `  run ${sayTaken(run)}; baseline ${sayTaken(baseline)}`,
  ].join('\n');
}

function sayTaken(taken: readonly Taken[]): string {
  const mid = (of: (one: Taken) => number) => middle(taken.map(of).sort((a, b) => a - b));
  const memory = Math.round(mid(({ kilobytes }) => kilobytes) / 1024);
  return `${Math.round(mid(({ ms }) => ms))} ms, ${Math.round(mid(({ cpuMs }) => cpuMs))} ms of processor time, ${memory} MB`;
}
