/** The README's tour tells the truth: its commands give the output that stands below them. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import { sandboxTransport } from '../../src/sandbox/index.ts';
import { runHere } from '../cli/in-process.ts';
import { onceSaid, run as runProgram } from '../cli/support.ts';
import { day, hour, Scene } from '../query/scene.ts';
import { isUpdate } from './generated.ts';

const file = new URL('../../README.md', import.meta.url);
const block = /(?<=^```console\n)\$ [\s\S]*?(?=^```$)/gm;

/** A command, which a backslash at the end of its line lets go on in the next. */
const command = /^\$ (?:.*\\\n)*.*$/gm;

let scene: Scene;
beforeAll(() => {
  scene = new Scene({ projects: 3, experimentsPerProject: 12 });
});
afterAll(() => scene.close());

/** The words of a command line, quotes taken off as a shell does. */
function words(line: string): string[] {
  const found = line.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  return found.map((word) => word.replaceAll('"', ''));
}

/** What a line of the tour prints. */
async function outputOf(line: string): Promise<string> {
  const [, program, ...rest] = words(line);
  const later = /^\$ # (\d+) days later$/.exec(line);
  if (program === 'curl') return answerToCurl(line);
  if (later) scene.pass(Number(later[1]) * day);
  else if (program === 'sqlite3') scene.db.exec(rest.slice(1).join(' '));
  else if (rest[1] === 'sandbox') return startOfSandbox(rest.slice(1));
  else if (program === 'npx') return run(rest.slice(1));
  return '';
}

/** A colleague's hand: what the command sends, as the API takes it. Its answer goes nowhere. */
function answerToCurl(line: string): string {
  const [, body = '', path = ''] =
    /^\$ curl -s -o \/dev\/null -X PUT .* -d '(.*)' \\\n +\$\{OPTIMIZELY_API_BASE\}(.*)$/.exec(line) ?? [];
  const headers = { token: scene.account.token };
  const { status } = scene.account.handle({ method: 'PUT', path, headers, body });
  expect(status, line).toBe(202);
  return '';
}

/** What the program itself says at its start, on a free port in place of the one that is named; then it is interrupted. */
async function startOfSandbox(args: readonly string[]): Promise<string> {
  const port = args[args.indexOf('--port') + 1] ?? '';
  const { stdout } = await runProgram(
    args.map((arg) => (arg === port ? '0' : arg)),
    { onStart: (child) => onceSaid(child.stdout, /^token .*\n/m, () => child.kill('SIGINT')) },
  );
  return stdout.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
}

async function run(args: readonly string[]): Promise<string> {
  const transport = sandboxTransport(scene.account);
  const { stdout } = await runHere(
    scene.file,
    scene.effects,
    args,
    {},
    {
      token: scene.account.token,
      connect: async () => new OptimizelyClient({ transport, rate: 0, effects: scene.effects }),
    },
  );
  scene.pass(hour);
  return stdout.replaceAll(/ +$/gm, '');
}

/** The block as its commands make it now. */
async function replayed(text: string): Promise<string> {
  let fresh = '';
  for (const [line] of text.matchAll(command)) fresh += `${line}\n${await outputOf(line)}`;
  return fresh;
}

describe('the tour in the README', () => {
  it('shows what its commands print', async () => {
    let readme = fs.readFileSync(file, 'utf8');
    const blocks = readme.match(block) ?? [];
    expect(blocks.length).toBeGreaterThan(4);
    for (const text of blocks) {
      const fresh = await replayed(text);
      if (isUpdate) readme = readme.replace(text, () => fresh);
      else expect(fresh).toBe(text);
    }
    if (isUpdate) fs.writeFileSync(file, readme);
  });
});
