/** The examples in the help of every command are command lines that work: a shell splits them, the program takes them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Deps } from '../../src/cli/command.ts';
import { argumentsOf, createProgram } from '../../src/cli/program.ts';
import { entries } from '../../src/cli/registry.ts';
import { systemEffects } from '../../src/system.ts';
import { runHere } from './in-process.ts';
import { first, pulledWorld, temporaryFolder, type World } from './support.ts';

/** Thrown where a command, its arguments read, begins to work. */
class Reached extends Error {}
const untouched = new Proxy({} as Deps, {
  get() {
    throw new Reached();
  },
});

/** Reads a command line as the program does, up to the point where it would begin. */
async function take(args: readonly string[], writeOut: (text: string) => void = () => {}): Promise<void> {
  const program = createProgram({
    version: '0.0.0',
    deps: () => untouched,
    writeOut,
    writeErr: () => {},
    onStatus: () => {},
  });
  try {
    await program.parseAsync(argumentsOf(args), { from: 'user' });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (error instanceof Reached || code === 'commander.helpDisplayed') return;
    // A file that the example speaks of is looked for when the line was understood.
    if (!/can't be read: there is no such file/.test(message)) throw error;
  }
}

async function helpOf(...args: string[]): Promise<string> {
  let help = '';
  await take([...args, '--help'], (text) => {
    help += text;
  });
  return help;
}

/** The lines of a help that a user would type, without the words behind them; one may go over several lines. */
function examplesIn(help: string): string[] {
  const examples: string[] = [];
  let open = false;
  for (const line of help.split('\n')) {
    const begins = /^ {2}\$ /.test(line);
    if (!begins && !open) continue;
    const typed = begins ? line.slice(4) : `${examples.pop()}\n${line}`;
    const bare = typed.replace(/^((?:[^"']|"[^"]*"|'[^']*')*?\S) {3,}\S.*$/s, '$1');
    examples.push(bare);
    open = (bare.match(/"/g) ?? []).length % 2 === 1 || bare.endsWith(' \\');
  }
  return examples;
}

/** What a shell hands to each `optimirror` in the line. */
function argumentLists(line: string): string[][] {
  const folder = temporaryFolder();
  const log = path.join(folder, 'log');
  const stub = path.join(folder, 'optimirror');
  fs.writeFileSync(
    stub,
    `#!/bin/sh\n{ for each in "$@"; do printf '%s\\0' "$each"; done; printf '\\n\\0'; } >> '${log}'\n`,
  );
  fs.chmodSync(stub, 0o755);
  for (const [, name = ''] of line.matchAll(/< (\w[\w.]*)/g)) fs.writeFileSync(path.join(folder, name), '');
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  for (const [, home = ''] of line.matchAll(/> ~\/(\S+)\//g))
    fs.mkdirSync(path.join(folder, home), { recursive: true });
  spawnSync('bash', ['-c', `${line}\nwait`], { cwd: folder, env });
  const words = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\0').slice(0, -1) : [];
  const lists: string[][] = [[]];
  for (const word of words) {
    if (word === '\n') lists.push([]);
    else lists.at(-1)?.push(word);
  }
  return lists.slice(0, -1);
}

const names = entries.map(({ name }) => name);

describe.each(names)('the examples of %s', (name) => {
  test('are there, and every one is taken', async () => {
    const lines = examplesIn(await helpOf(name));
    const own = lines.flatMap(argumentLists);
    expect(lines.filter((line) => line.includes(`optimirror ${name}`)).length).toBeGreaterThan(0);
    expect(own.length).toBeGreaterThanOrEqual(lines.filter((line) => /\boptimirror\b/.test(line)).length);
    for (const args of own) await expect(take(args), args.join(' ')).resolves.toBeUndefined();
  });
});

test('the examples of the program itself are taken', async () => {
  const own = examplesIn(await helpOf()).flatMap(argumentLists);
  expect(own.length).toBeGreaterThan(2);
  for (const args of own) await take(args);
});

test('a command line that is wrong is not', async () => {
  await expect(take(['list', 'experiment'])).rejects.toThrow(/did you mean experiments/);
  await expect(take(['pull', '--ful'])).rejects.toThrow(/--full/);
  await expect(take(['pul'])).rejects.toThrow(/pull/);
});

describe('examples that only read', () => {
  let world: World;
  beforeAll(async () => {
    world = await pulledWorld();
  });

  test.each(['list', 'sql', 'status', 'outbox', 'conflicts', 'export'])(
    'of %s work on a mirror',
    async (name) => {
      const before = process.cwd();
      process.chdir(temporaryFolder());
      const lists = examplesIn(await helpOf(name)).flatMap(argumentLists);
      // Without stdin, without ids of the outbox, and of now: this mirror knows no earlier time.
      const readable = lists.filter(
        ([command, ...rest]) =>
          command === name && !/^(-|drop|retry)$/.test(rest[0] ?? '') && !rest.includes('--as-of'),
      );
      const { id } = await first<{ id: number }>(world, 'SELECT min(id) AS id FROM projects');
      for (const args of readable) {
        // The examples' project is made up; this mirror has others.
        const own = args.map((arg, at) => (args[at - 1] === '--project' ? String(id) : arg));
        const { status, stderr } = await runHere(world.db, systemEffects, own);
        expect({ args, status, stderr: status === 0 ? '' : stderr }).toEqual({ args, status: 0, stderr: '' });
      }
      process.chdir(before);
    },
  );
});
