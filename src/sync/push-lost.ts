/** What became of a create whose answer was lost, as its siblings tell. (pure) Source: CONTRACT.md, How a push decides, 6. */
import type { JsonObject } from '../api/description.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
import { sameValue } from './equality.ts';

export type LostCreate =
  | { readonly outcome: 'adopt'; readonly entity: JsonObject }
  | { readonly outcome: 'again' }
  | { readonly outcome: 'doubtful'; readonly candidates: readonly number[] };

/**
 * Looks among the siblings that are new since a create was sent. One that holds all that was sent is it; one that shares
 * only what identifies it is doubtful, and so are several. `unusable` are new ones whose content can't be read: any of
 * them may be it.
 */
export function findLostCreate(
  resource: EntityName,
  sent: JsonObject,
  fresh: readonly JsonObject[],
  unusable: readonly number[] = [],
): LostCreate {
  const same = (field: string, sibling: JsonObject) =>
    sameValue(fieldOf(resource, field), sent[field], sibling[field]);
  const fields = Object.keys(sent);
  const identity = fields.filter((field) => fieldOf(resource, field)?.identity && sent[field] !== null);
  const whole = fresh.filter((sibling) => fields.every((field) => same(field, sibling)));
  const alike = fresh.filter((sibling) => identity.some((field) => same(field, sibling)));
  const candidates = new Set([...[...whole, ...alike].map(({ id }) => id as number), ...unusable]);
  const [only] = whole;
  if (candidates.size === 0) return { outcome: 'again' };
  if (candidates.size === 1 && only) return { outcome: 'adopt', entity: only };
  return { outcome: 'doubtful', candidates: [...candidates] };
}
