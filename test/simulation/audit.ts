/** Holds every write that reaches the API against what the user asked for, and against what the mirror had written down. */
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, fieldOf } from '../../src/api/resources.ts';
import type { WireRequest, WireResponse } from '../../src/api/transport.ts';
import { prepared } from '../../src/db/statements.ts';
import type { Route } from '../../src/sandbox/routes.ts';
import { sameValue } from '../../src/sync/equality.ts';
import type { Machine } from './machine.ts';
import type { Model } from './model.ts';

/** What the server remembers. */
export interface Memory {
  /** The entity as it last reached the program. */
  delivered(resource: EntityName, id: number): JsonObject | undefined;
  everHeld(resource: EntityName, id: number, field: string): ReadonlySet<string>;
}

export class Audit {
  readonly #model: Model;
  readonly #machine: Machine;
  readonly #memory: Memory;
  /** Whether what can't be taken back may be sent. */
  yes = false;
  /** Whether the push that is at work was told to prefer ours. */
  prefersOurs = false;

  constructor(model: Model, machine: Machine, memory: Memory) {
    this.#model = model;
    this.#machine = machine;
    this.#memory = memory;
  }

  /** What is wrong with a write, before it is carried out. */
  before({ method, path, body: text }: WireRequest, route: Route): string[] {
    const words = `${method} ${path} ${text ?? ''}`;
    if (this.#model.isLetGo(method, path, text)) return [];
    const body = text === undefined ? {} : (JSON.parse(text) as JsonObject);
    const unwritten = this.#isWrittenDown(method, path, text)
      ? []
      : [`no intent was written down for ${words}`];
    if (/[[:,/]-\d/.test(`${path} ${text ?? ''}`)) unwritten.push(`a temporary id was sent: ${words}`);
    if (route.kind === 'list')
      return [...unwritten, ...this.#create(route.resource as EntityName, body, words)];
    const rows = this.#rowsOf(route.resource, route.id);
    if (!this.yes && (method === 'DELETE' || body.status === 'Running'))
      unwritten.push(`nobody said yes to ${words}`);
    if (method === 'DELETE') {
      const asked = rows.some((row) => this.#model.isDeleted(route.resource, row));
      return asked ? unwritten : [...unwritten, `no delete explains ${words}`];
    }
    return [
      ...unwritten,
      ...this.#unexplained(route.resource, rows, body, words, route.id),
      ...this.#blind(route.resource, route.id, rows, body, words),
    ];
  }

  /** A row made offline became this entity: by a create, or by taking over what the server had made. */
  after({ body }: WireRequest, route: Route, response: WireResponse): void {
    if (body === undefined || response.body === '') return;
    const resource = route.resource as EntityName;
    const { id } = JSON.parse(response.body) as JsonObject;
    for (const [field, value] of Object.entries(JSON.parse(body) as JsonObject)) {
      const made = this.#model.rowOf(field, value);
      if (made?.resource === resource && made.row < 0) this.#model.bind(resource, made.row, id as number);
    }
  }

  /** A request that nobody had written down could not be settled after a crash. */
  #isWrittenDown(method: string, path: string, text: string | undefined): boolean {
    // A delete of the parent, made meanwhile, has put it out of sight.
    const aside =
      "SELECT json_extract(body, '$.state.intent') AS intent FROM outbox_set_aside WHERE kind = 'edit'";
    const sql = `WITH intents AS (SELECT intent FROM outbox_state UNION ALL ${aside}) SELECT json_extract(intent, '$.body') FROM intents WHERE json_extract(intent, '$.method') = ? AND json_extract(intent, '$.path') = ?`;
    const bodies = prepared(this.#machine.outside, sql).pluck().all(method, path) as (string | null)[];
    return bodies.some((body) => body === null || JSON.stringify(JSON.parse(body)) === text);
  }

  #create(resource: EntityName, body: JsonObject, words: string): string[] {
    const made = Object.entries(body).map(([field, value]) => this.#model.rowOf(field, value));
    const row = made.find((each) => each?.resource === resource)?.row;
    if (row === undefined || row >= 0) return [`no create explains ${words}`];
    return this.#unexplained(resource, [row], body, words);
  }

  /** The ids under which the user may have edited what the API knows as `id`. */
  #rowsOf(resource: EntityName, id: number): number[] {
    const waiting =
      'SELECT s.origin_id AS origin, o.resource, o.entity_id FROM outbox_state AS s JOIN outbox AS o ON o.id = s.outbox_id';
    const aside =
      "SELECT json_extract(body, '$.state.origin_id'), json_extract(body, '$.resource'), json_extract(body, '$.entity_id') FROM outbox_set_aside WHERE kind = 'edit'";
    const sql = `WITH origins AS (${waiting} UNION ALL ${aside}) SELECT origin FROM origins WHERE resource = ? AND entity_id = ? AND origin IS NOT NULL`;
    const origins = prepared(this.#machine.outside, sql).pluck().all(resource, id) as number[];
    return [...this.#model.rowsOf(resource, id), ...origins];
  }

  #unexplained(
    resource: EntityName,
    rows: readonly number[],
    body: JsonObject,
    words: string,
    id?: number,
  ): string[] {
    return Object.entries(body).flatMap(([field, value]) => {
      const isSet = fieldOf(resource, field)?.merges === 'set';
      const explained =
        isSet && id !== undefined
          ? this.#isMerged(resource, rows, field, value, id)
          : this.#model.explains(resource, rows, field, value);
      return explained ? [] : [`no edit of ${rows.join(' or ')} explains ${field} of ${words}`];
    });
  }

  /**
   * A merged set holds what the list ever held there, and what the user put into it; and it lacks only what the user took
   * out of it.
   */
  #isMerged(resource: EntityName, rows: readonly number[], field: string, value: Json, id: number): boolean {
    const texts = [...this.#memory.everHeld(resource, id, field)];
    const held = new Set(texts.flatMap((text) => (JSON.parse(text) as Json[] | null) ?? []));
    const explained = (item: Json) => held.has(item) || this.#model.explains(resource, rows, field, [item]);
    const known = this.#memory.delivered(resource, id)?.[field];
    const lacking =
      Array.isArray(known) && Array.isArray(value) ? known.filter((item) => !value.includes(item)) : [];
    // Who prefers their own list to the one that they were shown gives up what only that one has.
    const shown = this.#model.acceptedOf(resource, id, field).flatMap((list) => list as Json[] | null);
    const took = (item: Json) =>
      shown.includes(item) || this.#model.tookOut(resource, rows, field, item as number);
    return Array.isArray(value) && value.every(explained) && lacking.every(took);
  }

  /** An edit is sent only on top of a value that its author has seen, or has been asked about since. */
  #blind(
    resource: EntityName,
    id: number,
    rows: readonly number[],
    body: JsonObject,
    words: string,
  ): string[] {
    // Nobody has seen what the server makes by itself; and a push may have been told to prefer ours.
    if (this.prefersOurs || rows.some((row) => row < 0)) return [];
    const known = this.#memory.delivered(resource, id) ?? {};
    return Object.entries(body).flatMap(([field, value]) => {
      const description = fieldOf(resource, field);
      const accepted = [value, ...this.#model.acceptedOf(resource, id, field)];
      if (description?.merges === 'set') return [];
      if (accepted.some((each) => sameValue(description, each, known[field]))) return [];
      // What is there is the user's own.
      if (this.#model.explains(resource, rows, field, known[field] ?? null)) return [];
      return [`the API said ${JSON.stringify(known[field])} for ${field}, and nobody was asked: ${words}`];
    });
  }
}
