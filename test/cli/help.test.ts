/** Help fits the terminal: no line is broken within a word, and what it shows to type stays what it is. */
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { fitHelp } from '../../src/cli/format/help.ts';
import { entries } from '../../src/cli/registry.ts';
import { systemEffects } from '../../src/system.ts';
import { runHere } from './in-process.ts';

const names = ['', ...entries.map(({ name }) => name)];

describe.each([60, 80, 100])('on a terminal of %i cells', (columns) => {
  test.each(names)('optimirror %s --help fits', async (name) => {
    const args = name === '' ? ['--help'] : [name, '--help'];
    const { stdout } = await runHere('none.db', systemEffects, args, { columns });
    const wide = stdout.split('\n').filter((line) => stringWidth(line) > columns);
    // A single word, or one in quotes, stays whole.
    expect(wide.filter((line) => !/^ *(\S+|-\S+ \S+|.*"[^"]*"?)( \\)?$/.test(line))).toEqual([]);
    if (columns >= 80) expect(wide).toEqual([]);
  });
});

test.each([
  ['what fits stays', '  $ optimirror pull    at once', 40, '  $ optimirror pull    at once'],
  [
    'words behind a command go below it',
    '  $ optimirror pull    at once',
    22,
    '  $ optimirror pull\n      at once',
  ],
  [
    'a command goes on behind a backslash, quotes whole and an option with its value',
    '  $ optimirror list goals --where "a = 1" --limit 3',
    34,
    '  $ optimirror list goals \\\n      --where "a = 1" --limit 3',
  ],
  [
    'a second column keeps its place',
    '  name   so many words here',
    18,
    '  name   so many\n         words\n         here',
  ],
  [
    'a paragraph is laid out anew',
    'One two three\nfour five.\n\nSix.',
    10,
    'One two\nthree four\nfive.\n\nSix.',
  ],
])('%s', (_, text, room, expected) => {
  expect(fitHelp(text, room)).toBe(expected);
});
