/** Fields that the API has been seen to send and that no document lists: the sandbox sends some, so that they must survive. */
import type { JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';

export const unlistedFields: Partial<Record<EntityName, JsonObject>> = {
  projects: { installation_verified: true },
  experiments: { auto_allocate: false },
};
