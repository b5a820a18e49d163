/** Reports in the format that was asked for: tables and pictures for people, JSON, CSV and Markdown for what comes next. */
import { UsageError } from '../../errors.ts';
import { didYouMean } from '../../query/near.ts';
import type { ReportResult, ReportRow, ReportTable } from '../../query/reports/report.ts';
import type { Output } from '../streams.ts';
import { readable } from './looks.ts';
import { cutShort, writeNote } from './notes.ts';
import { writeMarkdown } from './report-markdown.ts';
import { writeTables } from './report-tables.ts';
import { mustBeCsv, writeRows } from './rows.ts';
import { toJson, type Value } from './values.ts';

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
  /** Whether texts of CSV that a spreadsheet would execute are made harmless. */
  readonly safeCsv: boolean;
}

/** Writes a report. `stderr` hears what is no part of the answer. */
export async function writeReport(
  result: ReportResult,
  { format, asOf, section, safeCsv }: Presentation,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): Promise<void> {
  mustBeCsv(format, safeCsv);
  if (asOf !== null && format === 'table') await writeNote(stderr, `as the mirror knew it at ${asOf}`);
  const tables = section === undefined ? result.tables : [mustBeSection(result, section)];
  if (format === 'table') return writeTables(stdout, stderr, { ...result, tables });
  if (format === 'json')
    await stdout.write(`${toJson(documentOf(result, tables, asOf), stdout.isTerminal)}\n`);
  else if (format === 'csv') {
    const written = mustBeSection(result, section ?? result.main);
    await writeCsv(stdout, written, safeCsv);
    await sayOthers(tables, written, stderr);
  } else await writeMarkdown(stdout, result, tables, asOf);
  await sayCut(tables, stderr);
}

/** A spreadsheet is one table: sections stacked in it would share no columns. Which one it is, is said, and how to get the others. */
async function sayOthers(
  tables: readonly ReportTable[],
  written: ReportTable,
  stderr: Output,
): Promise<void> {
  const others = tables.filter((table) => table !== written).map(({ name }) => name);
  if (others.length === 0) return;
  await writeNote(
    stderr,
    `CSV is one table: this is the section ${written.name}. --section gives another: ${others.join(', ')}.`,
  );
}

/** A report that has more to say than was asked for says so, whatever the format: stdout stays what it is. */
async function sayCut(tables: readonly ReportTable[], stderr: Output): Promise<void> {
  for (const { rows, total = rows.length } of tables)
    if (total > rows.length) await writeNote(stderr, cutShort(rows.length, total, 'rows'));
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
const objectOf = (table: ReportTable, row: ReportRow) =>
  Object.fromEntries(table.columns.map((name) => [name, valueIn(table, row, name, JSON.parse)]));

/** The same as cells: as `list` writes them, and of JSON what a spreadsheet wants. */
async function writeCsv(output: Output, table: ReportTable, safeCsv: boolean): Promise<void> {
  const { columns, rows } = table;
  const cells = rows.map((row) => columns.map((name) => valueIn(table, row, name, readable)));
  await writeRows(output, 'csv', { columns, batches: [cells], safeCsv });
}

function valueIn(
  { booleans = [], json = [] }: ReportTable,
  row: ReportRow,
  name: string,
  ofJson: (text: string) => Value,
): Value {
  const value = row[name] ?? null;
  if (value === null) return null;
  if (booleans.includes(name)) return value !== 0;
  return json.includes(name) && typeof value === 'string' ? ofJson(value) : value;
}
