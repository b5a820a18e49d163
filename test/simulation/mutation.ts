/** Shows that the simulation is unkind: breaks a copy of the engine on purpose, and waits for it to be noticed. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Mutant, mutants } from './mutants.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['src', 'drizzle', 'test/simulation', 'scripts/simulate.ts', 'package.json'];
const run = promisify(execFile);

/** The seed that noticed a mutant, and what it said. */
interface Notice {
  readonly seed: number;
  readonly words: string;
}

/** Tries every mutant with so many seeds; prints one line for each. Resolves with whether all were noticed. */
export async function noticedMutants(seeds: number, say: (line: string) => void): Promise<boolean> {
  let unnoticed = 0;
  for (const mutant of mutants) {
    const notice = await tryMutant(mutant, seeds);
    if (notice === null) unnoticed++;
    say(`| ${mutant.name} | ${notice ? `${notice.seed} | ${notice.words}` : `not within ${seeds} | `} |`);
  }
  say(
    `${mutants.length - unnoticed} of ${mutants.length} deliberate breaks noticed, each within ${seeds} seeds`,
  );
  return unnoticed === 0;
}

/** How the first seed fails that does; null where none does. */
export async function tryMutant(mutant: Mutant, seeds: number): Promise<Notice | null> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-mutant-'));
  try {
    for (const name of copied) fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    fs.writeFileSync(path.join(folder, mutant.file), mutated(mutant));
    return await firstFailure(folder, seeds);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The file's text with the break in it. */
export function mutated({ name, file, from, to }: Mutant): string {
  const text = fs.readFileSync(path.join(root, file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not have this once: ${from}`);
  return text.replace(from, () => to);
}

async function firstFailure(folder: string, seeds: number): Promise<Notice | null> {
  const args = ['scripts/simulate.ts', '--seeds', String(seeds), '--seed', '1', '--until-wrong'];
  try {
    await run(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 28 });
    return null;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const [, seed, words = ''] = /^seed (\d+): (.*)/m.exec(stdout) ?? [];
    if (seed === undefined) throw new Error(`the mutant does not run: ${stderr}`, { cause: error });
    return { seed: Number(seed), words: inTable(words) };
  }
}

/** Short enough for a table's cell, and with nothing in it that would end one. */
function inTable(words: string): string {
  return words.slice(0, 110).replaceAll('|', '/');
}
