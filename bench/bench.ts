/** Prints how fast and how lean the program is, as ratios to a baseline in the same run: `npm run bench [-- NAME…]`. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cases } from './cases.ts';
import { measure, type Outcome, say } from './measure.ts';

async function main(names: readonly string[]): Promise<number> {
  const chosen = cases.filter(({ name }) => names.length === 0 || names.includes(name));
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
  return outcomes.every(({ isMet }) => isMet) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
