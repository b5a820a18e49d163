/** A whole account in memory that answers as the API does: synchronous, repeatable, and open to a colleague's hand. */
import type { JsonObject } from '../api/description.ts';
import { can, type EntityName, isEntityName, type ResourceName } from '../api/resources.ts';
import { answer } from './answering.ts';
import { seedAccount } from './data/account.ts';
import { createEntity, deleteEntity, mustGet, updateEntity } from './lifecycle.ts';
import { type AccountOptions, defaultToken } from './options.ts';
import { listed } from './reading.ts';
import { Refusal } from './refusal.ts';
import { barePath } from './routes.ts';
import { checkToken, refusalResponse, type SandboxRequest, type SandboxResponse } from './wire.ts';
import { createWorld, type World } from './world.ts';

export class SandboxAccount {
  readonly token: string;
  readonly #world: World;
  readonly #forbidden = new Set<string>();

  constructor(options: AccountOptions) {
    this.token = options.token ?? defaultToken;
    this.#world = createWorld(options);
    seedAccount(this.#world, options);
  }

  /** Carries out one request. What is wrong with a request is its answer, never an exception. */
  handle(request: SandboxRequest): SandboxResponse {
    try {
      checkToken(request.headers, this.token);
      this.#checkRight(request.path);
      return answer(this.#world, request);
    } catch (error) {
      if (error instanceof Refusal) return refusalResponse(error);
      throw error;
    }
  }

  /** The account's moment, in milliseconds since 1970. */
  now(): number {
    return this.#world.clock.now();
  }

  /** Moves the account's time forward, and with it the results of what is running. */
  advance(ms: number): void {
    this.#world.clock.advance(ms);
  }

  /** From now on, answers 403 to everything at or below such a path, as `projects/1` or `experiments/5/results`. */
  forbid(pathPrefix: string): void {
    this.#forbidden.add(barePath(pathPrefix));
  }

  /** Takes a `forbid` back, or all of them. */
  allow(pathPrefix?: string): void {
    if (pathPrefix === undefined) this.#forbidden.clear();
    else this.#forbidden.delete(barePath(pathPrefix));
  }

  /** What a list shows; without a parent's id, every entity of the resource in the account. */
  list(resource: ResourceName, parentId?: number): JsonObject[] {
    if (parentId === undefined && isEntityName(resource))
      return Array.from(this.#world.store.all(resource), (entity) => structuredClone(entity));
    return structuredClone(listed(this.#world, resource, parentId ?? null, new URLSearchParams()));
  }

  get(resource: EntityName, id: number): JsonObject | undefined {
    return structuredClone(this.#world.store.get(resource, id));
  }

  /** What a POST would do. Throws a `Refusal` where the API would refuse; so do `update` and `remove`. */
  create(resource: EntityName, parentId: number | null, body: JsonObject): JsonObject {
    return structuredClone(createEntity(this.#world, resource, parentId, body));
  }

  update(resource: EntityName, id: number, body: JsonObject): JsonObject {
    return structuredClone(updateEntity(this.#world, resource, id, body));
  }

  remove(resource: EntityName, id: number): void {
    mustGet(this.#world, resource, id);
    if (!can(resource, 'delete')) throw new Refusal(405, `${resource} can't be deleted`);
    deleteEntity(this.#world, resource, id);
  }

  /**
   * Makes one entity vanish, whatever its verbs allow, and leaves everything else as it is: its children stay readable
   * by id, and lists go on naming it.
   */
  removeSilently(resource: EntityName, id: number): void {
    this.#world.store.remove(resource, id);
  }

  /** Sets any fields as they are, server-set and unlisted ones too: no rule is checked, nothing follows. */
  plant(resource: EntityName, id: number, fields: JsonObject): void {
    Object.assign(mustGet(this.#world, resource, id), structuredClone(fields));
  }

  #checkRight(path: string): void {
    const bare = barePath(path);
    for (const prefix of this.#forbidden)
      if (bare === prefix || bare.startsWith(`${prefix}/`))
        throw new Refusal(403, `You have no right to ${bare}`);
  }
}
