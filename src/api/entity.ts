/** What every entity object can do, whatever its resource: hold its fields, save, delete and refresh itself. */
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../errors.ts';
import type { Json, JsonObject } from './description.ts';
import { can, type EntityName, editableFields } from './resources.ts';
import type { Store } from './store.ts';

/**
 * An entity as it was last read, with the edits made to its own properties since. Fields are own enumerable properties,
 * methods are not, so that a spread, `Object.keys` and JSON see the fields alone.
 */
export class BaseEntity {
  readonly #store: Store;
  readonly #resource: EntityName;
  /** Kept apart from the property, which anybody may overwrite. */
  readonly #id: number;
  /** As last read, never handed out: edits are told by comparing with it. */
  #read: JsonObject = {};

  constructor(store: Store, resource: EntityName, record: JsonObject) {
    this.#store = store;
    this.#resource = resource;
    this.#id = Number(record.id);
    this.#show(record);
  }

  static idOf(entity: BaseEntity): number {
    return entity.#id;
  }

  /** Sends the editable fields that changed since they were read; sends nothing where none did. */
  async save(): Promise<this> {
    const changes = this.#edits();
    if (Object.keys(changes).length === 0) return this;
    const record = await this.#store.update(this.#resource, this.#id, changes);
    // What was edited while the request was on its way is newer than the answer, and not yet saved.
    const newer = this.#editsSince({ ...this.#read, ...changes });
    this.#show(record);
    Object.assign(this, newer);
    return this;
  }

  async delete(): Promise<void> {
    checkDeletable(this.#resource, this.#id);
    await this.#store.delete(this.#resource, this.#id);
  }

  async refresh(): Promise<this> {
    this.#show(await this.#store.get(this.#resource, this.#id));
    return this;
  }

  toJSON(): JsonObject {
    return { ...this.#fields() };
  }

  /** The own properties, which are JSON by what `#show` puts there; what callers put there is theirs to answer for. */
  #fields(): JsonObject {
    return this as unknown as JsonObject;
  }

  #edits(): JsonObject {
    return this.#editsSince(this.#read);
  }

  #editsSince(base: JsonObject): JsonObject {
    const fields = this.#fields();
    const edits: JsonObject = {};
    for (const [name] of editableFields(this.#resource)) {
      const value = fields[name];
      if (value !== undefined && !isDeepStrictEqual(value, base[name])) edits[name] = structuredClone(value);
    }
    return edits;
  }

  #show(record: JsonObject): void {
    const fields = this.#fields();
    const prototype: object = Object.getPrototypeOf(this);
    for (const name of Object.keys(fields)) if (!Object.hasOwn(record, name)) delete fields[name];
    for (const [name, value] of Object.entries(record)) {
      // A field that has a method's name can't be shown: the method is what callers rely on.
      if (!(name in prototype)) fields[name] = copyOf(value);
    }
    this.#read = record;
  }
}

/** Lists are copied, so that changing one in place shows as an edit. */
function copyOf(value: Json): Json {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}

/**
 * @throws UsageError where the API has no such verb. An entity that only exists offline can always go.
 */
export function checkDeletable(resource: EntityName, id: number): void {
  if (can(resource, 'delete') || id < 0) return;
  throw new UsageError(`the API does not delete ${resource}`);
}
