/** Reading the mirror with SQL: one reading statement, and nothing that could write or reach another file. */
import type { Database, Statement } from 'better-sqlite3';
import type { Cell } from '../db/columns.ts';
import { UsageError } from '../errors.ts';
import { setsPragma } from './pragma.ts';
import { sqlProblem } from './sql-problem.ts';

/** What a query gives: the names of its columns, and its rows in batches, so that many never stand in memory at once. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly batches: Iterable<Cell[][]> | AsyncIterable<Cell[][]>;
}

const batchSize = 500;

/** The statement, prepared; throws a UsageError for anything but one reading statement. */
export function prepareReading(db: Database, text: string): Statement<Cell[]> {
  if (setsPragma(text)) throw notReading();
  let statement: Statement<Cell[]>;
  try {
    statement = db.prepare<Cell[]>(text);
  } catch (error) {
    throw sayOneStatement(sqlProblem(db, error, text));
  }
  if (!statement.reader || !statement.readonly) throw notReading();
  // Ids fit a JavaScript number, sums and products may not: they are kept exact.
  return statement.safeIntegers(true);
}

function notReading(): UsageError {
  return new UsageError(
    'sql takes one reading statement, and this one writes: edit with `optimirror edit`, or with any SQLite client',
  );
}

function sayOneStatement(error: unknown): unknown {
  if (!(error instanceof UsageError)) return error;
  if (/more than one statement/.test(error.message)) {
    return new UsageError('sql takes one statement, and this is more than one');
  }
  return /no statements/.test(error.message)
    ? new UsageError('there is no SQL statement in the query')
    : error;
}

/** Runs a query in this process. It can't be stopped: ask `isRisky` before. */
export function runSql(db: Database, text: string, params: readonly Cell[] = []): SqlResult {
  const statement = prepareReading(db, text);
  return {
    columns: statement.columns().map(({ name }) => name),
    batches: batchesOf(db, statement, params, text),
  };
}

function* batchesOf(
  db: Database,
  statement: Statement<Cell[]>,
  params: readonly Cell[],
  text: string,
): Generator<Cell[][]> {
  let batch: Cell[][] = [];
  try {
    for (const row of statement.raw().iterate(...params) as Iterable<Cell[]>) {
      batch.push(row.map(narrow));
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    throw sqlProblem(db, error, text);
  }
  if (batch.length > 0) yield batch;
}

/** Whole numbers that a JavaScript number holds exactly become one. */
function narrow(cell: Cell): Cell {
  if (typeof cell !== 'bigint') return cell;
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : cell;
}

/** Column names that an object can hold: a repeated one gets a number, as SQLite itself does it, so that none is lost. */
export function distinct(columns: readonly string[]): string[] {
  const used = new Set<string>();
  return columns.map((column) => {
    let name = column;
    for (let count = 1; used.has(name); count++) name = `${column}:${count}`;
    used.add(name);
    return name;
  });
}
