/** Conditions that users type: an expression on one table's columns, and nothing that breaks out of its place. */
import type { Database } from 'better-sqlite3';
import type { ResourceName } from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { UsageError } from '../errors.ts';
import { query } from './statements.ts';

/** The condition in its place. The line break ends a comment that it may end with. */
export function parenthesised(condition: string): string {
  return `(${condition}\n)`;
}

/**
 * Throws a UsageError for what is no condition although it made one statement in parentheses: `1) UNION SELECT … (1`.
 * Such a text can't stand between two keywords as well.
 */
export function mustBeCondition(db: Database, resource: ResourceName, condition: string): void {
  try {
    query(db, `SELECT CASE WHEN ${condition}\n THEN 1 END FROM ${quoted(resource)}`);
  } catch (error) {
    throw new UsageError('a condition is one expression on the fields, and this is more than that', {
      cause: error,
    });
  }
}
