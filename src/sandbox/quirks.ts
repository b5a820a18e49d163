/** What the server does that the description has no word for yet, as data under the description's names. */
import type { JsonObject, When } from '../api/description.ts';
import type { EntityName, ObservationName } from '../api/resources.ts';

/** What a template may name, as `{id}`, beside the entity's own fields. */
export interface Made {
  readonly account: number;
  readonly secret: string;
}

export interface EntityQuirk {
  /**
   * The element that a list begins with, and what its elements have where a client leaves a key out; a name in braces
   * stands for that field.
   */
  readonly firstItem?: Readonly<Record<string, JsonObject>>;
  /** Values that the server makes up; a template that is one name alone keeps the value's type. */
  readonly made?: Readonly<Record<string, string>>;
  /** Fields that the API sends and no document lists. */
  readonly unlisted?: JsonObject;
  /** So many below one parent may be in that state, together with all of the resources named. */
  readonly atMost?: { readonly when: When; readonly together: readonly EntityName[] };
}

export const entityQuirks: Partial<Record<EntityName, EntityQuirk>> = {
  projects: {
    made: { account_id: '{account}', socket_token: '{secret}' },
    unlisted: { installation_verified: true },
  },
  experiments: {
    made: {
      shareable_results_link: 'https://www.optimizely.com/results?experiment_id={id}&token={secret}',
    },
    firstItem: { url_conditions: { match_type: 'simple', value: '{edit_url}', negate: false } },
    unlisted: { auto_allocate: false },
  },
  audiences: { atMost: { when: { segmentation: [true] }, together: ['dimensions'] } },
};

/** The questions that a list of rows takes: the parameter that names the segment, and what has to come with it. */
export const segments: Record<
  ObservationName,
  readonly { readonly id: string; readonly names: EntityName; readonly value?: string }[]
> = {
  results: [
    { id: 'audience_id', names: 'audiences' },
    { id: 'dimension_id', names: 'dimensions', value: 'dimension_value' },
  ],
  stats: [
    { id: 'audience_id', names: 'audiences' },
    { id: 'dimension_id', names: 'dimensions', value: 'dimension_value' },
  ],
};
