/** The entities of a sandbox account, in the order in which they came, with their place below their parents. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, entityNames, parentField, parentOf } from '../api/resources.ts';

export type Table = Map<number, JsonObject>;

export class Store {
  readonly #tables = new Map<EntityName, Table>(entityNames.map((name) => [name, new Map()]));
  /** `<resource>/<parent id>` to the children; a child of the account stands in its table alone. */
  readonly #families = new Map<string, Table>();

  insert(resource: EntityName, entity: JsonObject): void {
    const id = idOf(entity);
    this.#table(resource).set(id, entity);
    const family = familyOf(resource, entity);
    if (family === null) return;
    const siblings = this.#families.get(family);
    if (siblings === undefined) this.#families.set(family, new Map([[id, entity]]));
    else siblings.set(id, entity);
  }

  /** Takes out this one alone: what follows from it is for the caller to do. */
  remove(resource: EntityName, id: number): JsonObject | undefined {
    const entity = this.get(resource, id);
    if (entity === undefined) return undefined;
    this.#table(resource).delete(id);
    const family = familyOf(resource, entity);
    if (family !== null) this.#families.get(family)?.delete(id);
    return entity;
  }

  get(resource: EntityName, id: number): JsonObject | undefined {
    return this.#table(resource).get(id);
  }

  all(resource: EntityName): IterableIterator<JsonObject> {
    return this.#table(resource).values();
  }

  /** The members of a resource below one parent, or below the account where it has none. */
  children(resource: EntityName, parentId: number | null): IterableIterator<JsonObject> {
    if (parentId === null) return this.all(resource);
    return (this.#families.get(`${resource}/${parentId}`) ?? new Map<number, JsonObject>()).values();
  }

  parent(resource: EntityName, entity: JsonObject): JsonObject | undefined {
    const above = parentOf(resource);
    const id = parentIdOf(resource, entity);
    return above === null || id === null ? undefined : this.get(above, id);
  }

  /** The one of that resource that the entity stands below, however far up. */
  ancestor(resource: EntityName, entity: JsonObject, wanted: EntityName): JsonObject | undefined {
    if (resource === wanted) return entity;
    const above = parentOf(resource);
    const parent = this.parent(resource, entity);
    return above === null || parent === undefined ? undefined : this.ancestor(above, parent, wanted);
  }

  #table(resource: EntityName): Table {
    const table = this.#tables.get(resource);
    if (table === undefined) throw new RangeError(`${resource} is no resource with ids`);
    return table;
  }
}

export function idOf(entity: JsonObject): number {
  return entity.id as number;
}

/** The id of the entity's parent, or null for a child of the account. */
export function parentIdOf(resource: EntityName, entity: JsonObject): number | null {
  const field = parentField(resource);
  return field === null ? null : (entity[field] as number);
}

function familyOf(resource: EntityName, entity: JsonObject): string | null {
  const parentId = parentIdOf(resource, entity);
  return parentId === null ? null : `${resource}/${parentId}`;
}
