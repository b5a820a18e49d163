/** `experiment.addGoal(id)` and its like: one entity put into, or taken out of, the set of ids that another holds. */
import type { JsonObject } from './description.ts';
import { type EntityName, entityResource, fieldOf, isEntityName, referencesTo } from './resources.ts';
import type { Store } from './store.ts';

/** A resource whose entities hold an editable set of ids of another one. */
export interface Holder {
  readonly resource: EntityName;
  readonly field: string;
  /** Such as `Goal`, for the method's name. */
  readonly title: string;
}

export function holdersOf(resource: EntityName): Holder[] {
  return referencesTo(resource).flatMap(({ resource: holder, field }) => {
    const { by, merges } = fieldOf(holder, field) ?? {};
    if (!isEntityName(holder) || by !== 'edit' || merges !== 'set') return [];
    return [{ resource: holder, field, title: titleOf(holder) }];
  });
}

export function titleOf(resource: EntityName): string {
  const { singular } = entityResource(resource);
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}

export interface MembershipChange {
  readonly holder: Holder;
  readonly holderId: number;
  readonly member: number;
  readonly present: boolean;
}

/**
 * A function that makes `member` a member of the holder's set, or no longer one, and resolves with the holder. Where it
 * is so already, nothing is sent. Changes of one holder go one after the other: each reads the list that it changes, so
 * two at once would lose one.
 */
export function membershipChanger(store: Store): (change: MembershipChange) => Promise<JsonObject> {
  const last = new Map<string, Promise<unknown>>();
  return (change) => {
    const key = `${change.holder.resource}/${change.holderId}`;
    const done = (last.get(key) ?? Promise.resolve()).then(() => apply(store, change));
    const settled = done.then(ignore, ignore).then(() => {
      if (last.get(key) === settled) last.delete(key);
    });
    last.set(key, settled);
    return done;
  };
}

async function apply(
  store: Store,
  { holder, holderId, member, present }: MembershipChange,
): Promise<JsonObject> {
  const record = await store.get(holder.resource, holderId);
  const value = record[holder.field];
  const members = Array.isArray(value) ? value : [];
  if (members.includes(member) === present) return record;
  const changed = present ? [...members, member] : members.filter((id) => id !== member);
  return store.update(holder.resource, holderId, { [holder.field]: changed });
}

function ignore(): void {}
