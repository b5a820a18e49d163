/** Prepared statements, kept by their text for each connection. */
import type { Database, Statement } from 'better-sqlite3';
import type { Cell } from './columns.ts';

const kept = new WeakMap<Database, Map<string, Statement<Cell[]>>>();

/** The prepared statement of that SQL on that connection. */
export function prepared(db: Database, sql: string): Statement<Cell[]> {
  let statements = kept.get(db);
  if (!statements) {
    statements = new Map();
    kept.set(db, statements);
  }
  let statement = statements.get(sql);
  if (!statement) {
    statement = db.prepare<Cell[]>(sql);
    statements.set(sql, statement);
  }
  return statement;
}
