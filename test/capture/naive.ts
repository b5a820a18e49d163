/** The naive model of a mirror that is edited offline: what the API said, what the user made of it, and the difference. */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../src/api/description.ts';
import {
  childEntitiesOf,
  type EntityName,
  editableFields,
  entityNames,
  fieldsOf,
  parentField,
  parentOf,
  referencesTo,
} from '../../src/api/resources.ts';
import type { Database } from '../../src/db/open.ts';

type Table = Map<number, JsonObject>;

export class NaiveMirror {
  readonly #remote = new Map<EntityName, Table>();
  readonly #local = new Map<EntityName, Table>();
  /** By `resource/id`: the fields of a create that were given. */
  readonly #given = new Map<string, Set<string>>();
  #next = -1;

  constructor(db: Database) {
    for (const resource of entityNames) {
      const bodies = db.prepare(`SELECT body FROM "remote_${resource}"`).pluck().all() as string[];
      const entities = bodies.map((body) => described(resource, JSON.parse(body) as JsonObject));
      this.#remote.set(resource, new Map(entities.map((entity) => [Number(entity.id), entity])));
      this.#local.set(resource, new Map(entities.map((entity) => [Number(entity.id), { ...entity }])));
    }
  }

  get nextId(): number {
    return this.#next;
  }

  rows(resource: EntityName): Table {
    return this.#local.get(resource) ?? new Map();
  }

  remote(resource: EntityName, id: number): JsonObject | undefined {
    return this.#remote.get(resource)?.get(id);
  }

  /** The rows in the order of their ids. */
  table(resource: EntityName): JsonObject[] {
    return [...this.rows(resource).values()].sort((a, b) => Number(a.id) - Number(b.id));
  }

  insert(resource: EntityName, chosen: number | null, fields: JsonObject): void {
    const id = chosen !== null && chosen < 0 ? chosen : this.#next;
    this.#next = Math.min(this.#next, id - 1);
    const above = this.rows(parentOf(resource) ?? resource).get(Number(fields[parentField(resource) ?? '']));
    const project = resource === 'variations' ? { project_id: above?.project_id ?? null } : {};
    this.rows(resource).set(id, described(resource, { ...project, ...fields, id }));
    this.#given.set(
      `${resource}/${id}`,
      new Set(Object.keys(fields).filter((name) => fields[name] !== null)),
    );
  }

  update(resource: EntityName, id: number, changes: JsonObject): void {
    const row = this.rows(resource).get(id);
    for (const [field, value] of Object.entries(changes)) {
      if (!row || isDeepStrictEqual(row[field], value)) continue;
      row[field] = value;
      this.#given.get(`${resource}/${id}`)?.add(field);
    }
  }

  remove(resource: EntityName, id: number): void {
    this.rows(resource).delete(id);
    for (const child of childEntitiesOf(resource))
      for (const row of this.table(child))
        if (row[parentField(child) ?? ''] === id) this.remove(child, Number(row.id));
    if (id < 0) this.#leaveLists(resource, id);
  }

  #leaveLists(target: EntityName, id: number): void {
    for (const { resource, field, list } of referencesTo(target)) {
      if (!list || !editableFields(resource as EntityName).some(([name]) => name === field)) continue;
      for (const row of this.table(resource as EntityName)) {
        const ids = row[field];
        if (Array.isArray(ids) && ids.includes(id))
          this.update(resource as EntityName, Number(row.id), { [field]: ids.filter((each) => each !== id) });
      }
    }
  }

  /** What waits to be pushed, by `resource/id`: the difference between the two states, and nothing of how it came about. */
  outbox(): Record<string, { op: string; changes: Record<string, { base?: Json; local?: Json }> }> {
    const all: ReturnType<NaiveMirror['outbox']> = {};
    for (const resource of entityNames) {
      for (const row of this.table(resource)) {
        const key = `${resource}/${row.id}`;
        const base = this.remote(resource, Number(row.id));
        const changes = base ? differences(resource, base, row) : this.#creation(key, row);
        if (!base || Object.keys(changes).length > 0) all[key] = { op: base ? 'update' : 'create', changes };
      }
      for (const base of this.#remote.get(resource)?.values() ?? [])
        if (!this.rows(resource).has(Number(base.id)) && this.#hasParent(resource, base))
          all[`${resource}/${base.id}`] = { op: 'delete', changes: {} };
    }
    return all;
  }

  #creation(key: string, row: JsonObject): Record<string, { local: Json }> {
    const given = [...(this.#given.get(key) ?? [])];
    return Object.fromEntries(given.map((name) => [name, { local: row[name] ?? null }]));
  }

  #hasParent(resource: EntityName, entity: JsonObject): boolean {
    const parent = parentOf(resource);
    return parent === null || this.rows(parent).has(Number(entity[parentField(resource) ?? '']));
  }
}

/** The entity's fields that have a column, each with a value. */
function described(resource: EntityName, entity: JsonObject): JsonObject {
  return Object.fromEntries(fieldsOf(resource).map(([name]) => [name, entity[name] ?? null]));
}

function differences(resource: EntityName, base: JsonObject, row: JsonObject) {
  const changed = editableFields(resource).filter(([name]) => !isDeepStrictEqual(base[name], row[name]));
  return Object.fromEntries(
    changed.map(([name]) => [name, { base: base[name] ?? null, local: row[name] ?? null }]),
  );
}
