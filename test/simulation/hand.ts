/** The two ways in which a user edits the mirror: plain SQL in any program, and the functions behind our commands. */
import type { Database, Statement } from 'better-sqlite3';
import type { JsonObject } from '../../src/api/description.ts';
import { type EntityName, fieldOf } from '../../src/api/resources.ts';
import { type Cell, quoted, toCell } from '../../src/db/columns.ts';
import { prepared } from '../../src/db/statements.ts';
import { editBatch } from '../../src/edits/batch.ts';
import { createEntity, deleteEntity } from '../../src/edits/create.ts';
import { editEntity } from '../../src/edits/edit.ts';
import { UsageError } from '../../src/errors.ts';

/** New values for some fields of one row. */
export interface RowEdit {
  readonly row: number;
  readonly changes: JsonObject;
}

/** Each tells whether the mirror took it: what it refuses in words of its own changes nothing. */
export interface Hand {
  update(resource: EntityName, edits: readonly RowEdit[]): boolean;
  /** `fields` holds the id where its maker has chosen one. */
  create(resource: EntityName, fields: JsonObject): boolean;
  remove(resource: EntityName, row: number): boolean;
}

type Note = (words: string) => void;

/** Where a hand tells what it did, and what came of that. */
export interface Told {
  readonly note: Note;
  readonly count: (what: string) => void;
}

/** Through a connection that knows nothing of the program. */
export function sqlHand(db: Database, told: Told): Hand {
  const run = (what: string, sql: string, cells: readonly Cell[]): boolean => {
    told.note(`${sql} ${JSON.stringify(cells)}`);
    return unlessRefused(told, `SQL: ${what}`, () => statement(db, sql).run(...cells));
  };
  return {
    update(resource, edits) {
      const { sql, cells } = updateOf(resource, edits);
      return run(edits.length > 1 ? 'batch' : 'edit', sql, cells);
    },
    create(resource, fields) {
      const names = Object.keys(fields);
      const cells = Object.entries(fields).map(([name, value]) => cellOf(resource, name, value));
      const marks = names.map(() => '?').join(', ');
      return run(
        'create',
        `INSERT INTO ${quoted(resource)} (${names.map(quoted).join(', ')}) VALUES (${marks})`,
        cells,
      );
    },
    remove: (resource, row) => run('delete', `DELETE FROM ${quoted(resource)} WHERE id = ?`, [row]),
  };
}

/** Short statements come again and again; each long one is another. */
function statement(db: Database, sql: string): Statement<Cell[]> {
  return sql.length < 120 ? prepared(db, sql) : db.prepare<Cell[]>(sql);
}

/** One statement, whether for one row or for many, each with values of its own. */
function updateOf(resource: EntityName, edits: readonly RowEdit[]): { sql: string; cells: Cell[] } {
  const [first, ...more] = edits;
  const names = Object.keys(first?.changes ?? {});
  const cell = ({ changes }: RowEdit, name: string) => cellOf(resource, name, changes[name] ?? null);
  const target = `UPDATE ${quoted(resource)} SET`;
  if (first && more.length === 0) {
    const set = names.map((name) => `${quoted(name)} = ?`).join(', ');
    return {
      sql: `${target} ${set} WHERE id = ?`,
      cells: [...names.map((name) => cell(first, name)), first.row],
    };
  }
  const cases = edits.map(() => 'WHEN ? THEN ?').join(' ');
  const set = names.map((name) => `${quoted(name)} = CASE id ${cases} END`).join(', ');
  const rows = edits.map(({ row }) => row).join(', ');
  const cells = names.flatMap((name) => edits.flatMap((edit) => [edit.row, cell(edit, name)]));
  return { sql: `${target} ${set} WHERE id IN (${rows})`, cells };
}

/** Through the functions behind `edit`, `create` and `delete`. */
export function apiHand(withMirror: <T>(act: (db: Database) => T) => T, told: Told): Hand {
  const run = (what: string, words: string, act: (db: Database) => unknown): boolean => {
    told.note(words);
    return unlessRefused(told, `API: ${what}`, () => withMirror(act));
  };
  return {
    update: (resource, edits) =>
      run(edits.length > 1 ? 'batch' : 'edit', `edit ${resource} ${JSON.stringify(edits)}`, (db) => {
        const [first, ...more] = edits;
        if (first && more.length === 0) return editEntity(db, resource, first.row, first.changes);
        const rows = edits.map(({ row, changes }, index) => ({ line: index + 1, id: row, changes }));
        return editBatch(db, resource, rows);
      }),
    create: (resource, fields) =>
      run('create', `create ${resource} ${JSON.stringify(fields)}`, (db) =>
        createEntity(db, resource, fields),
      ),
    remove: (resource, row) =>
      run('delete', `delete ${resource} ${row}`, (db) => deleteEntity(db, resource, row)),
  };
}

function cellOf(resource: EntityName, name: string, value: JsonObject[string]): Cell {
  const field = fieldOf(resource, name);
  if (!field) throw new Error(`${resource} has no field ${name}`);
  return toCell(field, value);
}

function unlessRefused({ note, count }: Told, what: string, act: () => unknown): boolean {
  try {
    act();
    count(what);
    return true;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code !== 'SQLITE_CONSTRAINT_TRIGGER' && !(error instanceof UsageError)) throw error;
    note(`refused: ${message}`);
    count('refused');
    return false;
  }
}
