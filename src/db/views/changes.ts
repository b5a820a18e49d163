/** The views on what changed: on the server, as pulls saw it, and here, as it waits to be pushed. */
import { entityNames, fieldsOf } from '../../api/resources.ts';
import { literal } from '../columns.ts';
import { nameOf, projectOf, readable, type View } from './view.ts';

/** What the server counts and derives by itself; which goal is the primary one, though, is somebody's decision. */
const noise = entityNames
  .map((name) => {
    const fields = fieldsOf(name)
      .filter(([, { derived, references, kind }]) => derived && !(references && kind !== 'list'))
      .map(([field]) => literal(field));
    return { name, fields };
  })
  .filter(({ fields }) => fields.length > 0)
  .map(({ name, fields }) => `(c.resource = ${literal(name)} AND c.field IN (${fields.join(', ')}))`)
  .join(' OR ');

/** The whole entity, for one that came or went; for a field of one that has gone since, what was last known of it. */
const body =
  'coalesce(CASE WHEN c.field IS NULL THEN coalesce(c.new_value, c.old_value) END, (SELECT g.old_value FROM changes AS g ' +
  'WHERE g.resource = c.resource AND g.entity_id = c.entity_id AND g.field IS NULL AND g.new_value IS NULL ORDER BY g.id DESC LIMIT 1))';

const remoteBody = `CASE o.resource ${entityNames
  .map((name) => `WHEN ${literal(name)} THEN (SELECT body FROM remote_${name} WHERE id = o.entity_id)`)
  .join(' ')} END`;

export const changeViews: readonly View[] = [
  {
    name: 'config_changes',
    about:
      'What changed on the server between two pulls, readable. What the server derives by itself (`last_modified`, ' +
      '`variation_ids` and the like) is left out: `changes` has it.',
    columns: {
      change_id: 'The row of `changes`.',
      observed_at: 'When a pull saw it; it happened some time before.',
      run_id: 'That pull.',
      project_id: 'The project it lies in.',
      resource: 'The kind of entity.',
      entity_id: 'The entity.',
      name: 'Its name; NULL for a schedule, which has none.',
      what: '`added`, `removed` or `changed`.',
      field: 'The field that changed; NULL for an entity that came or went.',
      old_value: 'The value before, as people read it: a text as it is, anything else as JSON.',
      new_value: 'The value after.',
    },
    sql:
      `SELECT c.id AS change_id, c.observed_at, c.run_id, ${projectOf('c.resource', 'c.entity_id', body)} AS project_id, ` +
      `c.resource, c.entity_id, ${nameOf('c.resource', 'c.entity_id', body)} AS name, ` +
      "CASE WHEN c.field IS NOT NULL THEN 'changed' WHEN c.old_value IS NULL THEN 'added' ELSE 'removed' END AS what, " +
      `c.field, CASE WHEN c.field IS NOT NULL THEN ${readable('c.old_value')} END AS old_value, ` +
      `CASE WHEN c.field IS NOT NULL THEN ${readable('c.new_value')} END AS new_value ` +
      `FROM changes AS c WHERE c.field IS NULL OR NOT (${noise})`,
  },
  {
    name: 'pending_edits',
    about: 'What waits to be pushed, field by field, readable.',
    columns: {
      outbox_id: 'The operation: `outbox.id`.',
      resource: 'The kind of entity.',
      entity_id: 'The entity; negative where it was made offline.',
      name: 'Its name; NULL for a schedule, which has none.',
      op: '`create`, `update` or `delete`.',
      status: '`pending`, `in_flight`, `conflict` or `failed`.',
      field: 'The field; NULL for a delete.',
      base_value: 'What the API said when it was edited.',
      local_value: 'What was put in its place.',
      remote_value: 'What somebody else put there meanwhile, where that conflicts.',
      error: "What went wrong, in the API's words.",
      created_at: 'When the first edit of this entity was made.',
    },
    sql:
      `SELECT o.id AS outbox_id, o.resource, o.entity_id, ${nameOf('o.resource', 'o.entity_id', remoteBody)} AS name, ` +
      `o.op, o.status, c.field, ${readable('c.base_value')} AS base_value, ${readable('c.local_value')} AS local_value, ` +
      `${readable('c.remote_value')} AS remote_value, o.error, o.created_at ` +
      'FROM outbox AS o LEFT JOIN outbox_changes AS c ON c.outbox_id = o.id',
  },
];
