/** A colleague's hand on the server, between any two requests. */
import type { Json, JsonObject } from '../../src/api/description.ts';
import {
  can,
  creatableFields,
  type EntityName,
  editableFields,
  entityNames,
  fieldOf,
  parentOf,
} from '../../src/api/resources.ts';
import { Refusal } from '../../src/sandbox/index.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import type { Told } from './hand.ts';
import type { PendingField } from './looking.ts';
import type { Server } from './server.ts';
import { hot, Marks, newValue } from './values.ts';

/** What a colleague must leave alone: entities of ours that we can't know of yet, whose trace would be lost for good. */
export type InDoubt = (resource: EntityName, id: number) => boolean;

export class Colleague {
  readonly marks = new Marks('^');
  readonly #server: Server;
  readonly #inDoubt: InDoubt;
  readonly #told: Told;
  /** What the user's edits wait for: there both are at it. */
  readonly #waiting: () => readonly PendingField[];

  constructor(server: Server, inDoubt: InDoubt, told: Told, waiting: () => readonly PendingField[]) {
    this.#server = server;
    this.#inDoubt = inDoubt;
    this.#told = told;
    this.#waiting = waiting;
  }

  act(random: Random): void {
    const kind = random();
    try {
      if (kind < 0.2) this.#meet(random);
      else if (kind < 0.5) this.#update(random);
      else if (kind < 0.7) this.#listEdit(random);
      else if (kind < 0.85) this.#create(random);
      else this.#remove(random);
    } catch (error) {
      // The server's rules hold for everybody.
      if (!(error instanceof Refusal)) throw error;
    }
    this.#server.look();
  }

  #any(random: Random, resource: EntityName): JsonObject | undefined {
    const all = this.#server.account.list(resource);
    return all.length === 0 ? undefined : hot(random, all);
  }

  #update(random: Random): void {
    const resource = pick(random, entityNames);
    const entity = this.#any(random, resource);
    if (!entity) return;
    const id = entity.id as number;
    const fields = editableFields(resource).filter(
      ([, field]) => field.items !== 'id' && !(field.identity && this.#inDoubt(resource, id)),
    );
    if (fields.length === 0) return;
    const body: JsonObject = {};
    for (let i = pick(random, [1, 1, 2, 3]); i > 0; i--) {
      const [name, field] = pick(random, fields);
      body[name] = newValue(random, this.marks, field, entity[name] ?? null);
    }
    this.#do('PUT', `${resource}/${id}`, body, () => this.#server.account.update(resource, id, body));
  }

  /** Edits a field that the user has edited too, at times to the same value, or deletes what the user edits. */
  #meet(random: Random): void {
    const all = this.#waiting();
    if (all.length === 0) {
      this.#update(random);
      return;
    }
    const { resource, row, field: name, local } = pick(random, all);
    const entity = this.#server.account.get(resource, row);
    const field = fieldOf(resource, name);
    if (!entity || !field || this.#inDoubt(resource, row)) return;
    if (field.references !== undefined && field.items === 'id') {
      this.#editList(random, resource, name, entity);
      return;
    }
    const way = random();
    if (way < 0.1 && can(resource, 'delete')) {
      this.#delete(resource, row);
      return;
    }
    const value = way < 0.3 ? local : newValue(random, this.marks, field, entity[name] ?? null);
    const body = { [name]: value };
    this.#do('PUT', `${resource}/${row}`, body, () => this.#server.account.update(resource, row, body));
  }

  #listEdit(random: Random): void {
    const [resource, field] = pick(random, [
      ['goals', 'experiment_ids'],
      ['experiments', 'audience_ids'],
    ] as const);
    const entity = this.#any(random, resource);
    if (entity) this.#editList(random, resource, field, entity);
  }

  /** An id more, or one less. */
  #editList(random: Random, resource: EntityName, field: string, entity: JsonObject): void {
    const target = fieldOf(resource, field)?.references as EntityName;
    const now = (entity[field] ?? []) as Json[];
    const others = this.#server.account
      .list(target, entity.project_id as number)
      .map(({ id }) => id as number)
      .filter((id) => !now.includes(id));
    const adds = others.length > 0 && (now.length === 0 || random() < 0.6);
    if (!adds && now.length === 0) return;
    const gone = adds ? undefined : pick(random, now);
    const value = adds ? [...now, pick(random, others)] : now.filter((id) => id !== gone);
    const body = { [field]: value };
    this.#do('PUT', `${resource}/${entity.id}`, body, () =>
      this.#server.account.update(resource, entity.id as number, body),
    );
  }

  #create(random: Random): void {
    const resource = pick(random, entityNames);
    const above = parentOf(resource);
    const parent = above === null ? null : this.#any(random, above);
    if (parent === undefined) return;
    const body: JsonObject = {};
    const wanted = { goals: 'event', schedules: 'start_time' }[resource as string];
    for (const [name, field] of creatableFields(resource))
      if (field.by !== 'parent' && (field.required || name === wanted))
        body[name] = name === 'goal_type' ? 1 : newValue(random, this.marks, field, null);
    const parentId = parent === null ? null : (parent.id as number);
    this.#do('POST', `${resource} below ${parentId}`, body, () =>
      this.#server.account.create(resource, parentId, body),
    );
  }

  #remove(random: Random): void {
    const resource = pick(random, entityNames);
    const entity = this.#any(random, resource);
    if (!entity || !can(resource, 'delete') || random() < between(random, 0, 1) / 2) return;
    const id = entity.id as number;
    if (!this.#inDoubt(resource, id)) this.#delete(resource, id);
  }

  #delete(resource: EntityName, id: number): void {
    this.#do('DELETE', `${resource}/${id}`, {}, () => this.#server.account.remove(resource, id));
  }

  #do(method: string, what: string, body: JsonObject, act: () => unknown): void {
    this.#told.note(`colleague: ${method} ${what} ${JSON.stringify(body)}`);
    act();
    this.#told.count(`colleague: ${method}`);
  }
}
