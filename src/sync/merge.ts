/** The three-way merge: what becomes of an edit when the API's state has moved on from the one it was made on. (pure) */
import type { Field, Json, JsonObject } from '../api/description.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
import { editedFields, isSet, sameToken, sameValue } from './equality.ts';

/** One edited field. `base` is undefined where there is none: the field of a create. */
export interface Change {
  readonly field: string;
  readonly base: Json | undefined;
  readonly local: Json;
}

/** One field on which two sides disagree, as the reports show it. */
export interface FieldConflict {
  readonly field: string;
  readonly base: Json;
  readonly local: Json;
  readonly remote: Json;
}

/**
 * What is left of one edit. `ours`: it still has to be sent, with `value` (a merged set may differ from what was
 * written). `converged`: the API holds it already. `conflict`: both sides changed it to different values.
 */
export type FieldMerge =
  | { readonly outcome: 'ours'; readonly value: Json }
  | { readonly outcome: 'converged' | 'conflict' };

/** What our side added is added to theirs, what it removed is removed; their order comes first. */
function mergeSet(base: Json[], local: Json[], remote: Json[]): Json[] {
  const kept = remote.filter((item) => local.includes(item) || !base.includes(item));
  return [...new Set([...kept, ...local.filter((item) => !base.includes(item))])];
}

/** Merges one field. Source: CONTRACT.md, How a push decides, 2 to 4. */
export function mergeField(field: Field | undefined, base: Json, local: Json, remote: Json): FieldMerge {
  if (sameValue(field, local, remote)) return { outcome: 'converged' };
  // Set back to its base while it was on the wire: nothing of ours is left, whatever the API holds.
  if (sameValue(field, local, base)) return { outcome: 'converged' };
  if (field?.merges === 'set' && isSet(base) && isSet(local) && isSet(remote)) {
    const value = mergeSet(base ?? [], local ?? [], remote ?? []);
    return sameValue(field, value, remote) ? { outcome: 'converged' } : { outcome: 'ours', value };
  }
  if (sameValue(field, base, remote)) return { outcome: 'ours', value: local };
  return { outcome: 'conflict' };
}

export interface UpdateMerge {
  /** The fields still to be sent, with the value to send. */
  readonly ours: JsonObject;
  /** The fields that the API holds already. */
  readonly converged: readonly string[];
  readonly conflicts: readonly FieldConflict[];
}

export interface MergeOptions {
  /** Any other change of the entity is a conflict as well. */
  readonly strict?: boolean;
}

/**
 * Merges an update with what the API holds now. `base` is the whole entity it was made on. Where the conflict token is
 * the one of the base nobody else changed anything; sets are merged with what is there all the same.
 */
export function mergeUpdate(
  resource: EntityName,
  changes: readonly Change[],
  base: JsonObject,
  remote: JsonObject,
  options: MergeOptions = {},
): UpdateMerge {
  const untouched = sameToken(resource, base, remote);
  const ours: JsonObject = {};
  const converged: string[] = [];
  const conflicts: FieldConflict[] = [];
  for (const change of changes) {
    const { field, local } = change;
    const now = remote[field] ?? null;
    const merged = mergeField(fieldOf(resource, field), change.base ?? null, local, now);
    if (merged.outcome === 'ours') ours[field] = merged.value;
    else if (merged.outcome === 'converged') converged.push(field);
    else if (untouched) ours[field] = local;
    else conflicts.push({ field, base: change.base ?? null, local, remote: now });
  }
  if (options.strict && !untouched)
    conflicts.push(...othersChanges(resource, changes, base, remote, conflicts));
  return { ours, converged, conflicts };
}

/** With `--strict`: what changed there beside our own conflicts, the same value on both sides excepted. */
function othersChanges(
  resource: EntityName,
  changes: readonly Change[],
  base: JsonObject,
  remote: JsonObject,
  found: readonly FieldConflict[],
): FieldConflict[] {
  return editedFields(resource, base, remote)
    .filter((field) => !found.some((conflict) => conflict.field === field))
    .map((field) => {
      const change = changes.find((candidate) => candidate.field === field);
      const was = base[field] ?? null;
      return { field, base: was, local: change ? change.local : was, remote: remote[field] ?? null };
    })
    .filter(({ field, local, remote: now }) => !sameValue(fieldOf(resource, field), local, now));
}

/** What changed there since the delete was made here: empty where it may be sent. Source: the same, 1 and 5. */
export function deleteConflicts(resource: EntityName, base: JsonObject, remote: JsonObject): FieldConflict[] {
  if (sameToken(resource, base, remote)) return [];
  return editedFields(resource, base, remote).map((field) => ({
    field,
    base: base[field] ?? null,
    local: null,
    remote: remote[field] ?? null,
  }));
}
