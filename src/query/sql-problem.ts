/** What is wrong with SQL that a user wrote, in words, with the names that are near to an unknown one. */
import type { Database } from 'better-sqlite3';
import { UsageError } from '../errors.ts';
import { near } from './near.ts';

/** A UsageError in place of what SQLite says about a user's SQL; any other error as it is. `text` is what was written. */
export function sqlProblem(db: Database, error: unknown, text: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as Error & { code?: string };
  // Thrown by the binding, without a code: no statement, several, or a `?` that nobody gives a value.
  const ofTheText = /SQL string|parameter/.test(error.message) && code === undefined;
  // Of SQLite's codes only the general one speaks of the SQL; busy, full or corrupt are nobody's spelling.
  if (!ofTheText && code !== 'SQLITE_ERROR' && code !== 'SQLITE_AUTH') return error;
  return new UsageError(`${error.message}${suggestion(db, error.message, text)}`, { cause: error });
}

function suggestion(db: Database, message: string, text: string): string {
  const [, kind, name] = /no such (column|table): (\S+)/.exec(message) ?? [];
  if (kind === undefined || name === undefined) return '';
  const bare = name.slice(name.lastIndexOf('.') + 1);
  const found = near(bare, kind === 'table' ? tables(db) : columnsFor(db, text));
  return found.length > 0 ? `; did you mean ${found.join(' or ')}?` : '';
}

function tables(db: Database): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name";
  return db.prepare(sql).pluck().all() as string[];
}

/** The columns of the tables that the text names; of all of them where it names none. */
function columnsFor(db: Database, text: string): string[] {
  const words = new Set(text.toLowerCase().match(/\w+/g) ?? []);
  const all = tables(db);
  const named = all.filter((name) => words.has(name.toLowerCase()));
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck();
  return (named.length > 0 ? named : all).flatMap((table) => columns.all(table) as string[]);
}
