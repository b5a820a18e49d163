/** The table of the outcomes in docs/performance.md: what was measured takes the place of what stood there. */
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { cases } from './cases.ts';
import type { Outcome } from './measure.ts';
import { cellsOf, columns } from './say.ts';

const document = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const begin = '<!-- bench:begin -->';
const end = '<!-- bench:end -->';

/** Cases that were not measured now keep their rows; those that there are no more lose them. */
export function writeTable(outcomes: readonly Outcome[]): void {
  const text = fs.readFileSync(document, 'utf8');
  const [head, rest] = cut(text, begin);
  const [old, tail] = cut(rest, end);
  const rows = new Map([
    ...rowsOf(old),
    ...rowsOf(outcomes.map((one) => rowOf(cellsOf(one, on()))).join('\n')),
  ]);
  const shown = cases.flatMap(({ name }) => rows.get(name) ?? []);
  const table = [rowOf(columns), rowOf(columns.map(() => '---')), ...shown];
  fs.writeFileSync(document, [head, begin, '\n', table.join('\n'), '\n', end, tail].join(''));
}

function cut(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`${document} has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

const rowOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** The rows of a table by what stands in their first cell. */
function rowsOf(table: string): [name: string, row: string][] {
  return table.split('\n').flatMap((row) => {
    const [, name] = /^\| (.+?) \|/.exec(row) ?? [];
    return name === undefined ? [] : [[name, row]];
  });
}

/** When, and on what kind of machine. */
function on(): string {
  return `${new Date().toISOString().slice(0, 10)}, ${os.availableParallelism()} cores, Node ${process.versions.node}`;
}
