/** The class of each resource's entity objects, with the methods that the description gives it. */
import type { JsonObject } from './description.ts';
import { BaseEntity } from './entity.ts';
import type { Segment } from './entity-types.ts';
import { type Holder, holdersOf, type MembershipChange, membershipChanger, titleOf } from './membership.ts';
import {
  childrenOf,
  type EntityName,
  entityNames,
  entityPath,
  fieldsOf,
  isEntityName,
  parentField,
  type ResourceName,
} from './resources.ts';
import { checkId, type Store } from './store.ts';

/** Makes entity objects over one store. */
export interface Workshop {
  readonly store: Store;
  make(resource: EntityName, record: JsonObject): BaseEntity;
}

type EntityClass = new (store: Store, resource: EntityName, record: JsonObject) => BaseEntity;

export function defineClasses(store: Store): Workshop {
  const classes = new Map<EntityName, EntityClass>();
  const workshop: Workshop = {
    store,
    make(resource, record) {
      const Class = classes.get(resource) ?? BaseEntity;
      return new Class(store, resource, record);
    },
  };
  const change = membershipChanger(store);
  for (const resource of entityNames) classes.set(resource, defineClass(resource, workshop, change));
  return workshop;
}

function defineClass(
  resource: EntityName,
  workshop: Workshop,
  change: (change: MembershipChange) => Promise<JsonObject>,
): EntityClass {
  const Class = class extends BaseEntity {};
  // What console.log and the debugger show.
  Object.defineProperty(Class, 'name', { value: titleOf(resource) });
  const method = (name: string, value: unknown): void => {
    Object.defineProperty(Class.prototype, name, { value, writable: true, configurable: true });
  };
  for (const child of childrenOf(resource)) method(child, childMethod(child, workshop));
  for (const holder of holdersOf(resource)) {
    method(`add${holder.title}`, membershipMethod(holder, true, workshop, change));
    method(`remove${holder.title}`, membershipMethod(holder, false, workshop, change));
  }
  return Class;
}

function childMethod(child: ResourceName, { store, make }: Workshop) {
  if (isEntityName(child)) {
    return async function (this: BaseEntity): Promise<BaseEntity[]> {
      const records = await store.list(child, BaseEntity.idOf(this));
      return records.map((record) => make(child, record));
    };
  }
  return async function (this: BaseEntity, segment?: Segment): Promise<JsonObject[]> {
    const parentId = BaseEntity.idOf(this);
    const rows = await store.list(child, parentId, segment && queryOf(segment));
    return rows.map((row) => completeRow(child, row, parentId));
  };
}

function queryOf(segment: Segment): Record<string, string> {
  return Object.fromEntries(Object.entries(segment).map(([name, value]) => [name, String(value)]));
}

/** Rows come without the id of what they were listed below; it is added, and other names of fields can be read too. */
function completeRow(resource: ResourceName, row: JsonObject, parentId: number): JsonObject {
  const parent = parentField(resource);
  const complete: JsonObject = parent === null ? { ...row } : { [parent]: parentId, ...row };
  for (const [name, { aliases = [] }] of fieldsOf(resource)) {
    for (const alias of aliases) {
      Object.defineProperty(complete, alias, { get: () => complete[name], configurable: true });
    }
  }
  return complete;
}

function membershipMethod(
  holder: Holder,
  present: boolean,
  { store, make }: Workshop,
  change: (change: MembershipChange) => Promise<JsonObject>,
) {
  const path = (given: string): string => entityPath(holder.resource, given);
  return async function (this: BaseEntity, holderId: unknown): Promise<BaseEntity> {
    checkId(holderId, { method: 'GET', path, negative: store.negativeIds });
    const record = await change({ holder, holderId, member: BaseEntity.idOf(this), present });
    return make(holder.resource, record);
  };
}
