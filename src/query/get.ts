/** Reading one entity from the mirror. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityResource } from '../api/resources.ts';
import type { Row } from '../db/columns.ts';
import { UserError } from '../errors.ts';
import { entityQuery } from './entities.ts';

/** The entity as it is locally, pending edits and unlisted fields included; undefined where the mirror has none. */
export function getEntity(db: Database, resource: EntityName, id: number): JsonObject | undefined {
  const { statement, convert } = entityQuery(db, resource, 'WHERE id = ?');
  const row = statement.get(id) as Row | undefined;
  return row && convert(row);
}

/** The same; throws a UserError where the mirror has none. */
export function mustGetEntity(db: Database, resource: EntityName, id: number): JsonObject {
  const entity = getEntity(db, resource, id);
  if (entity !== undefined) return entity;
  throw new UserError(`the mirror has no ${entityResource(resource).singular} ${id}; a pull may bring it`);
}
