/** How one request becomes one answer: its path, its verb, what it does. */
import type { Verb } from '../api/description.ts';
import { can, type EntityName, isEntityName } from '../api/resources.ts';
import { createEntity, deleteEntity, mustGet, updateEntity } from './lifecycle.ts';
import { listed } from './reading.ts';
import { Refusal } from './refusal.ts';
import { barePath, queryOf, type Route, routeOf } from './routes.ts';
import {
  jsonResponse,
  parsedBody,
  refusalResponse,
  type SandboxRequest,
  type SandboxResponse,
} from './wire.ts';
import type { World } from './world.ts';

const verbs: Readonly<Record<Route['kind'], Readonly<Record<string, Verb>>>> = {
  list: { GET: 'list', POST: 'create' },
  entity: { GET: 'get', PUT: 'update', DELETE: 'delete' },
};

/** Carries out a request that was let in; throws a `Refusal` where the API would not. */
export function answer(world: World, request: SandboxRequest): SandboxResponse {
  const route = routeOf(request.path);
  if (route === undefined) throw new Refusal(404, `There is nothing at ${barePath(request.path)}`);
  const verb = verbs[route.kind][request.method];
  if (verb === undefined || !can(route.resource, verb)) return unsupported(request, route);
  if (route.kind === 'entity') return answerEntity(world, verb, route.resource, route.id, request.body);
  const { resource, parentId } = route;
  return verb === 'create' && isEntityName(resource)
    ? jsonResponse(201, createEntity(world, resource, parentId, parsedBody(request.body)))
    : jsonResponse(200, listed(world, resource, parentId, queryOf(request.path)));
}

function answerEntity(
  world: World,
  verb: Verb,
  resource: EntityName,
  id: number,
  body: string | undefined,
): SandboxResponse {
  const entity = mustGet(world, resource, id);
  if (verb === 'get') return jsonResponse(200, entity);
  if (verb === 'update') return jsonResponse(202, updateEntity(world, resource, id, parsedBody(body)));
  deleteEntity(world, resource, id);
  return { status: 204, headers: {}, body: '' };
}

function unsupported({ method, path }: SandboxRequest, route: Route): SandboxResponse {
  const supported = Object.entries(verbs[route.kind]).filter(([, verb]) => can(route.resource, verb));
  const refusal = new Refusal(405, `${method} ${barePath(path)} is not supported`);
  return refusalResponse(refusal, { allow: supported.map(([name]) => name).join(', ') });
}
