/** Prepared queries, kept by their text for each connection, so that one asked again and again is prepared once. */
import type { Database, Statement } from 'better-sqlite3';
import type { Cell } from '../db/columns.ts';

/** Texts that users write differ without end; past this many they are let go together. */
const most = 200;
const kept = new WeakMap<Database, Map<string, Statement<Cell[]>>>();

/** The prepared statement of that SQL on that connection. */
export function query(db: Database, sql: string): Statement<Cell[]> {
  let statements = kept.get(db);
  if (!statements) {
    statements = new Map();
    kept.set(db, statements);
  }
  let statement = statements.get(sql);
  if (!statement) {
    if (statements.size >= most) statements.clear();
    statement = db.prepare<Cell[]>(sql);
    statements.set(sql, statement);
  }
  return statement;
}
