/**
 * Measures how fast and how lean the program is, as ratios to a baseline in the same run, and writes them into
 * docs/performance.md: `npm run bench [-- [--no-write] NAME…]`. Ends with 1 where a figure misses.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { measure, type Outcome } from './measure.ts';
import { say } from './say.ts';
import { writeTable } from './table.ts';

async function main(given: readonly string[]): Promise<number> {
  const names = given.filter((one) => one !== '--no-write');
  const outcomes = await measureAll(names.length === 0 ? cases : names.map(mustBeCase));
  if (!given.includes('--no-write')) writeTable(outcomes);
  return outcomes.every(({ isMet }) => isMet) ? 0 : 1;
}

function mustBeCase(name: string): Case {
  const found = cases.find((one) => one.name === name);
  if (found) return found;
  throw new Error(
    `there is no case ${JSON.stringify(name)}; there are: ${cases.map((one) => one.name).join(', ')}`,
  );
}

async function measureAll(chosen: readonly Case[]): Promise<Outcome[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-bench-'));
  const outcomes: Outcome[] = [];
  try {
    for (const one of chosen) {
      const outcome = await measure(one, folder);
      outcomes.push(outcome);
      console.log(say(outcome));
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  return outcomes;
}

process.exitCode = await main(process.argv.slice(2));
