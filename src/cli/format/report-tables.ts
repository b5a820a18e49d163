/** Reports for people: tables and pictures, and below them what was left out, and what one has to know to read them. */
import type { ReportResult, ReportTable } from '../../query/reports/report.ts';
import type { Output } from '../streams.ts';
import { type Giving, type GridColumn, writeGrid } from './grid.ts';
import { cellOf, isRight } from './looks.ts';
import { cutShort, leftOut, notesOn, writeNote } from './notes.ts';
import { writePicture } from './picture.ts';
import { printable } from './printable.ts';
import { writeFields } from './table.ts';
import { cut, prepareWidths } from './width.ts';
import { counted } from './words.ts';

/** Writes the tables. `stderr` hears what is no part of the answer. */
export async function writeTables(
  out: Output,
  stderr: Output,
  { tables, notes }: Pick<ReportResult, 'tables' | 'notes'>,
): Promise<void> {
  const seen: ReportTable[] = [];
  for (const table of tables) {
    if (table.rows.length === 0 && table.none === '') continue;
    if (seen.length > 0) await out.line();
    if (tables.length > 1 && table.layout !== 'facts') await writeTitle(out, table);
    seen.push(await writeOne(out, stderr, table));
  }
  const [only] = tables;
  if (only && tables.length === 1 && only.rows.length > 0) await writeNote(stderr, sayRows(only));
  for (const note of notesOn(notes, seen)) await writeNote(stderr, note);
}

const sayRows = ({ rows: { length }, total = length }: ReportTable) =>
  total > length ? cutShort(length, total, 'rows') : counted(length, 'row');

async function writeTitle(out: Output, { title }: ReportTable): Promise<void> {
  const text = printable(title);
  await prepareWidths([text]);
  await out.line(out.colors.bold(out.isTerminal ? cut(text, out.width) : text));
}

/** Gives the table as it was shown: there may have been no room for some of its columns. */
async function writeOne(out: Output, stderr: Output, table: ReportTable): Promise<ReportTable> {
  const { rows, shown, none, layout, picture } = table;
  const [row] = rows;
  if (row === undefined) await out.line(out.colors.dim(none));
  else if (layout === 'facts') {
    await writeFields(
      out,
      shown.map((column) => [column.title, cellOf(column, row)]),
    );
  } else if (picture !== undefined) {
    await writePicture(out, picture);
    return { ...table, shown: [] };
  } else return writeColumns(out, stderr, table);
  return table;
}

async function writeColumns(out: Output, stderr: Output, table: ReportTable): Promise<ReportTable> {
  const { rows, shown } = table;
  const missing = await writeGrid(
    out,
    shown.map(gridColumn),
    rows.map((each) => shown.map((column) => cellOf(column, each))),
  );
  const titles = missing.map(({ title }) => title);
  if (titles.length > 0) await writeNote(stderr, leftOut(titles, out, '--format csv or --json'));
  return { ...table, shown: shown.filter(({ title }) => !titles.includes(title)) };
}

const givings: Readonly<Partial<Record<ReportTable['shown'][number]['look'], Giving>>> = {
  name: 'name',
  text: 'text',
  code: 'text',
};

const gridColumn = ({ title, look, spare }: ReportTable['shown'][number]): GridColumn => ({
  title,
  right: isRight(look),
  giving: givings[look] ?? 'never',
  ...(spare === undefined ? {} : { spare }),
});
