/** The plan of a push: which requests, in which order, and what has to be asked first. (pure) */
import type { JsonObject } from '../api/description.ts';
import {
  can,
  entityNames,
  entityPath,
  entityResource,
  fieldOf,
  holds,
  listPath,
  parentField,
} from '../api/resources.ts';
import type { Op } from '../db/outbox.ts';
import { comesWith } from './comes-with.ts';
import { sameValue } from './equality.ts';
import { type NamedEntity, namedBy, PlanIndex, type Waiting } from './push-order.ts';
import type { Planned } from './report.ts';

/** One request of the plan. Negative ids in its path and body stand for entities that the push creates before. */
export interface Step extends Planned {
  /** The outbox ids of what has to be done before: the creates whose real ids it names, and what makes room for it. */
  readonly needs: readonly number[];
  /** The outbox ids of what goes before it and need not succeed. */
  readonly behind: readonly number[];
  /** Can't be taken back, so it waits for a yes. */
  readonly irreversible: string | null;
}

/** Why an operation can't be planned. */
export interface Unplannable {
  readonly outboxId: number;
  readonly message: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly unplannable: readonly Unplannable[];
}

/**
 * The fields of a create or update as the API takes them: the parent's id is in the URL, not in the body. A create that
 * took over what the server made sends all that was given, as its plan said before there was anything to compare with.
 */
export function bodyOf(
  waiting: Pick<Waiting, 'resource' | 'op' | 'changes' | 'originId'>,
): JsonObject | null {
  const { resource, op, changes, originId } = waiting;
  if (op === 'delete') return null;
  const body: JsonObject = {};
  for (const { field, base, local } of changes) {
    const described = fieldOf(resource, field);
    if (local === undefined || described?.by === 'parent') continue;
    if (op === 'update' && described?.by === 'create') continue;
    const edits = op === 'create' || originId !== null || base === undefined;
    if (edits || !sameValue(described, base, local)) body[field] = local;
  }
  return body;
}

/** The parent's id that a create names; null for a child of the account. */
export function parentIdOf({ resource, changes }: Pick<Waiting, 'resource' | 'changes'>): number | null {
  const field = parentField(resource);
  const value = changes.find((change) => change.field === field)?.local;
  return typeof value === 'number' ? value : null;
}

/** Why the operation can't be taken back, or null. Source: CONTRACT.md, How a push decides, 8. */
function irreversible({ resource, op }: Waiting, body: JsonObject | null): string | null {
  if (op === 'delete') return 'it deletes for good';
  const rule = entityResource(resource).irreversible?.find(({ when }) => holds(when, body ?? {}));
  return rule?.because ?? null;
}

/** Deletes of children first and of parents last, then from parents to children what changes and what is new. */
function rank({ resource, op }: Waiting): number {
  const depth = entityNames.indexOf(resource);
  return op === 'delete' ? -depth : 100 + 2 * depth + (op === 'create' ? 1 : 0);
}

/**
 * Plans every operation that can be sent; `standing` are the creates in the outbox that can't, by `resource/id`, so that
 * what names them waits too.
 */
export function planPush(
  operations: readonly Waiting[],
  standing: ReadonlyMap<string, number> = new Map(),
): Plan {
  const index = new PlanIndex(operations, standing);
  const served = servedByServer(operations);
  const steps: Step[] = [];
  const unplannable: Unplannable[] = [];
  for (const waiting of [...operations].sort((a, b) => rank(a) - rank(b) || a.id - b.id)) {
    const named = namedBy(waiting);
    const message = problemOf(waiting, named, index);
    if (message !== null) {
      unplannable.push({ outboxId: waiting.id, message });
      continue;
    }
    const request = requestOf(waiting, served.has(waiting.id));
    const list = waiting.op === 'create' ? listPath(waiting.resource, parentIdOf(waiting)) : null;
    steps.push({
      ...request,
      needs: index.needs(waiting, named),
      behind: index.behind(waiting, list),
    });
  }
  return { steps, unplannable };
}

function problemOf(
  { resource, op }: Waiting,
  named: readonly NamedEntity[],
  index: PlanIndex,
): string | null {
  if (op === 'delete' && !can(resource, 'delete'))
    return `it was created before it was deleted here, and the API does not delete ${resource}`;
  const missing = named.find((entity) => index.isMissing(entity));
  if (!missing) return null;
  return `it names ${entityResource(missing.resource).singular} ${missing.id}, which is not in the outbox any more`;
}

/** The creates that something the server makes by itself will serve: a PUT to that instead of a POST. */
function servedByServer(operations: readonly Waiting[]): Set<number> {
  const below = new Map<string, number[]>();
  for (const create of operations) {
    if (create.op !== 'create') continue;
    const list = listPath(create.resource, parentIdOf(create));
    const creates = below.get(list);
    if (creates) creates.push(create.id);
    else below.set(list, [create.id]);
  }
  const parents = operations.filter(({ op }) => op === 'create');
  const served = parents.flatMap((parent) =>
    comesWith(parent.resource).flatMap(({ resource, serves }) => {
      const creates = below.get(listPath(resource, parent.entityId)) ?? [];
      return creates.sort((a, b) => a - b).slice(0, serves);
    }),
  );
  return new Set(served);
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
    op: reportedOp(op, originId),
    method: posts ? 'POST' : op === 'delete' ? 'DELETE' : 'PUT',
    path: posts ? listPath(resource, parentIdOf(waiting)) : entityPath(resource, entityId),
    body,
    irreversible: irreversible(waiting, body),
  };
}

/** The operation as it was made: a create that took over what the server made is sent as an update. */
export function reportedOp(op: Op, originId: number | null): Op {
  return originId !== null && op === 'update' ? 'create' : op;
}
