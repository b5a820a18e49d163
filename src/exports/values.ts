/** Cells as typed values, in batches of a bounded size, so that no export holds more than one batch of a table. */
import type { Cell } from '../db/columns.ts';
import { type Column, type ColumnType, extra } from './tables.ts';

/** A list stays JSON text until a format decides. */
export type Value = null | bigint | number | boolean | string;

export interface Limits {
  readonly rows: number;
  /** Characters of text, roughly: one row may go beyond it, no second one. */
  readonly text: number;
}

/** At most this much of a table stands in memory at a time; a batch is also a row group of a Parquet file. */
export const batchLimits: Limits = { rows: 10_000, text: 4_000_000 };

/** Rows in batches that end as soon as one of the limits is reached. */
export function* batchesOf<T extends readonly unknown[]>(rows: Iterable<T>, limits: Limits): Generator<T[]> {
  let batch: T[] = [];
  let text = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of row) if (typeof value === 'string') text += value.length;
    if (batch.length < limits.rows && text < limits.text) continue;
    yield batch;
    batch = [];
    text = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The value that a cell is in a column of that type; undefined where it is none: SQLite's columns take anything. */
const readers: Readonly<Record<ColumnType, (cell: Cell) => Value | undefined>> = {
  integer: (cell) => (typeof cell === 'bigint' ? cell : undefined),
  number: (cell) => (typeof cell === 'number' || typeof cell === 'bigint' ? Number(cell) : undefined),
  boolean: (cell) => (cell === 0n || cell === 1n ? cell === 1n : undefined),
  text: textOf,
  list: textOf,
  moment: textOf,
};

function textOf(cell: Cell): string | undefined {
  return typeof cell === 'string' ? cell : undefined;
}

/**
 * Turns rows of cells, read with safe integers, into typed values. What the API sent in another type than the column's
 * is null there and stands in `extra` under the column's name, so that it is lost in no format.
 */
export function typedRows(columns: readonly Column[]): (row: readonly Cell[]) => Value[] {
  const place = columns.findIndex(({ name }) => name === extra);
  const read = columns.map(({ type }) => readers[type]);
  return (row) => {
    let misfits: Record<string, unknown> | undefined;
    const values = row.map((cell, index): Value => {
      if (cell === null) return null;
      const value = read[index]?.(cell);
      if (value !== undefined) return value;
      misfits ??= {};
      misfits[columns[index]?.name ?? ''] = plain(cell);
      return null;
    });
    if (misfits && place >= 0) values[place] = withMisfits(values[place] ?? null, misfits);
    return values;
  };
}

function plain(cell: Cell): unknown {
  if (typeof cell === 'bigint') return Number(cell);
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell;
}

function withMisfits(unlisted: Value, misfits: Record<string, unknown>): string {
  const known: unknown = typeof unlisted === 'string' ? JSON.parse(unlisted) : {};
  return JSON.stringify({ ...(known as object), ...misfits });
}
