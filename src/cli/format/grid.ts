/** Columns for people that know what they hold: numbers stay whole, texts give way, and what matters least goes first. */
import type { Output } from '../streams.ts';
import { cellsOf, gap, narrowed } from './narrow.ts';
import { writeFields } from './table.ts';
import { cut, pad, prepareWidths, widthOf } from './width.ts';

/** What a column holds, where there is no room for all of it: a name gives way last, anything but text never. */
export type Giving = 'text' | 'name' | 'never';

export interface GridColumn {
  readonly title: string;
  readonly right: boolean;
  readonly giving: Giving;
  /** Where there is no room the column with the highest one is left out first; without one it stays. */
  readonly spare?: number;
}

/** So many cells of a text can be read; fewer than the comfortable ones are shown only where no column is left to spare. */
const cutTo: Readonly<Record<Giving, { readonly least: number; readonly comfortable: number }>> = {
  text: { least: 12, comfortable: 16 },
  name: { least: 16, comfortable: 24 },
  never: { least: Number.POSITIVE_INFINITY, comfortable: Number.POSITIVE_INFINITY },
};

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
  const wide = (limit: 'least' | 'comfortable') =>
    places.map((place) => Math.min(widths[place] ?? 0, cutTo[columns[place]?.giving ?? 'never'][limit]));
  while (cellsOf(wide('comfortable')) > room) {
    const spareOf = (place: number) => columns[place]?.spare ?? -1;
    const sparest = places.reduce((a, b) => (spareOf(b) > spareOf(a) ? b : a));
    if (spareOf(sparest) < 0) break;
    places.splice(places.indexOf(sparest), 1);
  }
  const natural = places.map((place) => widths[place] ?? 0);
  const fitted = narrowed(natural, wide('comfortable'), room) ?? narrowed(natural, wide('least'), room);
  return fitted && { places, widths: fitted };
}

/** Lays rows of printable texts out: on a terminal within its width, elsewhere whole. Gives the columns left out. */
export async function writeGrid(
  output: Output,
  columns: readonly GridColumn[],
  rows: readonly (readonly string[])[],
): Promise<GridColumn[]> {
  await prepareWidths(rows.flat());
  const natural = columns.map(({ title }, place) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[place] ?? '')), widthOf(title)),
  );
  const fitted = fitColumns(columns, natural, output.isTerminal ? output.width : Number.POSITIVE_INFINITY);
  if (fitted === null) {
    await writeRecords(output, columns, rows);
    return [];
  }
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
    if (output.closed) break;
    await output.line(lineOf(columns, row, fitted, (text) => text));
  }
  return columns.filter((_, place) => !fitted.places.includes(place));
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
