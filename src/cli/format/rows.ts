/** Rows in the format that was asked for: a table for people; json, jsonl and csv for programs. */
import { UsageError } from '../../errors.ts';
import { harmless } from '../../exports/csv.ts';
import { didYouMean } from '../../query/near.ts';
import { distinct } from '../../query/sql.ts';
import type { Output } from '../streams.ts';
import { printable } from './printable.ts';
import { writeTable } from './table.ts';
import { jsonCell, textOf, toJson, type Value } from './values.ts';

export const formats = ['table', 'json', 'jsonl', 'csv'] as const;
export type Format = (typeof formats)[number];

/** The format by its flag, or by `--json`. */
export function readFormat(given: string | undefined, json: boolean): Format {
  const format = formats.find((name) => name === (given ?? (json ? 'json' : 'table')));
  if (format === undefined) {
    throw new UsageError(`there is no format ${JSON.stringify(given)}${didYouMean(given ?? '', formats)}`);
  }
  if (json && format !== 'json') throw new UsageError(`--json and --format ${format} contradict each other`);
  return format;
}

/** The flag and its help, the same wherever CSV is written. */
export const safeCsvOption = [
  '--safe-csv',
  "put an apostrophe before texts that a spreadsheet would execute ('=1+1); not for a file that is edited back",
] as const;

/** A flag that would do nothing is a mistake. */
export function mustBeCsv(format: string, safeCsv: boolean): void {
  if (safeCsv && format !== 'csv') throw new UsageError('--safe-csv is for --format csv');
}

export interface Rows {
  readonly columns: readonly string[];
  readonly batches: Iterable<Value[][]> | AsyncIterable<Value[][]>;
  /** Whether texts of CSV that a spreadsheet would execute are made harmless. */
  readonly safeCsv?: boolean;
}

/** Where to stop, and what to do then. */
export interface Limit {
  readonly rows: number;
  readonly onCut: () => Promise<void>;
}

/** Writes rows as they come; only the table waits for all of them, since its columns depend on every row. */
export async function writeRows(output: Output, format: Format, rows: Rows, limit?: Limit): Promise<void> {
  const limited: Rows = limit ? { ...rows, batches: firstOf(rows.batches, limit) } : rows;
  if (format === 'table') await writeAsTable(output, limited);
  else if (format === 'csv') await writeCsv(output, limited);
  else await writeObjects(output, limited, format);
}

async function* firstOf(batches: Rows['batches'], { rows, onCut }: Limit): AsyncGenerator<Value[][]> {
  let left = rows;
  for await (const batch of batches) {
    if (batch.length <= left) {
      left -= batch.length;
      yield batch;
      continue;
    }
    yield batch.slice(0, left);
    await onCut();
    return;
  }
}

async function writeAsTable(output: Output, { columns, batches }: Rows): Promise<void> {
  const all: Value[][] = [];
  for await (const batch of batches) all.push(...batch);
  await writeTable(output, columns, all, { nothing: output.colors.dim('null') });
}

async function writeObjects(output: Output, { columns, batches }: Rows, format: 'json' | 'jsonl') {
  const names = distinct(columns);
  const [open, between, close] = format === 'json' ? ['[', ',\n ', ']\n'] : ['', '\n', ''];
  let first = true;
  await output.write(open);
  for await (const batch of batches) {
    const texts = batch.map((row) =>
      toJson(Object.fromEntries(names.map((name, index) => [name, jsonCell(row[index]) ?? null]))),
    );
    if (output.closed) return;
    await output.write((first ? '' : between) + texts.join(between));
    first = false;
  }
  await output.write(format === 'jsonl' && !first ? '\n' : close);
}

async function writeCsv(output: Output, { columns, batches, safeCsv = false }: Rows): Promise<void> {
  const { stringify } = await import('csv-stringify/sync');
  // A file gets every character as it is; a terminal nothing that could act in it.
  const shown = output.isTerminal ? (value: Value) => printable(textOf(value)) : textOf;
  // Only texts hold what somebody else wrote: a negative number stays one.
  const cell = (value: Value) =>
    safeCsv && typeof value === 'string' ? harmless(shown(value)) : shown(value);
  await output.write(stringify([columns.map(cell)]));
  for await (const batch of batches) {
    if (output.closed) return;
    await output.write(stringify(batch.map((row) => row.map(cell))));
  }
}
