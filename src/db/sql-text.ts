/** The SQL statements that every table needs, as text. */
import { quoted } from './columns.ts';

/**
 * A parameter to compare a column with, in a query that sorts. SQLite takes a bare `= ?` there for a constant that the
 * order may profit by, and compiles the query anew each time it is bound: that takes longer than most of them run.
 */
export const bound = '+?';

/** Column names as a list in SQL. */
export const names = (columns: readonly string[]) => columns.map(quoted).join(', ');

export function insertSql(table: string, columns: readonly string[]): string {
  const marks = columns.map(() => '?').join(', ');
  return `INSERT INTO ${quoted(table)} (${names(columns)}) VALUES (${marks})`;
}

/** An INSERT that replaces every column but the key's where a row of that key exists. */
export function upsertSql(table: string, columns: readonly string[], key: readonly string[]): string {
  const rest = columns.filter((name) => !key.includes(name));
  const set = rest.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
  return `${insertSql(table, columns)} ON CONFLICT (${names(key)}) DO UPDATE SET ${set}`;
}
