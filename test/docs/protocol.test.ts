/** docs/protocol.md and the tests say the same: every step has its tests, every crash point is a test by its own words. */
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { steps } from './protocol-tests.ts';

const read = (place: string) => fs.readFileSync(new URL(place, import.meta.url), 'utf8');
const protocol = read('../../docs/protocol.md');

/** `Pull 1. Take the lock: …`, each on one line; what stands below a step belongs to it. */
const numbered = protocol.split(/^## /m).flatMap((section) => {
  const title = section.split('\n', 1)[0] ?? '';
  const items = section.matchAll(/^(\d+\. [^\n]*(?:\n {2,}[^\n]*)*)/gm);
  return [...items].map(([, text = '']) => `${title} ${text.replace(/\s+/g, ' ')}`);
});

/** The names of a file's tests that begin with a letter and a number, `P1. …`. */
function namesIn(file: string): string[] {
  const names = read(`../crashes/${file}`).matchAll(/\btest\(\s*(['"])([A-Z]\d\. .*?)\1,/g);
  return [...names].map(([, , name = '']) => name);
}

describe('the steps of the protocol', () => {
  test('are those that have tests, and no others', () => {
    const known = Object.keys(steps);
    expect(numbered.filter((item) => !known.some((begin) => item.startsWith(begin)))).toEqual([]);
    expect(known.filter((begin) => !numbered.some((item) => item.startsWith(begin)))).toEqual([]);
    expect(numbered.length).toBe(known.length);
  });

  test.each(Object.entries(steps))('%s: its tests are there', (_step, tests) => {
    for (const [file, ...words] of tests)
      for (const each of words) expect(read(`../${file}`), `${file}: ${each}`).toContain(each);
  });
});

test('every crash point of the protocol is a test by its own words', () => {
  const rows = [...protocol.matchAll(/^\| ([A-Z]\d\. [^|]*?) \|/gm)].map(([, words = '']) => words);
  expect(rows.length).toBeGreaterThan(15);
  expect(namesIn('points.test.ts').toSorted()).toEqual(rows.toSorted());
});

test('every invariant of the protocol is a test by its own words', () => {
  const items = [...protocol.matchAll(/^- \*\*(I\d)\.\*\* ((?:[^\n]|\n {2})*)/gm)];
  const sentences = items.map(([, id, words = '']) => `${id}. ${words.replace(/\s+/g, ' ')}`);
  expect(sentences).toHaveLength(3);
  expect(namesIn('invariants.test.ts')).toEqual(sentences);
});
