/** The capture of deletes: what hangs on an entity goes with it, and is kept where the delete may be taken back. */
import {
  childEntitiesOf,
  childrenOf,
  type EntityName,
  editableFields,
  isEntityName,
  parentField,
  type ResourceName,
  referencesTo,
} from '../api/resources.ts';
import { captureView, guardOff, guardOn, trigger, unguarded, waiting } from './capture.ts';
import { columnsOf, literal, quoted } from './columns.ts';

interface Below {
  readonly resource: ResourceName;
  /** The SQL condition that selects its rows in its own table, and in the one of what the API last said. */
  readonly here: string;
  readonly there: string;
}

/** Everything below what `here` and `there` select as parents, the deepest first. */
function below(resource: EntityName, here: string, there: string): Below[] {
  return childrenOf(resource).flatMap((child) => {
    const mine = `${quoted(parentField(child) ?? '')} IN (${here})`;
    const theirs = `parent_id IN (${there})`;
    const self = { resource: child, here: mine, there: theirs };
    if (!isEntityName(child)) return [self];
    const ids = (table: string, where: string) => `SELECT id FROM ${quoted(table)} WHERE ${where}`;
    return [...below(child, ids(child, mine), ids(`remote_${child}`, theirs)), self];
  });
}

/** Takes rows, and what waits on them, out of sight; what the parent's delete would have to bring back is kept aside. */
function takeAlong(above: EntityName, { resource, here, there }: Below): string[] {
  const table = quoted(resource);
  const removal = `(SELECT id FROM outbox WHERE ${waiting(above, 'OLD.id')})`;
  const gone = `DELETE FROM ${table} WHERE ${here};`;
  if (!isEntityName(resource)) {
    const cells = [...columnsOf(resource), 'extra'].map((name) => `${literal(name)}, ${quoted(name)}`);
    return [
      `INSERT INTO outbox_set_aside (outbox_id, kind, resource, body) SELECT ${removal}, 'row', ${literal(resource)}, json_object(${cells.join(', ')}) FROM ${table} WHERE ${here};`,
      gone,
    ];
  }
  // What was deleted offline below the parent is gone from its table: its last known parent tells.
  const remote = quoted(`remote_${resource}`);
  return [
    `INSERT INTO ${captureView} (act, resource, entity_id, field, before_value) ` +
      `SELECT 'aside', ${literal(resource)}, entity_id, ${removal}, (SELECT body FROM ${remote} WHERE id = entity_id) FROM outbox ` +
      `WHERE resource = ${literal(resource)} AND (entity_id IN (SELECT id FROM ${table} WHERE ${here}) OR entity_id IN (SELECT id FROM ${remote} WHERE ${there})) ORDER BY id;`,
    gone,
  ];
}

/** An entity that only existed here leaves the lists that name it; those are edits like any other, captured as such. */
function forgetReferences(resource: EntityName): string[] {
  return referencesTo(resource)
    .filter(({ resource: from, field, list }) => {
      return list && isEntityName(from) && editableFields(from).some(([name]) => name === field);
    })
    .map(({ resource: from, field }) => {
      const column = `${quoted(from)}.${quoted(field)}`;
      return (
        `UPDATE ${quoted(from)} SET ${quoted(field)} = (SELECT json_group_array(value) FROM json_each(${column}) WHERE value <> OLD.id) ` +
        `WHERE OLD.id < 0 AND instr(${column}, OLD.id) AND EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = OLD.id);`
      );
    });
}

/** The trigger that captures the deletes of one table. */
export function captureDelete(resource: EntityName): string {
  // Where no operation is left there is nothing to come back to: what is below goes the same way, by its own triggers.
  const vanished = `NOT EXISTS (SELECT 1 FROM outbox WHERE ${waiting(resource, 'OLD.id')})`;
  const orphans = childEntitiesOf(resource).map(
    (child) =>
      `DELETE FROM ${quoted(child)} WHERE ${quoted(parentField(child) ?? '')} = OLD.id AND ${vanished};`,
  );
  const along = below(resource, 'OLD.id', 'OLD.id').flatMap((child) => takeAlong(resource, child));
  return trigger(`${resource}_capture_delete`, 'AFTER DELETE', resource, unguarded, [
    guardOn,
    `INSERT INTO ${captureView} (act, resource, entity_id) VALUES ('delete', ${literal(resource)}, OLD.id);`,
    guardOff,
    ...forgetReferences(resource),
    ...orphans,
    ...(along.length > 0 ? [guardOn, ...along, guardOff] : []),
  ]);
}
