/** Paths and ports that can't be used: one line that says what was given, what is wrong with it and what to do. */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { copyOf, pulledWorld, run, temporaryFolder, type World } from './support.ts';

let folder: string;
let file: string;
let pulled: World;
beforeAll(async () => {
  folder = temporaryFolder();
  file = path.join(folder, 'notes.txt');
  fs.writeFileSync(file, 'notes');
  pulled = await pulledWorld({ projects: 1, experimentsPerProject: 1 });
});

const env = { OPTIMIZELY_TOKEN: 'a:1', OPTIMIZELY_API_BASE: 'http://127.0.0.1:1/' };
/** The program's own words for what was refused, and no others. */
const line = (words: string) => `optimirror: ${words}\n`;

describe('a path that is no place for a mirror', () => {
  test.each([[['status']], [['pull']], [['list', 'goals']], [['edit', 'goals', '1', 'title=x']]])(
    'a folder is refused with 2 by %j',
    async (args) => {
      const words = `${folder} can't be read: it is a folder, not a file. Name a file for the mirror with --db.`;
      expect(await run(['--db', folder, ...args], { env })).toEqual({
        status: 2,
        stdout: '',
        stderr: line(words),
      });
    },
  );

  test('so is one in a folder that is not there, and nothing is made', async () => {
    const db = path.join(folder, 'nowhere', 'x.db');
    const words = `${db} can't be created: there is no such folder; make it first. Name a file for the mirror with --db.`;
    expect(await run(['--db', db, 'pull'], { env })).toEqual({ status: 2, stdout: '', stderr: line(words) });
    expect(fs.existsSync(path.dirname(db))).toBe(false);
  });

  test('so is one below a file', async () => {
    const db = path.join(file, 'x.db');
    const words = `${db} can't be read: a file stands where its path needs a folder. Name a file for the mirror with --db.`;
    expect(await run(['--db', db, 'pull'], { env })).toEqual({ status: 2, stdout: '', stderr: line(words) });
  });

  test('a file that is no mirror keeps ending with 1, and is left as it was', async () => {
    const result = await run(['--db', file, 'pull'], { env });
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('is no mirror') });
    expect(fs.readFileSync(file, 'utf8')).toBe('notes');
  });
});

test.each([
  ['a file', () => file],
  ['a path below a file', () => path.join(file, 'out')],
])('an export into %s is refused with 2, and the file is left as it was', async (_, out) => {
  const result = await pulled.optimirror('export', '--format', 'csv', '--out', out());
  const words = `${out()} can't be written to: a file stands where its path needs a folder. Name a folder with --out.`;
  expect(result).toEqual({ status: 2, stdout: '', stderr: line(words) });
  expect(fs.readFileSync(file, 'utf8')).toBe('notes');
});

/** There the system finds nothing below a folder that is there, which Node's own `mkdir` asks about for ever. */
test.runIf(fs.existsSync('/proc/self'))(
  'an export into a place where no folder can be made ends, with 2',
  async () => {
    const out = '/proc/optimirror/out';
    const result = await pulled.with(
      { onStart: (child) => onTestFinished(() => void child.kill('SIGKILL')) },
      ...['export', '--format', 'csv', '--out', out],
    );
    const words = `${out} can't be written to: no folder can be made there. Name a folder with --out.`;
    expect(result).toEqual({ status: 2, stdout: '', stderr: line(words) });
  },
);

test('a sandbox on a port that is taken says so, and how to get another one', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  try {
    const words = `the sandbox can't listen on port ${port}: another program listens there. Name another one with --port, or leave it out for a free one.`;
    const result = await run(['sandbox', '--port', String(port)]);
    expect(result).toEqual({ status: 2, stdout: '', stderr: line(words) });
  } finally {
    server.close();
  }
});

test.each([
  ['a token', 5, () => ['--token-file', folder, 'pull'], "the token can't be read from"],
  ['edits', 2, () => ['edit', 'goals', '--from', folder], ''],
  ['a text', 2, () => ['edit', 'experiments', '1', `custom_css=@${folder}`], ''],
])('%s in a folder instead of a file is refused in words', async (_, status, args, words) => {
  const world = copyOf(pulled);
  const result = await world.optimirror(...args());
  expect(result).toMatchObject({ status, stdout: '' });
  expect(result.stderr).toContain(words);
  expect(result.stderr).toContain('it is a folder, not a file');
  expect(result.stderr).not.toContain('EISDIR');
});
