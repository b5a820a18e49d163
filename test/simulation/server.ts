/** The account as everyone meets it: it carries out requests, and holds every write against what the user asked for. */
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, fieldOf, fieldsOf } from '../../src/api/resources.ts';
import type { WireRequest, WireResponse } from '../../src/api/transport.ts';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import type { AccountOptions } from '../../src/sandbox/options.ts';
import { type Route, routeOf } from '../../src/sandbox/routes.ts';
import type { Model } from './model.ts';

/** A write that the API took. */
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | null;
  readonly status: number;
}

type OriginsOf = (resource: EntityName, id: number) => readonly number[];

export class Server {
  readonly account: SandboxAccount;
  /** Every write that this mirror sent and the API took. */
  readonly writes: Write[] = [];
  /** Every write that the API itself refused, by `METHOD path`. */
  readonly refusals = new Map<string, number>();
  /** Paths at and below which everything answers 404, as where a right to see was taken away. */
  readonly hidden = new Set<string>();
  revoked = false;
  /** What no edit explains. */
  readonly wrongs: string[] = [];
  readonly #model: Model;
  /** The temporary ids of rows that took over what the server made, as the mirror has them. */
  readonly #originsOf: OriginsOf;
  /** `resource/id/field` to the ids that the list was ever seen to hold. */
  readonly #everHeld = new Map<string, Set<Json>>();
  /** The entities that the server ever had, whole, as they were last. */
  readonly #ever = new Map<string, JsonObject>();

  constructor(options: AccountOptions, model: Model, originsOf: OriginsOf) {
    this.account = new SandboxAccount(options);
    this.#model = model;
    this.#originsOf = originsOf;
    this.look();
  }

  /** Notes what the account holds now. */
  look(): void {
    for (const resource of entityNames)
      for (const entity of this.account.list(resource)) this.#lookAt(resource, entity);
  }

  #lookAt(resource: EntityName, entity: JsonObject): void {
    this.#ever.set(`${resource}/${entity.id}`, entity);
    for (const [name, field] of fieldsOf(resource)) {
      const value = entity[name];
      if (field.items !== 'id' || !Array.isArray(value)) continue;
      const key = `${resource}/${entity.id}/${name}`;
      const held = this.#everHeld.get(key) ?? new Set();
      for (const id of value) held.add(id);
      this.#everHeld.set(key, held);
    }
  }

  has(resource: EntityName, id: number): boolean {
    return this.account.get(resource, id) !== undefined;
  }

  everHad(resource: EntityName, id: number): boolean {
    return this.#ever.has(`${resource}/${id}`);
  }

  readonly serve = (request: WireRequest): WireResponse => {
    if (this.revoked) return refusal(401, 'the token was revoked');
    const bare = request.path.split('?', 1)[0] ?? '';
    for (const path of this.hidden)
      if (bare === path || bare.startsWith(`${path}/`)) return refusal(404, `there is no ${bare}`);
    const { method, path, body } = request;
    const route = routeOf(path);
    if (method !== 'GET' && route) this.#audit(method, route, body);
    const headers = { token: this.account.token };
    const response = this.account.handle({ method, path, headers, ...(body === undefined ? {} : { body }) });
    if (method !== 'GET' && route) this.#record(request, route, response);
    return response;
  };

  /** Holds a write against the user's edits, before it is carried out. */
  #audit(method: string, route: Route, text: string | undefined): void {
    const body = text === undefined ? {} : (JSON.parse(text) as JsonObject);
    const { resource } = route;
    const words = `${method} ${resource} ${JSON.stringify(route)} ${text ?? ''}`;
    if (route.kind === 'list') {
      const made = Object.entries(body).map(([field, value]) => this.#model.rowOf(field, value));
      const row = made.find((each) => each?.resource === resource)?.row;
      if (row === undefined || row >= 0) this.wrongs.push(`no create explains ${words}`);
      else this.#explain(resource as EntityName, [row], body, words);
      return;
    }
    const rows = this.#rowsOf(route.resource, route.id);
    if (method === 'PUT') this.#explain(route.resource, rows, body, words, route.id);
    else if (!rows.some((row) => this.#model.isDeleted(route.resource, row)))
      this.wrongs.push(`no delete explains ${words}`);
  }

  #rowsOf(resource: EntityName, id: number): number[] {
    return [...this.#model.rowsOf(resource, id), ...this.#originsOf(resource, id)];
  }

  #explain(resource: EntityName, rows: readonly number[], body: JsonObject, words: string, id?: number): void {
    for (const [field, value] of Object.entries(body)) {
      if (this.#model.explains(resource, rows, field, value)) continue;
      if (fieldOf(resource, field)?.items === 'id' && this.#merges(resource, rows, field, value, id)) continue;
      this.wrongs.push(`no edit of ${rows.join(' or ')} explains ${field} of ${words}`);
    }
  }

  /** A merged set holds what the list ever held there, and what the user put into it. */
  #merges(resource: EntityName, rows: readonly number[], field: string, value: Json, id?: number): boolean {
    const held = this.#everHeld.get(`${resource}/${id}/${field}`) ?? new Set();
    return (
      Array.isArray(value) &&
      value.every((item) => held.has(item) || this.#model.explains(resource, rows, field, [item]))
    );
  }

  #record({ method, path, body }: WireRequest, route: Route, response: WireResponse): void {
    const { status } = response;
    if (status >= 400) {
      this.refusals.set(`${method} ${path}`, status);
      return;
    }
    const sent = body === undefined ? null : (JSON.parse(body) as JsonObject);
    this.writes.push({ method, path, body: sent, status });
    if (method !== 'DELETE' && sent) this.#bind(route, sent, JSON.parse(response.body) as JsonObject);
    this.look();
  }

  /** A row made offline became this entity: by a create, or by taking over what the server had made. */
  #bind(route: Route, sent: JsonObject, answer: JsonObject): void {
    const resource = route.resource as EntityName;
    const id = answer.id as number;
    for (const [field, value] of Object.entries(sent)) {
      const made = this.#model.rowOf(field, value);
      if (made?.resource === resource && made.row < 0) this.#model.bind(resource, made.row, id);
    }
  }
}

function refusal(status: number, message: string): WireResponse {
  return { status, headers: {}, body: JSON.stringify({ message, status }) };
}
