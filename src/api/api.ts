/** The API as typed calls: paths from the description, every answer checked against it. What the sync engine talks to. */
import { UsageError } from '../errors.ts';
import {
  type Connection,
  type Counters,
  KnownBody,
  type RequestOptions,
  type WriteOptions,
} from './connection.ts';
import type { JsonObject } from './description.ts';
import { parseJson } from './json.ts';
import {
  type EntityName,
  entityNames,
  entityPath,
  isEntityName,
  isResourceName,
  listPath,
  type ResourceName,
  resourceNames,
} from './resources.ts';
import { type CheckedList, checkEntity, checkList } from './validate.ts';

export interface ListOptions extends RequestOptions {
  /** The query of the URL, such as a segment of results. */
  readonly query?: Readonly<Record<string, string>> | undefined;
}

/** A listing whose answer is known: it was not looked into. */
export interface KnownList {
  /** The listing all the same. */
  look(): CheckedList;
}

/**
 * Every call rejects with an OptimizelyError of the status's class, a ConnectionError, a MalformedResponseError, or the
 * signal's reason. Only reads are repeated.
 */
export interface Api {
  /** The members of a resource below a parent; below the account where `parentId` is null. */
  list(resource: ResourceName, parentId: number | null, options?: ListOptions): Promise<CheckedList>;
  /** As `list`; but where the answer's text is one that `isKnown`, nobody looks into it. */
  listUnlessKnown(
    resource: ResourceName,
    parentId: number | null,
    isKnown: (text: string) => boolean,
    options?: RequestOptions,
  ): Promise<CheckedList | KnownList>;
  get(resource: EntityName, id: number, options?: RequestOptions): Promise<JsonObject>;
  /** POSTs to the parent's list; the body goes as it is, without the parent's id. Resolves with the new entity. */
  create(
    resource: EntityName,
    parentId: number | null,
    body: JsonObject,
    options?: WriteOptions,
  ): Promise<JsonObject>;
  /** PUTs only these fields. Resolves with the whole entity. */
  update(resource: EntityName, id: number, body: JsonObject, options?: WriteOptions): Promise<JsonObject>;
  delete(resource: EntityName, id: number, options?: WriteOptions): Promise<void>;
  /** Live: they go on counting. */
  readonly counters: Readonly<Counters>;
}

/** @throws UsageError, from each call, for a resource that the description does not have */
export function createApi(connection: Connection): Api {
  return {
    counters: connection.counters,

    async list(resource, parentId, { signal, query } = {}) {
      if (!isResourceName(resource)) throw unheardOf(resource, resourceNames);
      const path = listPath(resource, parentId) + queryText(query);
      return checkList(resource, parentId, await connection.read(path, { signal }), { method: 'GET', path });
    },

    async listUnlessKnown(resource, parentId, isKnown, { signal } = {}) {
      if (!isResourceName(resource)) throw unheardOf(resource, resourceNames);
      const path = listPath(resource, parentId);
      const check = (json: unknown) => checkList(resource, parentId, json, { method: 'GET', path });
      const answer = await connection.read(path, { signal, isKnown });
      return answer instanceof KnownBody ? { look: () => check(parseJson(answer.body)) } : check(answer);
    },

    async get(resource, id, options) {
      checkEntityName(resource);
      const path = entityPath(resource, id);
      return checkEntity(resource, await connection.read(path, options), {
        id,
        asked: { method: 'GET', path },
      });
    },

    async create(resource, parentId, body, options) {
      checkEntityName(resource);
      const path = listPath(resource, parentId);
      const answer = await connection.write('POST', path, body, options);
      return checkEntity(resource, answer, { parentId, asked: { method: 'POST', path } });
    },

    async update(resource, id, body, options) {
      checkEntityName(resource);
      const path = entityPath(resource, id);
      const answer = await connection.write('PUT', path, body, options);
      return checkEntity(resource, answer, { id, asked: { method: 'PUT', path } });
    },

    async delete(resource, id, options) {
      checkEntityName(resource);
      await connection.write('DELETE', entityPath(resource, id), undefined, options);
    },
  };
}

function checkEntityName(resource: EntityName): void {
  if (!isEntityName(resource)) throw unheardOf(resource, entityNames);
}

function unheardOf(resource: string, known: readonly string[]): UsageError {
  return new UsageError(`the API has no ${resource} here; it has ${known.join(', ')}`);
}

function queryText(query: ListOptions['query']): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
