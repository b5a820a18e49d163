/** The plan of a push: which requests, in which order, and what has to be asked first. (pure) */
import type { Json, JsonObject } from '../api/description.ts';
import {
  type EntityName,
  entityNames,
  entityPath,
  entityResource,
  fieldOf,
  holds,
  isEntityName,
  listPath,
  parentField,
  parentOf,
} from '../api/resources.ts';
import type { Op, OutboxChange } from '../db/outbox.ts';
import { sameValue } from './equality.ts';
import type { Planned } from './report.ts';

/** One operation that waits, with its edits already moved onto what the API holds now. */
export interface Waiting {
  readonly id: number;
  readonly resource: EntityName;
  readonly entityId: number;
  readonly op: Op;
  readonly changes: readonly OutboxChange[];
  /** The temporary id of a create that took over what the server made by itself. */
  readonly originId: number | null;
}

/** One request of the plan. Negative ids in its path and body stand for entities that the push creates before. */
export interface Step extends Planned {
  /** The outbox ids of the creates whose real ids it names: they have to be done before. */
  readonly needs: readonly number[];
  /** The outbox id of the create that keeps its place before it; it need not succeed. */
  readonly behind: number | null;
  /** Can't be taken back, so it waits for a yes. */
  readonly irreversible: string | null;
}

/** Why an operation can't be planned: it names something that is neither on the API nor in the outbox. */
export interface Unplannable {
  readonly outboxId: number;
  readonly message: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly unplannable: readonly Unplannable[];
}

/** The fields of a create or update as the API takes them: the parent's id is in the URL, not in the body. */
export function bodyOf(waiting: Pick<Waiting, 'resource' | 'op' | 'changes'>): JsonObject | null {
  if (waiting.op === 'delete') return null;
  const body: JsonObject = {};
  for (const { field, base, local } of waiting.changes) {
    if (local === undefined || fieldOf(waiting.resource, field)?.by === 'parent') continue;
    if (
      waiting.op === 'update' &&
      base !== undefined &&
      sameValue(fieldOf(waiting.resource, field), base, local)
    )
      continue;
    body[field] = local;
  }
  return body;
}

/** The parent's id that a create names; null for a child of the account. */
export function parentIdOf({ resource, changes }: Pick<Waiting, 'resource' | 'changes'>): number | null {
  const field = parentField(resource);
  const value = changes.find((change) => change.field === field)?.local;
  return typeof value === 'number' ? value : null;
}

/** The temporary ids that an operation names: each has to be created before. */
function temporaryIds({ resource, changes }: Waiting): { resource: EntityName; id: number }[] {
  return changes.flatMap(({ field, local }) => {
    const target = fieldOf(resource, field)?.references;
    if (target === undefined || !isEntityName(target)) return [];
    const ids: (Json | undefined)[] = Array.isArray(local) ? local : [local];
    return ids.flatMap((id) => (typeof id === 'number' && id < 0 ? [{ resource: target, id }] : []));
  });
}

/** Why the operation can't be taken back, or null. Source: CONTRACT.md, How a push decides, 8. */
function irreversible({ resource, op }: Waiting, body: JsonObject | null): string | null {
  if (op === 'delete') return 'it deletes for good';
  const rule = entityResource(resource).irreversible?.find(({ when }) => holds(when, body ?? {}));
  return rule?.because ?? null;
}

/** Deletes of children first and of parents last, then creates and updates from parents to children. */
function rank({ resource, op }: Waiting): number {
  const depth = entityNames.indexOf(resource);
  return op === 'delete' ? -depth : 100 + depth;
}

const keyOf = (resource: EntityName, id: number) => `${resource}/${id}`;

/**
 * Plans every operation that can be sent; `standing` are the creates in the outbox that can't, by `resource/id`, so that
 * what names them waits too. Creates below one parent go one after the other, so that a lost reply leaves at most
 * one of them in doubt and variations keep their order.
 */
export function planPush(
  operations: readonly Waiting[],
  standing: ReadonlyMap<string, number> = new Map(),
): Plan {
  const creates = new Map(standing);
  for (const { op, resource, entityId, id } of operations)
    if (op === 'create') creates.set(keyOf(resource, entityId), id);
  const lastBelow = new Map<string, number>();
  const steps: Step[] = [];
  const unplannable: Unplannable[] = [];
  const served = servedByServer(operations);
  for (const waiting of [...operations].sort((a, b) => rank(a) - rank(b) || a.id - b.id)) {
    const named = temporaryIds(waiting);
    const missing = named.find(({ resource, id }) => !creates.has(keyOf(resource, id)));
    if (missing) {
      const message = `it names ${entityResource(missing.resource).singular} ${missing.id}, which is not in the outbox any more`;
      unplannable.push({ outboxId: waiting.id, message });
      continue;
    }
    const needs = named.map(({ resource, id }) => creates.get(keyOf(resource, id)) ?? 0);
    const list = waiting.op === 'create' ? listPath(waiting.resource, parentIdOf(waiting)) : null;
    const behind = (list !== null && lastBelow.get(list)) || null;
    if (list !== null) lastBelow.set(list, waiting.id);
    steps.push({ ...requestOf(waiting, served.has(waiting.id)), needs, behind });
  }
  return { steps, unplannable };
}

/** The creates that something the server makes by itself will serve: a PUT to that instead of a POST. */
function servedByServer(operations: readonly Waiting[]): Set<number> {
  const served = new Set<number>();
  for (const parent of operations.filter(({ op }) => op === 'create')) {
    for (const { resource, each } of adoptable(parent.resource)) {
      const below = operations.filter(
        (child) =>
          child.op === 'create' && child.resource === resource && parentIdOf(child) === parent.entityId,
      );
      for (const { id } of below.sort((a, b) => a.id - b.id).slice(0, each)) served.add(id);
    }
  }
  return served;
}

/**
 * What comes with a new entity and can serve a create made offline: only what an edit could turn into anything that
 * could have been created. The goals that come with a project are of kinds that can't be.
 */
export function adoptable(parent: EntityName): { resource: EntityName; each: number }[] {
  return (entityResource(parent).comesWith ?? []).flatMap(({ resource, each }) => {
    if (!isEntityName(resource)) return [];
    const alike = each.filter((made) =>
      Object.entries(made).every(([name, value]) => {
        const allowed = fieldOf(resource, name)?.createValues;
        return allowed === undefined || allowed.includes(value as string | number);
      }),
    );
    return alike.length > 0 ? [{ resource, each: alike.length }] : [];
  });
}

/** The request of one operation. `served`: the server makes by itself what the create asks for, and a PUT turns it into that. */
export function requestOf(waiting: Waiting, served: boolean): Planned & Pick<Step, 'irreversible'> {
  const { id, resource, entityId, op, originId } = waiting;
  const body = bodyOf(waiting);
  const posts = op === 'create' && !served;
  return {
    outbox_id: id,
    resource,
    entity_id: originId ?? entityId,
    op: originId === null ? op : 'create',
    method: posts ? 'POST' : op === 'delete' ? 'DELETE' : 'PUT',
    path: posts ? listPath(resource, parentIdOf(waiting)) : entityPath(resource, entityId),
    body,
    irreversible: irreversible(waiting, body),
  };
}

/** What a push reads before it plans: one listing where it serves several checks, single entities elsewhere. */
export interface Reads {
  readonly lists: { resource: EntityName; parentId: number | null }[];
  readonly singles: { resource: EntityName; id: number }[];
}

/** An operation as far as the choice of reads needs it. */
export interface ToRead {
  readonly resource: EntityName;
  readonly entityId: number;
  readonly op: Op;
  /** The parent's id; undefined where the mirror does not know it. */
  readonly parentId: number | null | undefined;
}

/**
 * Chooses the reads. A create needs its parent's list, to know the siblings that are there before it is sent; an edit
 * needs its entity, by itself where it is the only one of its list. Source: CONTRACT.md, How a push decides, 1 and 6.
 */
export function planReads(operations: readonly ToRead[]): Reads {
  const groups = new Map<
    string,
    { resource: EntityName; parentId: number | null; creates: boolean; ids: number[] }
  >();
  const singles: { resource: EntityName; id: number }[] = [];
  for (const { resource, entityId, op, parentId } of operations) {
    if (parentId === undefined) {
      if (entityId > 0) singles.push({ resource, id: entityId });
      continue;
    }
    // Nothing can be below a parent that is yet to be created.
    if (parentId !== null && parentId < 0) continue;
    if (parentId === null && parentOf(resource) !== null) continue;
    const key = listPath(resource, parentId);
    const group = groups.get(key) ?? { resource, parentId, creates: false, ids: [] };
    groups.set(key, group);
    if (op === 'create' || entityId < 0) group.creates = true;
    else group.ids.push(entityId);
  }
  const lists: { resource: EntityName; parentId: number | null }[] = [];
  for (const { resource, parentId, creates, ids } of groups.values()) {
    if (creates || ids.length > 1) lists.push({ resource, parentId });
    else singles.push(...ids.map((id) => ({ resource, id })));
  }
  return { lists, singles };
}

/** What became of a create whose answer was lost, as the siblings tell. Source: the same, 6. */
export type LostCreate =
  | { readonly outcome: 'adopt'; readonly entity: JsonObject }
  | { readonly outcome: 'again' }
  | { readonly outcome: 'doubtful'; readonly candidates: readonly number[] };

/**
 * Looks among the siblings that are new since a create was sent. One that holds all that was sent is it; one that shares
 * only what identifies it is doubtful, and so are several.
 */
export function findLostCreate(
  resource: EntityName,
  sent: JsonObject,
  fresh: readonly JsonObject[],
): LostCreate {
  const same = (field: string, sibling: JsonObject) =>
    sameValue(fieldOf(resource, field), sent[field] ?? null, sibling[field] ?? null);
  const fields = Object.keys(sent);
  const identity = fields.filter((field) => fieldOf(resource, field)?.identity && sent[field] !== null);
  const whole = fresh.filter((sibling) => fields.every((field) => same(field, sibling)));
  const alike = fresh.filter((sibling) => identity.some((field) => same(field, sibling)));
  const candidates = [...new Set([...whole, ...alike])];
  const [only] = whole;
  if (candidates.length === 0) return { outcome: 'again' };
  if (candidates.length === 1 && only) return { outcome: 'adopt', entity: only };
  return { outcome: 'doubtful', candidates: candidates.map(({ id }) => id as number) };
}
