/** Edits of single entities and of all that match: plain SQL on the resource's table, captured or refused by its triggers. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, fieldOf } from '../api/resources.ts';
import { type Cell, quoted, toCell } from '../db/columns.ts';
import { outboxOf } from '../db/outbox.ts';
import { prepared } from '../db/statements.ts';
import { transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { checkKind, unknownField } from './refused.ts';

export interface Edited {
  /** How many entities were meant. */
  readonly matched: number;
  /** How many of them the edit changed. */
  readonly edited: number;
  /** The operations that wait in the outbox for them now; one taken back to its base is not among them. */
  readonly outbox_ids: readonly number[];
}

export interface Captured {
  readonly outbox_id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
}

/** The cell of an edited value. SQLite would turn a value of another kind into the column's; here it is refused. */
function editCell(resource: EntityName, name: string, value: Json): Cell {
  const field = fieldOf(resource, name);
  if (field === undefined) throw unknownField(resource, name);
  checkKind(resource, name, field, value);
  return toCell(field, value);
}

/**
 * Runs what the triggers may refuse, and says their refusal as a UsageError.
 * @throws UsageError with the trigger's own words
 */
export function orRefused<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code } = error as { code?: string };
    if (error instanceof Error && code?.startsWith('SQLITE_CONSTRAINT'))
      throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** Edits every entity of those ids, all or none. */
export function editEntities(
  db: Database,
  resource: EntityName,
  ids: readonly number[],
  changes: JsonObject,
): Edited {
  const names = Object.keys(changes);
  if (names.length === 0) throw new UsageError('nothing to edit: give at least one FIELD=VALUE');
  const cells = names.map((name) => editCell(resource, name, changes[name] ?? null));
  const set = names.map((name) => `${quoted(name)} = ?`).join(', ');
  const row = prepared(
    db,
    `SELECT ${names.map(quoted).join(', ')} FROM ${quoted(resource)} WHERE id = ?`,
  ).raw();
  const update = prepared(db, `UPDATE ${quoted(resource)} SET ${set} WHERE id = ?`);
  return transaction<Edited>(db, () => {
    let edited = 0;
    const outboxIds: number[] = [];
    for (const id of ids) {
      const before = JSON.stringify(row.get(id));
      orRefused(() => update.run(...cells, id));
      if (JSON.stringify(row.get(id)) !== before) edited++;
      const waiting = outboxOf(db, resource, id);
      if (waiting) outboxIds.push(waiting.id);
    }
    return { matched: ids.length, edited, outbox_ids: outboxIds };
  });
}

/**
 * Edits one entity.
 * @throws UsageError where the mirror has none of that id, and for what the API would refuse
 */
export function editEntity(db: Database, resource: EntityName, id: number, changes: JsonObject): Edited {
  return transaction<Edited>(db, () => {
    mustExist(db, resource, id);
    return editEntities(db, resource, [id], changes);
  });
}

/** Edits every entity that an SQL condition selects, all or none. */
export function editWhere(db: Database, resource: EntityName, where: string, changes: JsonObject): Edited {
  return transaction<Edited>(db, () => editEntities(db, resource, matching(db, resource, where), changes));
}

/** The ids of the entities that an SQL condition selects. */
export function matching(db: Database, resource: EntityName, where: string): number[] {
  try {
    // The line break ends a comment that the condition may end with.
    const statement = db.prepare(`SELECT id FROM ${quoted(resource)} WHERE (${where}\n) ORDER BY id`);
    return statement.pluck().all() as number[];
  } catch (error) {
    throw new UsageError(
      `--where ${JSON.stringify(where)} is no condition on ${resource}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function mustExist(db: Database, resource: EntityName, id: number): void {
  if (prepared(db, `SELECT 1 FROM ${quoted(resource)} WHERE id = ?`).get(id) !== undefined) return;
  throw new UsageError(
    `the mirror has no ${entityResource(resource).singular} ${id}; see: optimirror list ${resource}`,
  );
}

function captured(db: Database, resource: EntityName, id: number): Captured | undefined {
  const row = outboxOf(db, resource, id);
  return row && { outbox_id: row.id, resource, entity_id: id };
}

/**
 * Makes an entity offline; `data` holds its parent's id among the fields. It gets a negative id until it is pushed.
 * @throws UsageError for what the API would refuse
 */
export function createEntity(db: Database, resource: EntityName, data: JsonObject): Captured {
  const names = Object.keys(data);
  const cells = names.map((name) => editCell(resource, name, data[name] ?? null));
  const sql =
    names.length === 0
      ? `INSERT INTO ${quoted(resource)} DEFAULT VALUES`
      : `INSERT INTO ${quoted(resource)} (${names.map(quoted).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  return transaction<Captured>(db, () => {
    orRefused(() => prepared(db, sql).run(...cells));
    const id = prepared(
      db,
      "SELECT entity_id FROM outbox WHERE resource = ? AND op = 'create' ORDER BY id DESC LIMIT 1",
    )
      .pluck()
      .get(resource) as number;
    const made = captured(db, resource, id);
    if (!made) throw new Error(`the create of ${resource} was not captured`);
    return made;
  });
}

/**
 * Deletes an entity offline. One that only existed here is simply gone: then there is nothing to push, and the result is
 * the operation that its create was.
 * @throws UsageError where the mirror has none of that id, and where the API does not delete such entities
 */
export function deleteEntity(db: Database, resource: EntityName, id: number): Captured {
  return transaction<Captured>(db, () => {
    mustExist(db, resource, id);
    const before = captured(db, resource, id);
    orRefused(() => prepared(db, `DELETE FROM ${quoted(resource)} WHERE id = ?`).run(id));
    const after = captured(db, resource, id) ?? before;
    if (!after) throw new Error(`the delete of ${resource} ${id} was not captured`);
    return after;
  });
}
