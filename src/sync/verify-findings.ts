/** What a comparison of the mirror with the API finds. */
import type { Json } from '../api/description.ts';
import type { EntityName, ResourceName } from '../api/resources.ts';
import type { Difference, RecordName } from './report.ts';

/** What was found in one list, or in all. */
export interface Findings {
  /** How many records of the API were compared. */
  checked: number;
  readonly missing: RecordName[];
  readonly extra: RecordName[];
  readonly different: Difference[];
}

export const noFindings = (): Findings => ({ checked: 0, missing: [], extra: [], different: [] });

export function addFindings(total: Findings, more: Findings): void {
  total.checked += more.checked;
  for (const one of more.missing) total.missing.push(one);
  for (const one of more.extra) total.extra.push(one);
  for (const one of more.different) total.different.push(one);
}

/** The fields of one record that differ: the first place of the mirror in which one was seen to differ tells. */
export class Differences {
  readonly #fields = new Map<string, { readonly mirror: Json; readonly api: Json }>();

  add(field: string, mirror: Json, api: Json): void {
    if (!this.#fields.has(field)) this.#fields.set(field, { mirror, api });
  }

  putInto(found: Findings, resource: ResourceName, id: number | string): void {
    for (const [field, { mirror, api }] of this.#fields)
      found.different.push({ resource, entity_id: id, field, mirror, api });
  }
}

/** An entity that the mirror has and the API does not. */
export interface Surplus {
  readonly resource: EntityName;
  readonly id: number;
  /** Whether the API's last state has none either: somebody wrote a row past the triggers. */
  readonly isLocalOnly: boolean;
}
