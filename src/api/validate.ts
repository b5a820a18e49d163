/** What comes from the API is `unknown` until it is checked here against the description. */
import { MalformedResponseError } from '../errors.ts';
import type { JsonObject } from './description.ts';
import { sayKind } from './json.ts';
import { plain } from './plain.ts';
import { type EntityName, entityPath, listPath, type ResourceName } from './resources.ts';
import { type Identity, type Shape, shapeOf } from './shapes.ts';
import type { Method } from './transport.ts';

/** A listing whose ids can be trusted. Entities with a field of the wrong kind are set apart. */
export interface CheckedList {
  readonly items: JsonObject[];
  /** `id` is the entity's; of a row of results, its goal's. The message names the field, and what was expected and got. */
  readonly rejected: { readonly id: number; readonly message: string }[];
}

/** The request that an answer belongs to, for error messages. */
export interface Asked {
  readonly method: Method;
  readonly path: string;
}

/**
 * Checks a listing of a resource below a parent (null for the account).
 * @throws MalformedResponseError where the whole can't be trusted: it is no list, an element is no object, an id (or
 * the key of a row of results) is none or comes twice
 */
export function checkList(
  resource: ResourceName,
  parentId: number | null,
  value: unknown,
  asked: Asked = { method: 'GET', path: listPath(resource, parentId) },
): CheckedList {
  if (!Array.isArray(value)) throw malformed(asked, `expected a list of ${resource}, got ${sayKind(value)}`);
  const shape = shapeOf(resource);
  const seen = new Set<Identity['key']>();
  const list: CheckedList = { items: [], rejected: [] };
  for (const [index, element] of value.entries()) {
    const { record, identity } = identified(shape, element, (problem) =>
      malformed(asked, `element ${index} of the list: ${problem}`),
    );
    if (seen.has(identity.key)) throw malformed(asked, `${named(identity)} is listed twice`);
    seen.add(identity.key);
    const problem = shape.problem(record, parentId);
    if (problem === null) list.items.push(record);
    else list.rejected.push({ id: identity.id, message: `${resource} ${named(identity)}: ${problem}` });
  }
  return list;
}

export interface EntityExpectation {
  /** The id that was asked for. */
  readonly id?: number;
  readonly parentId?: number | null;
  readonly asked?: Asked;
}

/**
 * Checks a single entity, and that it is the one that was expected.
 * @throws MalformedResponseError where it is no object, has no id or another one, or a field of the wrong kind
 */
export function checkEntity(
  resource: EntityName,
  value: unknown,
  { id, parentId = null, asked }: EntityExpectation = {},
): JsonObject {
  const facts = asked ?? { method: 'GET', path: entityPath(resource, id ?? '') };
  const shape = shapeOf(resource);
  const { record, identity } = identified(shape, value, (problem) => malformed(facts, problem));
  if (id !== undefined && identity.id !== id) throw malformed(facts, `expected id ${id}, got ${identity.id}`);
  const problem = shape.problem(record, parentId);
  if (problem !== null) throw malformed(facts, `${resource} ${identity.id}: ${problem}`);
  return record;
}

/** A row's key holds texts that the server chose. */
function named({ key }: Identity): string {
  return plain(String(key), 200);
}

/** The record with every field under its main name: what came under an alias that the description knows is moved. */
export function canonical(resource: ResourceName, record: JsonObject): JsonObject {
  return shapeOf(resource).canonical(record);
}

function identified(
  shape: Shape,
  value: unknown,
  refuse: (problem: string) => Error,
): { record: JsonObject; identity: Identity } {
  if (!isRecord(value)) throw refuse(`expected an object, got ${sayKind(value)}`);
  const record = shape.canonical(value);
  const identity = shape.identify(record);
  if (typeof identity === 'string') throw refuse(identity);
  return { record, identity };
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed({ method, path }: Asked, apiMessage: string): MalformedResponseError {
  return new MalformedResponseError({ method, path, status: null, apiMessage });
}
