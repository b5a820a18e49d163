/** A batch of edits, one an entity: all of them, or none and everything that is wrong with them. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
import { isRefusal } from '../db/refused.ts';
import { transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { type EditReport, mustExist, report, type Update, updateOf } from './edit.ts';

export interface BatchRow {
  /** Where the row stands in its file, from 1. */
  readonly line: number;
  readonly id: number;
  /** Read-only fields may be among them, as long as they say what the mirror holds. */
  readonly changes: JsonObject;
}

/** What is wrong with one row. */
export interface RowRefusal {
  readonly line: number;
  /** The column or field, where one is to blame. */
  readonly column: string | null;
  readonly message: string;
}

/** A batch that was refused; nothing of it was applied. */
export class BatchError extends UsageError {
  readonly refusals: readonly RowRefusal[];

  constructor(refusals: readonly RowRefusal[]) {
    const ordered = [...refusals].sort((a, b) => a.line - b.line);
    super(`nothing was edited:\n${ordered.map((refusal) => `  ${sayRefusal(refusal)}`).join('\n')}`);
    this.refusals = ordered;
  }
}

function sayRefusal({ line, column, message }: RowRefusal): string {
  return column === null ? `line ${line}: ${message}` : `line ${line}, column ${column}: ${message}`;
}

/** Applies all rows in one transaction, or throws a BatchError that names every row that was refused. */
export function editBatch(
  db: Database,
  resource: EntityName,
  rows: readonly BatchRow[],
  refused: readonly RowRefusal[] = [],
): EditReport {
  return transaction<EditReport>(db, () => {
    const refusals = [...refused, ...repeated(rows)];
    const edited = applyAll(db, resource, rows, refusals);
    if (refusals.length > 0) throw new BatchError(refusals);
    const ids = rows.map(({ id }) => id);
    return report(db, resource, ids, edited);
  });
}

/** Rows that name an entity which an earlier row names: their order must not decide. */
function repeated(rows: readonly BatchRow[]): RowRefusal[] {
  const first = new Map<number, number>();
  return rows.flatMap(({ line, id }) => {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, line);
    return earlier === undefined
      ? []
      : [{ line, column: 'id', message: `${id} stands in line ${earlier} already` }];
  });
}

/** A refused UPDATE undoes itself alone, so the rows after it are still tried; the transaction goes back as a whole. */
function applyAll(
  db: Database,
  resource: EntityName,
  rows: readonly BatchRow[],
  refusals: RowRefusal[],
): number[] {
  const updates = new Map<string, Update>();
  const edited: number[] = [];
  for (const { line, id, changes } of rows) {
    const names = Object.keys(changes);
    const update = updates.get(names.join()) ?? updateOf(db, resource, names);
    updates.set(names.join(), update);
    try {
      mustExist(db, resource, id);
      if (update(id, changes)) edited.push(id);
    } catch (error) {
      if (error instanceof UsageError) refusals.push({ line, column: 'id', message: error.message });
      else if (isRefusal(error)) refusals.push({ line, ...blame(resource, error.message) });
      else throw error;
    }
  }
  return edited;
}

/** The triggers say `edit of variation: weight is from 0 to 10000`: the field that they name is the column to blame. */
function blame(resource: EntityName, words: string): Pick<RowRefusal, 'column' | 'message'> {
  const message = words.replace(/^[^:]*: /, '');
  const [name = ''] = /^\w+/.exec(message) ?? [];
  const column = fieldOf(resource, name) === undefined ? null : name;
  return { column, message };
}
