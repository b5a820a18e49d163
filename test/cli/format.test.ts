/** How things look: widths, cuts, tables on terminals of any width, colours, durations. */
import { Writable } from 'node:stream';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { diffLines, inline } from '../../src/cli/format/diff.ts';
import { printable, printableLines } from '../../src/cli/format/printable.ts';
import { writeTable } from '../../src/cli/format/table.ts';
import { toJson } from '../../src/cli/format/values.ts';
import { cut, pad, prepareWidths, widthOf } from '../../src/cli/format/width.ts';
import { ago, count, counted, duration, seconds } from '../../src/cli/format/words.ts';
import { wrapped } from '../../src/cli/format/wrap.ts';
import { createOutput } from '../../src/cli/streams.ts';
import fc from '../draws.ts';

/** An output that keeps what is written to it. */
function output({ columns = 80, isTTY = true, color = false } = {}) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const out = createOutput(Object.assign(stream, { isTTY, columns }), { color });
  return { out, text: () => written.join('') };
}

const columns = ['id', 'name', 'note'];
const rows = [
  [1, 'short', 'x'.repeat(60)],
  [22, '日本語の見出し', null],
];

describe('a table', () => {
  test('fits into the terminal, the widest column cut', async () => {
    const { out, text } = output({ columns: 40 });
    await writeTable(out, columns, rows);
    const lines = text().trimEnd().split('\n');
    expect(lines).toEqual([
      'id  name            note',
      ` 1  short           ${'x'.repeat(19)}…`,
      '22  日本語の見出し',
    ]);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(40);
  });

  test('has one field a line where the terminal is too narrow for its columns', async () => {
    const { out, text } = output({ columns: 14 });
    await writeTable(out, columns, [rows[0] ?? []]);
    expect(text()).toBe(`id    1\nname  short\nnote  ${'x'.repeat(7)}…\n`);
  });

  test('is not cut elsewhere', async () => {
    const { out, text } = output({ isTTY: false });
    await writeTable(out, columns, rows);
    expect(text()).toContain('x'.repeat(60));
  });

  test('has colours on a terminal that takes them, and nowhere else', async () => {
    const shown = async (options: { isTTY: boolean; color: boolean }) => {
      const { out, text } = output(options);
      await writeTable(out, ['id'], [[1]]);
      return text();
    };
    expect(await shown({ isTTY: true, color: true })).toContain('\u001b[1m');
    expect(await shown({ isTTY: true, color: false })).not.toContain('\u001b');
    expect(await shown({ isTTY: false, color: true })).not.toContain('\u001b');
  });
});

describe('text for a terminal', () => {
  test.each([
    ['\u001b[2J', '\\e[2J'],
    ['a\r\nb\t', 'a\\r\\nb\\t'],
    ['\u009b31m', '\\x9b31m'],
    ['\u202eabc', '\\u202eabc'],
    ['\u007f\u0000', '\\x7f\\x00'],
    ['prix barré – 日本 👩‍🚀', 'prix barré – 日本 👩‍🚀'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('keeps the colours and lines that the program laid out, and no other sequence', () => {
    expect(printableLines('\u001b[1mx\u001b[22m\ny')).toBe('\u001b[1mx\u001b[22m\ny');
    expect(printableLines('\u001b[31mx\u001b[8mhidden\u001b]0;t\u0007')).toBe(
      '\u001b[31mx\\e[8mhidden\\e]0;t\\x07',
    );
  });

  test('JSON has no character that could act either', () => {
    expect(toJson('\u009b\u007f\u001b')).toBe('"\\u009b\\u007f\\u001b"');
  });
});

test('widths count cells, and cuts never tear a character apart', async () => {
  await prepareWidths(['👩‍🚀']);
  expect(widthOf('日本')).toBe(4);
  expect(cut('日本語', 5)).toBe('日本…');
  expect(cut('a👩‍🚀b', 3)).toBe('a…');
  expect(cut('abc', 3)).toBe('abc');
  expect(pad('日', 4)).toBe('日  ');
  expect(pad('7', 3, true)).toBe('  7');
});

test('widths are those of the tables for all of Unicode, whatever stands beside what', async () => {
  await prepareWidths(['👩‍🚀']);
  const plane = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  // Beyond controls, which no text that is measured holds any more.
  const shown = plane.filter((character) => printable(character) === character);
  expect(shown.filter((character) => widthOf(character) !== stringWidth(character))).toEqual([]);
  const joined = fc.array(fc.constantFrom(...shown), { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(fc.property(joined, (text) => widthOf(text) === stringWidth(text)));
});

describe('a change', () => {
  const { out } = output();

  test('stands on one line where it is short', async () => {
    expect(await diffLines('a', 'b', out.colors, 80)).toEqual(['a → b']);
    expect(await diffLines(null, [1, 2], out.colors, 80)).toEqual(['null → [1,2]']);
  });

  test('shows the lines that changed where a text has several', async () => {
    const before = ['1', '2', '3', '4', '5', '6'].join('\n');
    expect(await diffLines(before, before.replace('5', 'five'), out.colors, 80)).toEqual([
      '… line 3',
      ' 3',
      ' 4',
      '-5',
      '+five',
      ' 6',
    ]);
  });

  test.each([
    ['plain', 'plain'],
    ['', '""'],
    [' edge', '" edge"'],
    ['null', '"null"'],
    [null, 'null'],
    [true, 'true'],
  ])('%j is written as %s', (value, shown) => {
    expect(inline(value)).toBe(shown);
  });
});

test('numbers, times and durations in words', () => {
  expect([0, 999, 1000, 1234567].map(count)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([counted(1, 'goal'), counted(2, 'goal')]).toEqual(['1 goal', '2 goals']);
  expect([12, 3200, 65_000].map(duration)).toEqual(['12 ms', '3.2 s', '1 min 5 s']);
  expect([0, 6001, 60_000, 90_000, 3_600_000, 3_661_000].map(seconds)).toEqual([
    ...['0 s', '7 s', '1 min', '1 min 30 s', '1 h', '1 h 1 min 1 s'],
  ]);
  expect(ago('2026-01-01T00:00:00.000Z', Date.parse('2026-01-01T02:00:00Z'))).toBe('2 hours ago');
});

describe('a sentence on a narrow terminal', () => {
  test.each([
    ['is broken between words', '  sent: one two', ['  sent: one', '    two']],
    [
      'keeps a word whole that is too long, and has no blank line before it',
      `  ${'x'.repeat(15)} y`,
      [`  ${'x'.repeat(15)}`, '    y'],
    ],
  ])('%s', (_, text, lines) => {
    expect(wrapped(text, 12, '    ')).toEqual(lines);
  });
});
