/** Reads what a push has to know: the entities that edits wait for, and the siblings of what is to be created. */
import { listPath } from '../api/resources.ts';
import { changesOf, type OutboxRow, stateOf } from '../db/outbox.ts';
import { remoteParent } from '../db/rows.ts';
import { OptimizelyError } from '../errors.ts';
import { unclaimedParents } from './push-claim.ts';
import { absence, foundBy, readList, readSingle } from './push-fetch.ts';
import { mustBeLetIn } from './push-gone.ts';
import { parentIdOf } from './push-plan.ts';
import { planReads, type Reads, type ToRead } from './push-read-plan.ts';
import { type Push, readKey } from './push-run.ts';

/** The parent of an operation's entity: undefined where the mirror no longer knows it. */
export function parentOfRow({ db }: Pick<Push, 'db'>, row: OutboxRow): number | null | undefined {
  if (row.entity_id > 0) return remoteParent(db, row.resource, row.entity_id);
  const { intent } = stateOf(db, row.id);
  const fromPath = intent && /^\w+\/(\d+)\//.exec(intent.path)?.[1];
  return fromPath ? Number(fromPath) : parentIdOf({ resource: row.resource, changes: changesOf(db, row.id) });
}

/** Whether this round has looked at what the operation is about, so that it may be sent. */
export function isFresh(run: Pick<Push, 'db' | 'reads'>, row: OutboxRow): boolean {
  if (row.entity_id > 0)
    return run.reads.entities.get(readKey(row.resource, row.entity_id))?.kind === 'there';
  const list = run.reads.lists.get(listPath(row.resource, parentOfRow(run, row) ?? null));
  return list !== undefined && !(list instanceof OptimizelyError);
}

/** What of these operations, and of what came with new parents, this round has not read yet. */
export function unread(run: Push, rows: readonly OutboxRow[]): Reads {
  const waiting = rows.filter(({ id, status }) => status !== 'failed' || stateOf(run.db, id).intent !== null);
  const operations = waiting.map((row): ToRead => {
    return { resource: row.resource, entityId: row.entity_id, op: row.op, parentId: parentOfRow(run, row) };
  });
  const reads = planReads(
    operations.filter(({ resource, entityId }) => !run.reads.entities.has(readKey(resource, entityId))),
  );
  const lists = [...reads.lists, ...unclaimedParents(run.db).flatMap(({ lists: below }) => below)];
  const open = new Map(lists.map((list) => [listPath(list.resource, list.parentId), list]));
  for (const path of run.reads.lists.keys()) open.delete(path);
  return { lists: [...open.values()], singles: reads.singles };
}

/**
 * Reads what is said, side by side. What the API refuses or can't answer is part of the result.
 * @throws TokenError where it is the token that the API refuses
 */
export async function readAll(
  run: Push,
  rows: readonly OutboxRow[],
  { lists, singles }: Reads,
): Promise<void> {
  const { entities } = run.reads;
  const below = byList(run, rows);
  await Promise.all([
    ...lists.map(async ({ resource, parentId }) => {
      const path = listPath(resource, parentId);
      const ours = below.get(path) ?? [];
      const list = await readList(run, resource, parentId, ours);
      run.reads.lists.set(path, list);
      const found = foundBy(list, parentId, await absence(run, resource, parentId, list));
      for (const { entity_id } of ours)
        if (entity_id > 0) entities.set(readKey(resource, entity_id), found(entity_id));
    }),
    ...singles.map(async ({ resource, id }) => {
      entities.set(readKey(resource, id), await readSingle(run, resource, id));
    }),
  ]);
  await mustBeLetIn(run);
}

/** The operations by the path of the list that shows their entity, or would. */
function byList(run: Push, rows: readonly OutboxRow[]): Map<string, OutboxRow[]> {
  const groups = new Map<string, OutboxRow[]>();
  for (const row of rows) {
    const parentId = parentOfRow(run, row);
    if (parentId === undefined) continue;
    const path = listPath(row.resource, parentId);
    const group = groups.get(path);
    if (group) group.push(row);
    else groups.set(path, [row]);
  }
  return groups;
}
