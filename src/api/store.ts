/** Where entity objects are read from and written to: the API itself, or a local mirror of it. */
import { InvalidIDError, MalformedResponseError, UsageError } from '../errors.ts';
import type { Api } from './api.ts';
import type { Json, JsonObject } from './description.ts';
import { sayKind } from './json.ts';
import { type EntityName, entityResource, listPath, parentField, type ResourceName } from './resources.ts';
import { isId } from './shapes.ts';

export interface Store {
  /** Whether entities made offline, whose ids are negative, exist here. */
  readonly negativeIds: boolean;
  get(resource: EntityName, id: number): Promise<JsonObject>;
  /** The members below a parent, or below the account where `parentId` is null. `query` picks a segment of results. */
  list(
    resource: ResourceName,
    parentId: number | null,
    query?: Readonly<Record<string, string>>,
  ): Promise<JsonObject[]>;
  /** Every member, whatever its parent. Only where that is cheap. */
  listAll?(resource: EntityName): Promise<JsonObject[]>;
  /** `data` holds the parent's id among the fields. Resolves with the whole new entity. */
  create(resource: EntityName, data: JsonObject): Promise<JsonObject>;
  /** `changes` holds only the fields that change. Resolves with the whole entity. */
  update(resource: EntityName, id: number, changes: JsonObject): Promise<JsonObject>;
  delete(resource: EntityName, id: number): Promise<void>;
}

/** The store that is the API itself. */
export function apiStore(api: Api): Store {
  return {
    negativeIds: false,
    get: (resource, id) => api.get(resource, id),

    async list(resource, parentId, query) {
      const { items, rejected } = await api.list(resource, parentId, { query });
      const [first] = rejected;
      if (first === undefined) return items;
      const facts = { method: 'GET', path: listPath(resource, parentId), status: null };
      throw new MalformedResponseError({ ...facts, apiMessage: first.message });
    },

    async create(resource, data) {
      const { parentId, body } = withoutParent(resource, data);
      return api.create(resource, parentId, body);
    },

    update: (resource, id, changes) => api.update(resource, id, changes),
    delete: (resource, id) => api.delete(resource, id),
  };
}

/** The parent's id stands in the URL of a create, not in its body. */
function withoutParent(
  resource: EntityName,
  data: JsonObject,
): { parentId: number | null; body: JsonObject } {
  const field = parentField(resource);
  if (field === null) return { parentId: null, body: data };
  const { [field]: parentId, ...body } = data;
  if (parentId === undefined || parentId === null) {
    const { parent } = entityResource(resource);
    throw new UsageError(
      `${field} is missing: one of ${resource} is created within one of ${parent}, so give its id as ${field}`,
    );
  }
  checkId(parentId, {
    method: 'POST',
    path: (given) => `${entityResource(resource).parent}/${given}/${resource}`,
  });
  return { parentId, body };
}

export interface IdContext {
  readonly method: string;
  /** The path that the id would stand in. */
  readonly path: (given: string) => string;
  readonly negative?: boolean;
}

/**
 * Checks an id before anything is asked.
 * @throws InvalidIDError unless it is a whole number from 1 to 2^53 - 1, or, where `negative`, below zero
 */
export function checkId(id: unknown, { method, path, negative = false }: IdContext): asserts id is number {
  if (isId(id) || (negative && typeof id === 'number' && isId(-id))) return;
  const given = typeof id === 'number' ? String(id) : sayGiven(id);
  throw new InvalidIDError({
    method,
    path: path(given),
    status: null,
    apiMessage: `an id is a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, not ${given}`,
  });
}

function sayGiven(id: unknown): string {
  return typeof id === 'string' ? JSON.stringify(id.slice(0, 40)) : sayKind(id as Json);
}
