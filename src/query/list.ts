/** Reading many entities, or rows of results, from the mirror. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import {
  fieldsOf,
  isEntityName,
  observationResource,
  parentField,
  parentOf,
  type ResourceName,
} from '../api/resources.ts';
import { type Cell, quoted, type Row } from '../db/columns.ts';
import { bound } from '../db/sql-text.ts';
import { UsageError } from '../errors.ts';
import { mustBeCondition, parenthesised } from './condition.ts';
import { readerOf, unlistedField } from './entities.ts';
import { sqlProblem } from './sql-problem.ts';
import { query } from './statements.ts';

export interface ListOptions {
  /** An SQL condition on the resource's columns. Values belong into `params`, for the `?` in it. */
  readonly where?: string | undefined;
  readonly params?: readonly Cell[] | undefined;
  readonly projectId?: number | undefined;
  readonly parentId?: number | undefined;
  /** SQL's ORDER BY; by id unless told. */
  readonly order?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * The entities of a resource, or the rows of results, as they are locally, pending edits and unlisted fields included.
 * Throws a UsageError for a condition or an order that is no SQL.
 */
export function listEntities(db: Database, resource: ResourceName, options: ListOptions = {}): JsonObject[] {
  const { tail, params } = tailOf(resource, options);
  try {
    const { select, convert } = readerOf(resource, unlistedField(db, resource));
    const statement = query(db, `${select} ${tail}`);
    if (!statement.readonly) throw new UsageError('a condition only reads: leave everything else out of it');
    if (options.where !== undefined) mustBeCondition(db, resource, options.where);
    const rows = statement.all(...params) as Row[];
    return rows.map(convert);
  } catch (error) {
    throw sqlProblem(db, error, `${resource} ${options.where ?? ''}`);
  }
}

/** How many there are, the limit left aside. */
export function countEntities(db: Database, resource: ResourceName, options: ListOptions): number {
  const { where, params } = conditionOf(resource, options);
  const statement = query(db, `SELECT count(*) FROM ${quoted(resource)} ${where}`);
  return statement.pluck().get(...params) as number;
}

function tailOf(resource: ResourceName, options: ListOptions): { tail: string; params: Cell[] } {
  const { where, params } = conditionOf(resource, options);
  const limit = options.limit === undefined ? '' : '\nLIMIT ?';
  if (options.limit !== undefined) params.push(options.limit);
  return { tail: `${where}ORDER BY ${options.order ?? naturalOrder(resource)}${limit}`, params };
}

function conditionOf(resource: ResourceName, options: ListOptions): { where: string; params: Cell[] } {
  const conditions: string[] = [];
  const params: Cell[] = [];
  // The user's condition comes last: it may count its own `?`.
  if (options.projectId !== undefined) {
    conditions.push(inProject(resource));
    params.push(options.projectId);
  }
  const parent = parentField(resource);
  if (options.parentId !== undefined && parent !== null) {
    conditions.push(`${quoted(parent)} = ${bound}`);
    params.push(options.parentId);
  }
  if (options.where !== undefined) {
    conditions.push(parenthesised(options.where));
    params.push(...(options.params ?? []));
  }
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(' AND ')} ` : '', params };
}

function naturalOrder(resource: ResourceName): string {
  if (isEntityName(resource)) return 'id';
  const key = [parentField(resource), ...observationResource(resource).key];
  return key
    .filter((name) => name !== null)
    .map(quoted)
    .join(', ');
}

/** The condition that a row lies in the project `?`, by its own column or through its parent. */
function inProject(resource: ResourceName): string {
  if (parentOf(resource) === null) return `id = ${bound}`;
  const own = fieldsOf(resource).find(
    ([, { references, kind }]) => references === 'projects' && kind !== 'list',
  );
  if (own) return `${quoted(own[0])} = ${bound}`;
  const parent = parentOf(resource) ?? resource;
  return `${quoted(parentField(resource) ?? 'id')} IN (SELECT id FROM ${quoted(parent)} WHERE ${inProject(parent)})`;
}
