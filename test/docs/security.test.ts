/** docs/security.md names tests that are there, for each promise some, and every file of `test/security` somewhere. */
import fs from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../security/', import.meta.url);
const text = fs.readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const rows = text.split('\n').flatMap((line) => {
  if (!/^\| (?!promise|---)/.test(line)) return [];
  const [promise = '', , tests = ''] = line.slice(2, -2).split(' | ');
  return [{ promise, named: namedIn(tests) }];
});

/** `file.test.ts`: "name", "name"; as pairs. */
function namedIn(cell: string): (readonly [file: string, name: string])[] {
  return [...cell.matchAll(/`([\w-]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
    ([, file = '', names = '']) =>
      [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => [file, name] as const),
  );
}

test.each(rows)('there are tests for: $promise', ({ named }) => {
  expect(named.length).toBeGreaterThan(0);
  for (const [file, name] of named)
    expect(fs.readFileSync(new URL(file, folder), 'utf8'), `${file}: ${name}`).toContain(name);
});

test('every file of tests stands behind some promise', () => {
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const named = rows.flatMap((row) => row.named.map(([file]) => file));
  expect([...new Set(named)].toSorted()).toEqual(files.toSorted());
});
