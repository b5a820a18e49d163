/** `optimirror completion`: bash is asked what it would complete; the other shells' scripts hold the same words. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { entityNames, fieldsOf, resourceNames } from '../../src/api/resources.ts';
import { bashScript } from '../../src/cli/completion/bash.ts';
import { fishScript } from '../../src/cli/completion/fish.ts';
import { type ProgramWords, wordsOf } from '../../src/cli/completion/words.ts';
import { zshScript } from '../../src/cli/completion/zsh.ts';
import { describedProgram } from '../../src/cli/program.ts';
import { exportTables } from '../../src/exports/tables.ts';
import { run, temporaryFolder } from './support.ts';

/** No shell finds the settings of whoever runs the tests, nor a language that this machine does not have. */
const env = { PATH: process.env.PATH, HOME: temporaryFolder() };
const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
let words: ProgramWords;
beforeAll(async () => {
  words = wordsOf(await describedProgram());
});

describe('in bash', () => {
  let file: string;
  beforeAll(() => {
    file = path.join(temporaryFolder(), 'completion.bash');
    fs.writeFileSync(file, bashScript(words));
    for (const name of ['a.db', 'a.txt']) fs.writeFileSync(path.join(path.dirname(file), name), '');
    fs.mkdirSync(path.join(path.dirname(file), 'folder'));
  });

  /** What a Tab behind these words offers; the last one is under the cursor, and = is a word of its own. */
  function offered(...typed: string[]): string[] {
    const script = `source "$0"; COMP_WORDS=(optimirror "$@"); COMP_CWORD=$#; _optimirror; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script, file, ...typed], {
      encoding: 'utf8',
      env,
      cwd: path.dirname(file),
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  const cases: readonly [string, string[], readonly string[]][] = [
    ['commands', ['pu'], ['pull', 'push']],
    ['commands behind a global option', ['--db', 'x.db', 'pu'], ['pull', 'push']],
    ['resources', ['list', ''], resourceNames],
    ['resources behind an option and its value', ['list', '--limit', '3', 'ex'], ['experiments']],
    ['resources that have ids', ['get', ''], entityNames],
    ['words of an option', ['list', '--format', ''], ['table', 'json', 'jsonl', 'csv']],
    ['words of an option with =', ['export', '--format', '=', 'p'], ['parquet']],
    ['words of an option behind a bare =', ['export', '--format', '='], ['csv', 'jsonl', 'parquet']],
    ['tables to export', ['export', '--table', ''], exportTables.map(({ name }) => name)],
    ['options of a command', ['export', '--f'], ['--format']],
    ['global options behind a command', ['pull', '--tok'], ['--token-file']],
    ['fields of the resource that was named', ['edit', 'goals', '5', 'ti'], ['title=']],
    ['fields once more', ['edit', 'goals', '5', 'title', '=', 'x', 'arch'], ['archived=']],
    ['nothing as the value of a field', ['edit', 'goals', '5', 'title', '=', ''], []],
    ['fields for a new one', ['create', 'variations', 'exp'], ['experiment_id=']],
    ['no field that the server sets', ['edit', 'experiments', '5', 'variation'], []],
    ['files', ['--db', 'a.'], ['a.db', 'a.txt']],
    ['folders alone', ['export', '--out', ''], ['folder']],
    ['nothing where only the user knows', ['get', 'goals', ''], []],
    ['commands to help with', ['help', 'stat'], ['status']],
    ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
  ];
  test.each(cases)('completes %s', (_, typed, expected) => {
    expect(offered(...typed).sort()).toEqual([...expected].sort());
  });
});

describe.each(Object.entries(scripts))('the script for %s', (_, scriptOf) => {
  test('names every command, option, word and field', () => {
    const script = scriptOf(words);
    const named = (name: string) => expect(script).toMatch(new RegExp(`\\W${name}\\W`));
    for (const command of words.commands) {
      named(command.name);
      for (const { names } of [...command.options, ...words.options]) named(names[0]?.slice(2) ?? '');
    }
    for (const name of resourceNames) named(name);
    for (const [field, { by }] of fieldsOf('experiments')) if (by === 'edit') named(`${field}=`);
  });
});

test('words hold nothing that a shell would take for its own', () => {
  const all = words.commands.flatMap(({ name, places, options }) => [
    name,
    ...options.flatMap(({ names }) => names),
    ...options.flatMap(({ value }) => (value?.kind === 'words' ? value.words : [])),
    ...places.flatMap((place) => (place.kind === 'words' ? place.words : [])),
  ]);
  expect(all.filter((word) => !/^[\w-]+$/.test(word))).toEqual([]);
});

const installed = Object.entries(scripts).filter(
  ([shell]) => spawnSync(shell, ['-c', 'exit'], { stdio: 'ignore', env }).status === 0,
);
test.each(installed)('%s, where it is installed, can read its script', (shell, scriptOf) => {
  const file = path.join(temporaryFolder(), 'completion');
  fs.writeFileSync(file, scriptOf(words));
  execFileSync(shell, ['-n', file], { env });
});

test('the program prints it, and knows no other shell', async () => {
  const { status, stdout } = await run(['completion', 'bash']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: bashScript(words) });
  const refused = await run(['completion', 'bsh']);
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toContain('did you mean bash');
});
