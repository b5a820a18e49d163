/**
 * The triggers that clear a list's digest as soon as anything of the list is written: what it stands for is that the
 * mirror holds just what an answer said. Finishing the list, which comes last, sets it again.
 */
import { entityNames, observationNames, parentField } from '../api/resources.ts';
import { trigger } from './capture.ts';
import { literal, quoted } from './columns.ts';

/** Where the rows of each list stand, and what names the list among their columns. */
const places = [
  ...entityNames.map((resource) => ({ resource, table: `remote_${resource}`, parent: 'parent_id' })),
  ...observationNames.map((resource) => ({ resource, table: resource, parent: parentField(resource) ?? '' })),
];

const events = [
  ['INSERT', ['NEW']],
  ['UPDATE', ['OLD', 'NEW']],
  ['DELETE', ['OLD']],
] as const;

export function digestTriggers(): string[] {
  return places.flatMap(({ resource, table, parent }) =>
    events.map(([event, rows]) =>
      trigger(
        `${table}_digest_${event.toLowerCase()}`,
        `AFTER ${event}`,
        table,
        'true',
        rows.map(
          (row) =>
            `UPDATE listings SET digest = NULL WHERE resource = ${literal(resource)} ` +
            `AND parent_id = coalesce(${row}.${quoted(parent)}, 0) AND digest IS NOT NULL;`,
        ),
      ),
    ),
  );
}
