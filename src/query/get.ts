/** Reading one entity from the mirror. */
import type { Database, Statement } from 'better-sqlite3';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityResource } from '../api/resources.ts';
import type { Cell, Row } from '../db/columns.ts';
import { UserError } from '../errors.ts';
import { type Reader, readerOf, unlistedField } from './entities.ts';

interface Getter {
  readonly statement: Statement<Cell[]>;
  readonly convert: Reader['convert'];
}
const getters = new WeakMap<Database, Map<EntityName, Getter>>();

/** Made once a connection: to look each time which fields are unlisted would take longer than the read itself. */
function getterOf(db: Database, resource: EntityName): Getter {
  let ofDatabase = getters.get(db);
  if (!ofDatabase) {
    ofDatabase = new Map();
    getters.set(db, ofDatabase);
  }
  let getter = ofDatabase.get(resource);
  if (!getter) {
    const { select, convert } = readerOf(resource, unlistedField(db, resource) ?? 'extra');
    getter = { statement: db.prepare<Cell[]>(`${select} WHERE id = ?`), convert };
    ofDatabase.set(resource, getter);
  }
  return getter;
}

/** The entity as it is locally, pending edits and unlisted fields included; undefined where the mirror has none. */
export function getEntity(db: Database, resource: EntityName, id: number): JsonObject | undefined {
  const { statement, convert } = getterOf(db, resource);
  const row = statement.get(id) as Row | undefined;
  return row && convert(row);
}

/** The same; throws a UserError where the mirror has none. */
export function mustGetEntity(db: Database, resource: EntityName, id: number): JsonObject {
  const entity = getEntity(db, resource, id);
  if (entity !== undefined) return entity;
  throw new UserError(`the mirror has no ${entityResource(resource).singular} ${id}; a pull may bring it`);
}
