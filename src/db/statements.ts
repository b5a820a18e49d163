/** Prepared statements, kept by their text for each connection, and the texts, made once for each resource. */
import type { Database, Statement } from 'better-sqlite3';
import type { Cell } from './columns.ts';

/** Takes its parameters one by one or as one list. */
type Bound = (Cell | readonly Cell[])[];

const kept = new WeakMap<Database, Map<string, Statement<Bound>>>();

/** The prepared statement of that SQL on that connection. */
export function prepared(db: Database, sql: string): Statement<Bound> {
  let statements = kept.get(db);
  if (!statements) {
    statements = new Map();
    kept.set(db, statements);
  }
  let statement = statements.get(sql);
  if (!statement) {
    statement = db.prepare<Bound>(sql);
    statements.set(sql, statement);
  }
  return statement;
}

/** A text, or whatever else follows from a resource's name alone, made when it is first asked for. */
export function perResource<R extends string, T>(make: (resource: R) => T): (resource: R) => T {
  const made = new Map<R, T>();
  return (resource) => {
    let value = made.get(resource);
    if (value === undefined) {
      value = make(resource);
      made.set(resource, value);
    }
    return value;
  };
}
