/** Rows below a parent that neither the API nor the mirror knows: no listing can tell of them. */
import {
  type EntityName,
  isEntityName,
  parentField,
  parentOf,
  type ResourceName,
  resourceNames,
} from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { removeObservationsOf } from '../db/observations.ts';
import { remoteIds, removeLocal } from '../db/rows.ts';
import { prepared } from '../db/statements.ts';
import { isSuspicious } from './pull-plan.ts';
import { type RunContext, receiveDeletion } from './receive.ts';
import type { RecordName } from './report.ts';
import { nameBelow, strayIds } from './verify-entities.ts';
import { addFindings, type Findings, noFindings } from './verify-findings.ts';

/** A resource's rows below one parent that nobody knows. */
interface Orphans {
  readonly resource: ResourceName;
  readonly parentId: number;
}

/** What the lists that were read tell of the API. */
export interface Known {
  /** Whether every list of a resource was read to its end. */
  isWhole(resource: EntityName): boolean;
  /** Whether the API has a parent. */
  has(resource: EntityName, id: number): boolean;
  /** Whether a record was found to differ: then the API has it, and the mirror has it in the wrong place. */
  differs(record: RecordName): boolean;
}

/** The orphans of every resource whose parents were all listed. */
export function findOrphans(
  { db }: Pick<RunContext, 'db'>,
  known: Known,
): { found: Findings; orphans: Orphans[] } {
  const all = noFindings();
  const orphans: Orphans[] = [];
  for (const resource of resourceNames) {
    const parent = parentOf(resource);
    if (parent === null || !known.isWhole(parent)) continue;
    const ids = prepared(db, unknownParents(resource, parent)).pluck().all() as number[];
    for (const parentId of ids.filter((id) => !known.has(parent, id))) {
      const found = noFindings();
      nameBelow(db, resource, parentId, found);
      const extra = found.extra.filter((record) => !known.differs(record));
      addFindings(all, { ...found, extra });
      if (extra.length > 0) orphans.push({ resource, parentId });
    }
  }
  return { found: all, orphans };
}

function unknownParents(resource: ResourceName, parent: EntityName): string {
  const column = quoted(parentField(resource) ?? '');
  const local = `SELECT ${column} AS id FROM ${quoted(resource)}`;
  const remote = isEntityName(resource) ? ` UNION SELECT parent_id FROM ${quoted(`remote_${resource}`)}` : '';
  const known = `SELECT id FROM ${quoted(`remote_${parent}`)} UNION ALL SELECT id FROM ${quoted(parent)}`;
  return `SELECT DISTINCT id FROM (${local}${remote}) WHERE id IS NOT NULL AND id NOT IN (${known})`;
}

/** Removes orphans, unless they are too many to believe; then the resources that were left as they are. */
export function removeOrphans(
  context: RunContext & { acceptDeletions: boolean },
  orphans: readonly Orphans[],
  found: Findings,
): ResourceName[] {
  const { db } = context;
  const kept = resourceNames.filter((resource) => {
    const count = found.extra.filter((one) => one.resource === resource).length;
    const rows = () =>
      prepared(db, `SELECT count(*) FROM ${quoted(resource)}`)
        .pluck()
        .get() as number;
    return !context.acceptDeletions && isSuspicious(count, rows);
  });
  for (const { resource, parentId } of orphans) {
    if (kept.includes(resource)) continue;
    if (!isEntityName(resource)) removeObservationsOf(db, resource, parentId);
    else {
      for (const id of remoteIds(db, resource, parentId)) receiveDeletion(context, resource, id);
      for (const id of strayIds(db, resource, parentId)) removeLocal(db, resource, id);
    }
  }
  return kept;
}
