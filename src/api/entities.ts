/** Entity objects and the ways to them, `client.projects` and its like, over any store. */
import { UsageError } from '../errors.ts';
import { defineClasses, type Workshop } from './classes.ts';
import type { JsonObject } from './description.ts';
import { type BaseEntity, checkDeletable } from './entity.ts';
import type { Accessors } from './entity-types.ts';
import { type EntityName, entityNames, entityPath, parentOf } from './resources.ts';
import { checkId, type Store } from './store.ts';

/** A store that can list every member of a resource without naming a parent. */
export type FullStore = Store & Required<Pick<Store, 'listAll'>>;

/** The accessors over a store, one for each resource whose members have ids. */
export function createResources(store: FullStore): Accessors<true>;
export function createResources(store: Store): Accessors;
export function createResources(store: Store): Accessors | Accessors<true> {
  const workshop = defineClasses(store);
  const accessors = entityNames.map((name) => [name, new ResourceAccessor(name, workshop)]);
  // Accessors and their type are both derived from the description; the compiler can't see that they agree.
  return Object.fromEntries(accessors) as unknown as Accessors;
}

class ResourceAccessor {
  readonly #resource: EntityName;
  readonly #workshop: Workshop;

  constructor(resource: EntityName, workshop: Workshop) {
    this.#resource = resource;
    this.#workshop = workshop;
  }

  async get(...given: readonly unknown[]): Promise<BaseEntity | BaseEntity[]> {
    // `get(undefined)` is a mistake with an id, and must not read everything.
    if (given.length === 0) return this.#all();
    const [ids] = given;
    if (!Array.isArray(ids)) return this.#one(ids);
    for (const id of ids) this.#checkId(id, 'GET');
    return Promise.all(ids.map((id) => this.#one(id)));
  }

  async create(data: JsonObject): Promise<BaseEntity> {
    return this.#make(await this.#workshop.store.create(this.#resource, data));
  }

  async update(id: number, changes: JsonObject): Promise<BaseEntity> {
    this.#checkId(id, 'PUT');
    return this.#make(await this.#workshop.store.update(this.#resource, id, changes));
  }

  async delete(id: number): Promise<void> {
    this.#checkId(id, 'DELETE');
    checkDeletable(this.#resource, id);
    await this.#workshop.store.delete(this.#resource, id);
  }

  async #one(id: unknown): Promise<BaseEntity> {
    this.#checkId(id, 'GET');
    return this.#make(await this.#workshop.store.get(this.#resource, id));
  }

  async #all(): Promise<BaseEntity[]> {
    const { store } = this.#workshop;
    const parent = parentOf(this.#resource);
    if (parent !== null && !store.listAll) throw listedElsewhere(this.#resource, parent);
    const records = await (store.listAll?.(this.#resource) ?? store.list(this.#resource, null));
    return records.map((record) => this.#make(record));
  }

  #make(record: JsonObject): BaseEntity {
    return this.#workshop.make(this.#resource, record);
  }

  #checkId(id: unknown, method: string): asserts id is number {
    const { negativeIds: negative } = this.#workshop.store;
    checkId(id, { method, path: (given) => entityPath(this.#resource, given), negative });
  }
}

function listedElsewhere(resource: EntityName, parent: EntityName): UsageError {
  return new UsageError(
    `the API lists ${resource} only below one of ${parent}: get that one by its id and call its ${resource}()`,
  );
}
