/** Compares one listing of entities with the mirror: the API's last state in it, and the rows that it shows. */
import type { Json, JsonObject } from '../api/description.ts';
import {
  childrenOf,
  type EntityName,
  entityResource,
  fieldsOf,
  isEntityName,
  parentField,
  type ResourceName,
} from '../api/resources.ts';
import { type Cell, fromCell, quoted, type Row, toCell, unlistedFields } from '../db/columns.ts';
import { observationsOf } from '../db/observations.ts';
import type { Database } from '../db/open.ts';
import { changesOf, outboxOf } from '../db/outbox.ts';
import { bodyOf, getRemote, type Remote, remoteIds } from '../db/rows.ts';
import { perResource, prepared } from '../db/statements.ts';
import { rowKey } from './apply-observations.ts';
import { changedFields, ownValue, sameJson } from './equality.ts';
import type { CameIn } from './listing.ts';
import { isDeletedHere, parentIsDeletedHere, withParent } from './receive.ts';
import { Differences, type Findings, noFindings, type Surplus } from './verify-findings.ts';

export interface Compared {
  readonly found: Findings;
  readonly surplus: readonly Surplus[];
}

export function compareEntities(db: Database, resource: EntityName, listing: CameIn): Compared {
  const { parentId, items, rejected } = listing;
  const found = noFindings();
  const isHidden = parentIsDeletedHere(db, resource, parentId);
  for (const item of items) {
    const entity = withParent(resource, parentId, item);
    found.checked++;
    if (!compareEntity(db, resource, parentId, entity, isHidden, found))
      found.missing.push({ resource, entity_id: entity.id as number });
  }
  // What a broken answer lacks is not gone.
  const surplus = rejected.length > 0 ? [] : surplusOf(db, resource, listing);
  for (const one of surplus) nameWithAllBelow(db, one.resource, one.id, found);
  return { found, surplus };
}

/** Compares one entity; false where the mirror lacks it, in either of its two places. */
function compareEntity(
  db: Database,
  resource: EntityName,
  parentId: number | null,
  entity: JsonObject,
  isHidden: boolean,
  found: Findings,
): boolean {
  const id = entity.id as number;
  const remote = getRemote(db, resource, id);
  if (!remote) return false;
  const differences = new Differences();
  compareRemote(resource, parentId, entity, remote, differences);
  const row = prepared(db, rowSql(resource)).get(id) as Row | undefined;
  if (row) compareRow(db, resource, entity, row, differences);
  differences.putInto(found, resource, id);
  return row !== undefined || isHidden || isDeletedHere(db, resource, id);
}

const rowSql = perResource((resource: EntityName) => `SELECT * FROM ${quoted(resource)} WHERE id = ?`);

/** The API's last state, whole, with what derives from it. */
function compareRemote(
  resource: EntityName,
  parentId: number | null,
  entity: JsonObject,
  remote: Remote,
  differences: Differences,
): void {
  const body = bodyOf(remote) ?? {};
  for (const field of changedFields(body, entity))
    differences.add(field, ownValue(body, field), ownValue(entity, field));
  if (remote.parentId !== parentId)
    differences.add(parentField(resource) ?? 'parent_id', remote.parentId, parentId);
  if (remote.extra !== unlistedFields(resource, body))
    differences.add('extra', remote.extra, unlistedFields(resource, entity));
}

/** The row that people see, field by field, but for what a pending edit set. */
function compareRow(
  db: Database,
  resource: EntityName,
  entity: JsonObject,
  row: Row,
  differences: Differences,
): void {
  const pending = outboxOf(db, resource, entity.id as number);
  const edited = new Set(pending && changesOf(db, pending.id).map(({ field }) => field));
  for (const [name, field] of fieldsOf(resource)) {
    if (edited.has(name)) continue;
    const [cell = null, api] = [row[name], toCell(field, entity[name])];
    if (cell !== api && !sameList(field.kind, cell, api))
      differences.add(name, fromCell(field, cell), ownValue(entity, name));
  }
}

/** Lists compare as JSON, not as text. */
function sameList(kind: string, cell: Cell, api: Cell): boolean {
  if (kind !== 'list' || typeof cell !== 'string' || typeof api !== 'string') return false;
  try {
    return sameJson(JSON.parse(cell) as Json, JSON.parse(api) as Json);
  } catch {
    return false;
  }
}

function surplusOf(db: Database, resource: EntityName, { parentId, items, unread }: CameIn): Surplus[] {
  const listed = new Set([...items, ...unread].map(({ id }) => id as number));
  const remote = remoteIds(db, resource, parentId).filter((id) => !listed.has(id));
  const local = strayIds(db, resource, parentId).filter((id) => !listed.has(id));
  return [
    ...remote.map((id) => ({ resource, id, isLocalOnly: false })),
    ...local.map((id) => ({ resource, id, isLocalOnly: true })),
  ];
}

const strayIdsSql = perResource((resource: EntityName) => {
  const parent = parentField(resource);
  const below = parent === null ? '? IS NULL' : `${quoted(parent)} = ?`;
  return (
    `SELECT id FROM ${quoted(resource)} WHERE ${below} AND id NOT IN (SELECT id FROM ${quoted(`remote_${resource}`)}) ` +
    `AND id NOT IN (SELECT entity_id FROM outbox WHERE resource = '${resource}')`
  );
});
/** Rows below a parent that neither the API ever sent nor anybody's edit made. */
export function strayIds(db: Database, resource: EntityName, parentId: number | null): number[] {
  return prepared(db, strayIdsSql(resource)).pluck().all(parentId) as number[];
}

/** Names a record that the API does not have, and all that the mirror has below it. Projects are only named: see `apply.ts`. */
export function nameWithAllBelow(db: Database, resource: EntityName, id: number, found: Findings): void {
  found.extra.push({ resource, entity_id: id });
  if (entityResource(resource).parent === null) return;
  for (const child of childrenOf(resource)) nameBelow(db, child, id, found);
}

export function nameBelow(db: Database, child: ResourceName, parentId: number, found: Findings): void {
  if (isEntityName(child)) {
    const ids = [...remoteIds(db, child, parentId), ...strayIds(db, child, parentId)];
    for (const id of ids) nameWithAllBelow(db, child, id, found);
    return;
  }
  for (const cells of observationsOf(db, child, parentId))
    found.extra.push({ resource: child, entity_id: rowKey(child, cells) });
}
