/** The account as everyone meets it: it carries out requests, and remembers what it ever held and was ever asked. */
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, isEntityName, parentField } from '../../src/api/resources.ts';
import type { WireRequest, WireResponse } from '../../src/api/transport.ts';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import type { AccountOptions } from '../../src/sandbox/options.ts';
import { routeOf } from '../../src/sandbox/routes.ts';
import { Audit } from './audit.ts';
import { waitingFields } from './looking.ts';
import type { Machine } from './machine.ts';
import type { Model } from './model.ts';

const keyOf = (resource: string, id: Json | undefined) => `${resource}/${id}`;

export class Server {
  readonly account: SandboxAccount;
  /** Paths at and below which everything answers 404, as where a right to see was taken away. */
  readonly hidden = new Set<string>();
  revoked = false;
  /** How many writes of this mirror the API took. */
  writes = 0;
  /** What the API should never have been asked. */
  readonly wrongs: string[] = [];
  readonly #audit: Audit;
  readonly #model: Model;
  readonly #machine: Machine;
  /** `resource/id/field` to every value that it ever had, as JSON. */
  readonly #everHeld = new Map<string, Set<string>>();
  /** The JSON of each entity when it was last looked at. */
  readonly #seen = new Map<string, string>();
  /** Each entity as it last reached the program. */
  readonly #delivered = new Map<string, JsonObject>();

  constructor(options: AccountOptions, model: Model, machine: Machine) {
    this.account = new SandboxAccount(options);
    this.#model = model;
    this.#machine = machine;
    this.#audit = new Audit(model, machine, {
      delivered: (resource, id) => this.#delivered.get(keyOf(resource, id)),
      everHeld: (resource, id, field) => this.everHeld(resource, id, field),
    });
    this.look();
  }

  /** Notes what the account holds now. */
  look(): void {
    for (const resource of entityNames)
      for (const entity of this.account.list(resource)) this.#lookAt(resource, entity);
  }

  #lookAt(resource: EntityName, entity: JsonObject): void {
    const key = keyOf(resource, entity.id);
    const text = JSON.stringify(entity);
    if (this.#seen.get(key) === text) return;
    this.#seen.set(key, text);
    const parent = entity[parentField(resource) ?? ''];
    if (typeof parent === 'number') this.#model.place(resource, entity.id as number, parent);
    for (const [name, value] of Object.entries(entity)) {
      const values = this.#everHeld.get(`${key}/${name}`) ?? new Set();
      this.#everHeld.set(`${key}/${name}`, values.add(JSON.stringify(value)));
    }
  }

  /** What the push that begins may do without asking. */
  allow({ yes, prefersOurs }: { yes: boolean; prefersOurs: boolean }): void {
    this.#audit.yes = yes;
    this.#audit.prefersOurs = prefersOurs;
  }

  has(resource: EntityName, id: number): boolean {
    return this.account.get(resource, id) !== undefined;
  }

  everHad(resource: EntityName, id: number): boolean {
    return this.#seen.has(keyOf(resource, id));
  }

  /** Every value that a field ever had, as JSON. */
  everHeld(resource: EntityName, id: number, field: string): ReadonlySet<string> {
    return this.#everHeld.get(`${keyOf(resource, id)}/${field}`) ?? new Set();
  }

  readonly serve = (request: WireRequest): WireResponse => {
    const { method, path, body } = request;
    const { token } = this.account;
    // Careless servers say in their errors what they were given.
    if (this.revoked) return refusal(401, `the token ${token} was revoked`);
    const bare = path.split('?', 1)[0] ?? '';
    for (const hidden of this.hidden)
      if (bare === hidden || bare.startsWith(`${hidden}/`))
        return refusal(404, `there is no ${bare} for ${token}`);
    const route = method === 'GET' ? undefined : routeOf(path);
    if (route) this.wrongs.push(...this.#audit.before(request, route));
    const asked = { method, path, headers: { token }, ...(body === undefined ? {} : { body }) };
    const response = this.account.handle(asked);
    if (!route || response.status >= 400) return response;
    this.writes++;
    this.#audit.after(request, route, response);
    this.look();
    return response;
  };

  /** What the program knows of an entity, field by field: an answer can leave some out. */
  readonly delivered = ({ path }: WireRequest, { status, body }: WireResponse): void => {
    const route = routeOf(path);
    if (status >= 300 || body === '' || !route || !isEntityName(route.resource)) return;
    const value = JSON.parse(body) as JsonObject | JsonObject[];
    for (const entity of Array.isArray(value) ? value : [value]) {
      const key = keyOf(route.resource, entity.id);
      this.#delivered.set(key, { ...this.#delivered.get(key), ...entity });
      if (this.#audit.prefersOurs) this.#acceptWaiting(route.resource, entity);
    }
  };

  /** A push that prefers ours decides so for good: it may die before it sends what it decided about. */
  #acceptWaiting(resource: EntityName, entity: JsonObject): void {
    const id = entity.id as number;
    for (const field of waitingFields(this.#machine.outside, resource, id))
      this.#model.accept(resource, id, field, entity[field] ?? null);
  }
}

function refusal(status: number, message: string): WireResponse {
  return { status, headers: {}, body: JSON.stringify({ message, status }) };
}
