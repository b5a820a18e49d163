/** Edits of what is there, by the only road there is: an UPDATE of the resource's table, captured by its triggers. */
import type { Database } from 'better-sqlite3';
import type { Field, JsonObject } from '../api/description.ts';
import { type EntityName, entityResource } from '../api/resources.ts';
import { type Cell, quoted, toCell } from '../db/columns.ts';
import { outboxOf } from '../db/outbox.ts';
import { refusing } from '../db/refused.ts';
import { cellsDiffer } from '../db/sql-json.ts';
import { transaction } from '../db/transaction.ts';
import { UsageError } from '../errors.ts';
import { mustBeCondition, parenthesised } from '../query/condition.ts';
import { mustBeField } from '../query/names.ts';
import { sqlProblem } from '../query/sql-problem.ts';
import { query } from '../query/statements.ts';
import { checkValue } from './values.ts';

/** What an edit did. `edited` counts the rows that changed; one set back to its base has no place in the outbox. */
export interface EditReport {
  readonly matched: number;
  readonly edited: number;
  readonly outbox_ids: number[];
}

/**
 * Edits one entity. Throws a UsageError where it does not exist, and for whatever the API would refuse: an unknown or
 * read-only field, a value of another kind, a state that can't be edited. Then nothing is changed.
 */
export function editEntity(db: Database, resource: EntityName, id: number, changes: JsonObject): EditReport {
  const checked = checkChanges(resource, changes);
  return transaction<EditReport>(db, () => {
    mustExist(db, resource, id);
    return apply(db, resource, [id], checked);
  });
}

/** Edits every entity that the SQL condition selects, all of them or none. Throws as `editEntity` does. */
export function editWhere(
  db: Database,
  resource: EntityName,
  where: string,
  changes: JsonObject,
): EditReport {
  const checked = checkChanges(resource, changes);
  return transaction<EditReport>(db, () => {
    return applyAll(db, resource, selectIds(db, resource, where), checked);
  });
}

function apply(db: Database, resource: EntityName, ids: readonly number[], changes: JsonObject): EditReport {
  const update = updateOf(db, resource, Object.keys(changes));
  return report(
    db,
    resource,
    ids,
    ids.filter((id) => refusing(() => update(id, changes))),
  );
}

/** As `apply`; but where some are refused, all of these are named. A refused UPDATE undoes itself alone. */
function applyAll(
  db: Database,
  resource: EntityName,
  ids: readonly number[],
  changes: JsonObject,
): EditReport {
  const refused = new Map<string, number[]>();
  const edited: number[] = [];
  const update = updateOf(db, resource, Object.keys(changes));
  for (const id of ids) {
    try {
      if (refusing(() => update(id, changes))) edited.push(id);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const ids = refused.get(error.message);
      if (ids) ids.push(id);
      else refused.set(error.message, [id]);
    }
  }
  if (refused.size > 0) throw new UsageError(sayRefused(resource, ids.length, refused));
  return report(db, resource, ids, edited);
}

/** So many ids are named for each reason. */
const mostNamed = 10;

function sayRefused(
  resource: EntityName,
  matched: number,
  refused: ReadonlyMap<string, readonly number[]>,
): string {
  const all = [...refused.values()].flat();
  if (matched === 1) return [...refused.keys()].join();
  const lines = [...refused].map(([reason, ids]) => {
    const more = ids.length > mostNamed ? ` and ${ids.length - mostNamed} more` : '';
    return `  ${ids.slice(0, mostNamed).join(', ')}${more}: ${reason}`;
  });
  return (
    `nothing was edited, since ${all.length} of the ${matched} ${resource} can't be edited so:\n${lines.join('\n')}\n` +
    'To edit the others, leave these out by the condition (… AND id NOT IN (…))'
  );
}

function selectIds(db: Database, resource: EntityName, where: string): number[] {
  try {
    const sql = `SELECT id FROM ${quoted(resource)} WHERE ${parenthesised(where)} ORDER BY id`;
    const statement = db.prepare<Cell[]>(sql);
    if (!statement.readonly) throw new UsageError('a condition only reads: leave everything else out of it');
    mustBeCondition(db, resource, where);
    return statement.pluck().all() as number[];
  } catch (error) {
    throw sqlProblem(db, error, `${resource} ${where}`);
  }
}

/** The changes, each checked against its field; throws for a field that no edit can set. */
export function checkChanges(resource: EntityName, changes: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(changes)) {
    const field = mustBeField(resource, name);
    const { singular } = entityResource(resource);
    if (field.by === 'server') throw new UsageError(`${name} is set by the server and can't be edited`);
    if (field.by === 'parent') throw new UsageError(`the ${name} of one ${singular} can't be changed`);
    checkValue(name, field, value);
  }
  return changes;
}

export function mustExist(db: Database, resource: EntityName, id: number): void {
  if (query(db, `SELECT 1 FROM ${quoted(resource)} WHERE id = ?`).get(id) !== undefined) return;
  throw new UsageError(`the mirror has no ${entityResource(resource).singular} ${id}`);
}

/** Sets fields of one row, where any of them differs; true where the row changed. Refusals are thrown as they come. */
export type Update = (id: number, changes: JsonObject) => boolean;

/** The update of just these fields, prepared once for any number of rows. */
export function updateOf(db: Database, resource: EntityName, names: readonly string[]): Update {
  if (names.length === 0) return () => false;
  const fields = names.map((name): [string, Field] => [name, mustBeField(resource, name)]);
  const set = fields.map(([name]) => `${quoted(name)} = @${name}`).join(', ');
  const differs = fields.map(([name, field]) => cellsDiffer(field, quoted(name), `@${name}`)).join(' OR ');
  const statement = db.prepare<[Record<string, Cell>]>(
    `UPDATE ${quoted(resource)} SET ${set} WHERE id = @row AND (${differs})`,
  );
  return (id, changes) => {
    const cells = fields.map(([name, field]) => [name, toCell(field, changes[name])]);
    return statement.run({ ...Object.fromEntries(cells), row: id }).changes > 0;
  };
}

export function report(
  db: Database,
  resource: EntityName,
  matched: readonly number[],
  edited: readonly number[],
): EditReport {
  const waiting = edited.map((id) => outboxOf(db, resource, id)?.id);
  return {
    matched: matched.length,
    edited: edited.length,
    outbox_ids: waiting.filter((id) => id !== undefined),
  };
}
