/** What goes before what in a push: the creates that an operation names, and what has to make room for it. (pure) */
import type { Json, JsonObject } from '../api/description.ts';
import { type EntityName, entityResource, fieldOf, isEntityName } from '../api/resources.ts';
import type { Op, OutboxChange } from '../db/outbox.ts';

/** One operation that waits, with its edits already moved onto what the API holds now. */
export interface Waiting {
  readonly id: number;
  readonly resource: EntityName;
  readonly entityId: number;
  readonly op: Op;
  readonly changes: readonly OutboxChange[];
  /** The temporary id of a create that took over what the server made by itself. */
  readonly originId: number | null;
  /** The values on the API now of the fields that no two siblings may share. */
  readonly unique: JsonObject;
}

export interface NamedEntity {
  readonly resource: EntityName;
  readonly id: number;
}

export const entityKey = ({ resource, id }: NamedEntity): string => `${resource}/${id}`;

const valueKey = (resource: EntityName, field: string, value: Json): string =>
  `${resource}/${field}/${JSON.stringify(value)}`;

/** The entities that an operation names in its values, each with the id it has now. */
export function namedBy(
  { resource, changes }: Waiting,
  sides: readonly ('base' | 'local')[] = ['local'],
): NamedEntity[] {
  return changes.flatMap((change) => {
    const target = fieldOf(resource, change.field)?.references;
    if (target === undefined || !isEntityName(target)) return [];
    const ids = sides.flatMap((side): (Json | undefined)[] => {
      const value = change[side];
      return Array.isArray(value) ? value : [value];
    });
    return ids.filter((id) => typeof id === 'number').map((id) => ({ resource: target, id }));
  });
}

/**
 * Answers, for one plan, what an operation waits for. It is asked in the order of the plan. Only what comes earlier there
 * is waited for, but by deletes, for which nothing waits that they wait for: so nothing ever waits in a circle.
 */
export class PlanIndex {
  /** Outbox ids of creates, by the entity's temporary id; those that can't be sent among them. */
  readonly #creates: Map<string, number>;
  /** Outbox ids of those that name an entity, or named it before, by that. */
  readonly #namers = new Map<string, number[]>();
  /** The last create below each parent. */
  readonly #lastBelow = new Map<string, number>();
  /** Who gave up a value that no two siblings may share. */
  readonly #freed = new Map<string, number>();

  constructor(operations: readonly Waiting[], standing: ReadonlyMap<string, number>) {
    this.#creates = new Map(standing);
    for (const operation of operations) {
      const { op, resource, entityId, id } = operation;
      if (op === 'create') this.#creates.set(entityKey({ resource, id: entityId }), id);
      if (op === 'delete') continue;
      for (const entity of namedBy(operation, ['base', 'local'])) {
        const namers = this.#namers.get(entityKey(entity));
        if (namers) namers.push(id);
        else this.#namers.set(entityKey(entity), [id]);
      }
    }
  }

  /** Whether nothing will ever give this temporary id a real one. */
  isMissing(entity: NamedEntity): boolean {
    return entity.id < 0 && !this.#creates.has(entityKey(entity));
  }

  /** What has to be done before: the creates that it names, and what gives up a name that it takes. */
  needs(waiting: Waiting, named: readonly NamedEntity[]): number[] {
    const creates = named.flatMap((entity) => this.#creates.get(entityKey(entity)) ?? []);
    return [...new Set([...creates, ...this.#makesRoom(waiting)])];
  }

  /**
   * What goes before it, done or not: the create before it of the same list, so that a lost reply leaves at most one of
   * them in doubt and variations keep their order; and before a delete whatever names the entity, since the API takes
   * that out of lists by itself and refuses lists that name what is gone.
   */
  behind({ id, op, resource, entityId }: Waiting, list: string | null): number[] {
    if (op === 'delete') return [...new Set(this.#namers.get(entityKey({ resource, id: entityId })))];
    if (list === null) return [];
    const last = this.#lastBelow.get(list);
    this.#lastBelow.set(list, id);
    return last === undefined ? [] : [last];
  }

  /** Who gives up the values that it takes, of fields in which no two siblings may be alike; and notes what it gives up. */
  #makesRoom({ id, op, resource, changes, unique }: Waiting): number[] {
    const freers: number[] = [];
    for (const field of entityResource(resource).unique ?? []) {
      const taken = changes.find((change) => change.field === field)?.local;
      const freer = taken === undefined ? undefined : this.#freed.get(valueKey(resource, field, taken));
      if (freer !== undefined) freers.push(freer);
      const held = unique[field];
      if (held !== undefined && (op === 'delete' || taken !== undefined))
        this.#freed.set(valueKey(resource, field, held), id);
    }
    return freers;
  }
}
