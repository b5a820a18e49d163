/** Reports in the format that was asked for: tables and pictures for people, JSON, CSV and Markdown for what comes next. */
import { UsageError } from '../../errors.ts';
import { didYouMean } from '../../query/near.ts';
import type { ReportResult, ReportRow, ReportTable } from '../../query/reports/report.ts';
import type { Output } from '../streams.ts';
import { type GridColumn, writeGrid } from './grid.ts';
import { cellOf, isRight } from './looks.ts';
import { writePicture } from './picture.ts';
import { printable } from './printable.ts';
import { writeMarkdown } from './report-markdown.ts';
import { mustBeCsv, writeRows } from './rows.ts';
import { writeFields } from './table.ts';
import { toJson } from './values.ts';
import { cut, prepareWidths } from './width.ts';
import { counted } from './words.ts';

export const reportFormats = ['table', 'json', 'csv', 'markdown'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** The format by its flag, or by `--json`. */
export function readReportFormat(given: string | undefined, json: boolean): ReportFormat {
  const format = reportFormats.find((name) => name === (given ?? (json ? 'json' : 'table')));
  if (format === undefined) {
    throw new UsageError(
      `there is no format ${JSON.stringify(given)}${didYouMean(given ?? '', reportFormats)}`,
    );
  }
  if (json && format !== 'json') throw new UsageError(`--json and --format ${format} contradict each other`);
  return format;
}

export interface Presentation {
  readonly format: ReportFormat;
  /** When the mirror is looked at as it was then; null for now. */
  readonly asOf: string | null;
  /** Only this table. */
  readonly section: string | undefined;
  /** Rows of a table that people are shown at most. */
  readonly limit: number | undefined;
  /** Whether texts of CSV that a spreadsheet would execute are made harmless. */
  readonly safeCsv: boolean;
}

/** Writes a report. `stderr` hears what is no part of the answer. */
export async function writeReport(
  result: ReportResult,
  { format, asOf, section, limit, safeCsv }: Presentation,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): Promise<void> {
  mustBeCsv(format, safeCsv);
  const tables = section === undefined ? result.tables : [mustBeSection(result, section)];
  if (format === 'json')
    await stdout.write(`${toJson(documentOf(result, tables, asOf), stdout.isTerminal)}\n`);
  else if (format === 'csv') await writeCsv(stdout, mustBeSection(result, section ?? result.main), safeCsv);
  else if (format === 'markdown') await writeMarkdown(stdout, result, tables, asOf);
  else await writeTables(stdout, stderr, { ...result, tables }, asOf, limit);
}

function mustBeSection({ report, tables }: ReportResult, name: string | undefined): ReportTable {
  const found = name === undefined ? tables[0] : tables.find((table) => table.name === name);
  if (found !== undefined) return found;
  const names = tables.map((table) => table.name);
  throw new UsageError(`${report} has no section ${JSON.stringify(name)}${didYouMean(name ?? '', names)}`);
}

/** One document: what was asked, and each table under its name. */
function documentOf(result: ReportResult, tables: readonly ReportTable[], asOf: string | null): object {
  const parts = tables.map((table) => {
    const rows = table.rows.map((row) => objectOf(table, row));
    return [table.name, table.layout === 'facts' ? (rows[0] ?? null) : rows];
  });
  return {
    report: result.report,
    at: result.at,
    as_of: asOf,
    asked: result.asked,
    ...Object.fromEntries(parts),
  };
}

/** Only the columns that the report promises, booleans as such and JSON as what it says. */
function objectOf(
  { columns, booleans = [], json = [] }: ReportTable,
  row: ReportRow,
): Record<string, unknown> {
  return Object.fromEntries(
    columns.map((name) => {
      const value = row[name] ?? null;
      if (value === null) return [name, null];
      if (booleans.includes(name)) return [name, value !== 0];
      return [name, json.includes(name) && typeof value === 'string' ? JSON.parse(value) : value];
    }),
  );
}

async function writeCsv(output: Output, { columns, rows }: ReportTable, safeCsv: boolean): Promise<void> {
  const cells = rows.map((row) => columns.map((name) => row[name] ?? null));
  await writeRows(output, 'csv', { columns, batches: [cells], safeCsv });
}

async function writeTables(
  out: Output,
  stderr: Output,
  { tables, notes }: ReportResult,
  asOf: string | null,
  limit = Number.POSITIVE_INFINITY,
): Promise<void> {
  if (asOf !== null) await stderr.line(stderr.colors.dim(`as the mirror knew it at ${asOf}`));
  let first = true;
  for (const table of tables) {
    if (table.rows.length === 0 && table.none === '') continue;
    if (!first) await out.line();
    if (tables.length > 1 && table.layout !== 'facts') await writeTitle(out, table);
    await writeOne(out, { ...table, rows: table.rows.slice(0, limit) });
    first = false;
  }
  const [only] = tables.length === 1 ? tables : [];
  if (only && only.rows.length > limit)
    await stderr.line(stderr.colors.dim(`only the first ${limit} rows are shown; --limit shows more`));
  else if (only && only.rows.length > 0)
    await stderr.line(stderr.colors.dim(counted(only.rows.length, 'row')));
  for (const note of notes)
    for (const line of linesOf(note, stderr)) await stderr.line(stderr.colors.dim(line));
}

/** On a terminal a sentence is broken between words. */
function linesOf(sentence: string, { isTerminal, width }: Output): string[] {
  if (!isTerminal) return [sentence];
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

async function writeTitle(out: Output, { title }: ReportTable): Promise<void> {
  const text = printable(title);
  await prepareWidths([text]);
  await out.line(out.colors.bold(out.isTerminal ? cut(text, out.width) : text));
}

async function writeOne(out: Output, table: ReportTable): Promise<void> {
  const { rows, shown, none, layout, picture } = table;
  const [row] = rows;
  if (row === undefined) return out.line(out.colors.dim(none));
  if (layout === 'facts') {
    return writeFields(
      out,
      shown.map((column) => [column.title, cellOf(column, row)]),
    );
  }
  if (picture !== undefined) return writePicture(out, picture);
  const columns = shown.map(
    ({ title, look, spare }): GridColumn => ({
      title,
      right: isRight(look),
      cuttable: look === 'text' || look === 'code',
      ...(spare === undefined ? {} : { spare }),
    }),
  );
  await writeGrid(
    out,
    columns,
    rows.map((each) => shown.map((column) => cellOf(column, each))),
  );
}
