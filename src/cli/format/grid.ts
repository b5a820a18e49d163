/** Columns for people that know what they hold: numbers stay whole, texts give way, and what matters least goes first. */
import type { Output } from '../streams.ts';
import { writeFields } from './table.ts';
import { cut, pad, prepareWidths, widthOf } from './width.ts';

export interface GridColumn {
  readonly title: string;
  readonly right: boolean;
  /** Whether a value may be cut at its end, where there is no room for all of it. */
  readonly cuttable: boolean;
  /** Where there is no room the column with the highest one is left out first; without one it stays. */
  readonly spare?: number;
}

/** No text is cut to less than so many cells; and to less than comfortable only where no column can be spared instead. */
const narrowest = 10;
const comfortable = 16;
const gap = '  ';

/** Which columns are shown, by their place, and how wide. */
export interface Fit {
  readonly places: readonly number[];
  readonly widths: readonly number[];
}

/** Fits columns of these widths into `room` cells; null where even what can't be spared is too wide. */
export function fitColumns(
  columns: readonly GridColumn[],
  widths: readonly number[],
  room: number,
): Fit | null {
  const places = columns.map((_, place) => place);
  const cutTo = (most: number) => (place: number) => {
    const width = widths[place] ?? 0;
    return columns[place]?.cuttable ? Math.min(width, most) : width;
  };
  const least = cutTo(narrowest);
  const total = (size: (place: number) => number) =>
    places.reduce((sum, place) => sum + size(place), gap.length * (places.length - 1));
  while (total(cutTo(comfortable)) > room) {
    const spareOf = (place: number) => columns[place]?.spare ?? -1;
    const sparest = places.reduce((a, b) => (spareOf(b) > spareOf(a) ? b : a));
    if (spareOf(sparest) < 0) break;
    places.splice(places.indexOf(sparest), 1);
  }
  if (total(least) > room) return null;
  const fitted = places.map((place) => widths[place] ?? 0);
  narrow(fitted, places.map(least), total((place) => widths[place] ?? 0) - room);
  return { places, widths: fitted };
}

/** Takes `excess` cells away, always from the column that is furthest above its least width. */
function narrow(widths: number[], least: readonly number[], excess: number): void {
  for (let left = excess; left > 0; left--) {
    const above = widths.map((width, index) => width - (least[index] ?? 0));
    const index = above.indexOf(Math.max(...above));
    widths[index] = (widths[index] ?? 0) - 1;
  }
}

/** Lays rows of printable texts out: on a terminal within its width, elsewhere whole. */
export async function writeGrid(
  output: Output,
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  await prepareWidths(rows.flat());
  const natural = columns.map(({ title }, place) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[place] ?? '')), widthOf(title)),
  );
  const fitted = fitColumns(columns, natural, output.isTerminal ? output.width : Number.POSITIVE_INFINITY);
  if (fitted === null) return writeRecords(output, columns, rows);
  const { bold } = output.colors;
  await output.line(
    lineOf(
      columns,
      columns.map(({ title }) => title),
      fitted,
      bold,
    ),
  );
  for (const row of rows) {
    if (output.closed) return;
    await output.line(lineOf(columns, row, fitted, (text) => text));
  }
}

function lineOf(
  columns: readonly GridColumn[],
  row: readonly string[],
  { places, widths }: Fit,
  style: (text: string) => string,
): string {
  const cells = places.map((place, index) => {
    const [width, right] = [widths[index] ?? 0, columns[place]?.right ?? false];
    const text = cut(row[place] ?? '', width);
    return style(index === places.length - 1 && !right ? text : pad(text, width, right));
  });
  return cells.join(gap).trimEnd();
}

/** Every row as lines of its own, for a terminal that is too narrow for any columns. */
async function writeRecords(
  output: Output,
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  for (const [index, row] of rows.entries()) {
    if (output.closed) return;
    if (index > 0) await output.line();
    await writeFields(
      output,
      columns.map(({ title }, place) => [title, row[place] ?? '']),
    );
  }
}
