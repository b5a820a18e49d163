/** Rows laid out for people: aligned columns where they fit, one field a line where they don't. */
import type { Output } from '../streams.ts';
import { gap, narrowed } from './narrow.ts';
import { printable } from './printable.ts';
import { textOf, type Value } from './values.ts';
import { cut, pad, prepareWidths, widthOf } from './width.ts';

export interface TableOptions {
  /** What stands for null. */
  readonly nothing?: string;
}

/** No text is cut to less than so many cells, and no heading. */
const narrowest = 12;
const narrowestHeading = 8;

interface Layout {
  readonly names: string[];
  readonly rows: string[][];
  readonly right: boolean[];
  readonly widths: number[];
  /** What each column needs at least: a number is never cut. */
  readonly least: number[];
}

/** Lays rows out on the output: on a terminal within its width, elsewhere uncut. */
export async function writeTable(
  output: Output,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  { nothing = '' }: TableOptions = {},
): Promise<void> {
  const layout = await layOut(columns, rows, nothing);
  const room = output.isTerminal ? output.width : Number.POSITIVE_INFINITY;
  const widths = narrowed(layout.widths, layout.least, room);
  if (widths) await writeColumns(output, { ...layout, widths });
  else await writeRecords(output, layout);
}

async function layOut(
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  nothing: string,
): Promise<Layout> {
  const names = columns.map(printable);
  const texts = rows.map((row) =>
    row.map((value) => (value === null || value === undefined ? nothing : printable(textOf(value)))),
  );
  await prepareWidths([...names, ...texts.flat()]);
  const widest = (from: (name: string) => number, need: (text: string) => number) =>
    names.map((name, index) =>
      texts.reduce((most, row) => Math.max(most, need(row[index] ?? '')), from(name)),
    );
  return {
    names,
    rows: texts,
    right: columns.map((_, index) => rows.length > 0 && rows.every((row) => isNumber(row[index]))),
    widths: widest(widthOf, widthOf),
    least: widest((name) => Math.min(widthOf(name), narrowestHeading), leastOf),
  };
}

const isNumber = (value: Value) =>
  value === null || value === undefined || typeof value === 'number' || typeof value === 'bigint';

/** The API has ids as text too, those of a combination as `1_2`: they are no less numbers. */
const looksLikeNumber = (text: string) => /^[+-]?\d[\d.,_]*(e[+-]?\d+)?$/.test(text);

const leastOf = (text: string) =>
  looksLikeNumber(text) ? widthOf(text) : Math.min(widthOf(text), narrowest);

async function writeColumns(output: Output, { names, rows, right, widths }: Layout): Promise<void> {
  const { bold } = output.colors;
  const lineOf = (cells: readonly string[], style: (text: string) => string = (text) => text) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        const last = index === cells.length - 1 && !right[index];
        const shown = output.isTerminal ? cut(cell, width) : cell;
        return style(last ? shown : pad(shown, width, right[index]));
      })
      .join(gap)
      .trimEnd();
  await output.line(lineOf(names, (text) => bold(text)));
  for (const row of rows) {
    if (output.closed) return;
    await output.line(lineOf(row));
  }
}

/** Every row as lines of its own: for more columns than a terminal is wide. */
async function writeRecords(output: Output, { names, rows }: Layout): Promise<void> {
  for (const [index, row] of rows.entries()) {
    if (output.closed) return;
    if (index > 0) await output.line();
    await writeFields(
      output,
      names.map((name, column) => [name, row[column] ?? '']),
    );
  }
}

/** Names and values, a pair a line; on a terminal a value is cut at its edge, and then it gives true. The texts are printable. */
export async function writeFields(
  output: Output,
  fields: readonly (readonly [string, string])[],
): Promise<boolean> {
  await prepareWidths(fields.flat());
  const width = fields.reduce((most, [name]) => Math.max(most, widthOf(name)), 0);
  const room = Math.max(narrowestHeading, output.width - width - gap.length);
  for (const [name, text] of fields) {
    const shown = output.isTerminal ? cut(text, room) : text;
    await output.line(`${output.colors.bold(pad(name, width))}${gap}${shown}`.trimEnd());
  }
  return output.isTerminal && fields.some(([, text]) => widthOf(text) > room);
}
