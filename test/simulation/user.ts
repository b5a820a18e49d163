/** The user: what is edited, created and deleted in the mirror, drawn from the seed, and noted in the model. */
import type { Database } from 'better-sqlite3';
import type { Field, Json, JsonObject } from '../../src/api/description.ts';
import {
  childEntitiesOf,
  creatableFields,
  type EntityName,
  editableFields,
  entityNames,
  fieldOf,
  parentField,
  parentOf,
} from '../../src/api/resources.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import type { Hand, RowEdit } from './hand.ts';
import { cellOf, idsOf, nameable, nextId, pendingOf, replacedByDelete, takeable } from './looking.ts';
import type { Edit, Model } from './model.ts';
import { hot, Marks, newValue } from './values.ts';

/** What an edit that the mirror took makes of the model. */
type Consequence = (model: Model) => void;

/** Kinds of things that are better left to those who know what hangs on them. */
const untouched = ['goal_type', 'experiment_type'];

export interface Hands {
  readonly sql: Hand;
  readonly api: Hand;
}

export class User {
  readonly marks = new Marks('~');
  readonly #db: Database;
  readonly #model: Model;
  readonly #hands: Hands;
  #hand: Hand;

  constructor(db: Database, model: Model, hands: Hands) {
    this.#db = db;
    this.#model = model;
    this.#hands = hands;
    this.#hand = hands.sql;
  }

  /** Does something: one edit or several in one transaction, which may be rolled back; or one by our own commands. */
  act(random: Random): void {
    const way = random();
    this.#hand = way < 0.25 ? this.#hands.api : this.#hands.sql;
    if (way < 0.25) this.#follow(this.#one(random));
    else if (way < 0.8) this.#together(random, 1, true);
    else this.#together(random, between(random, 2, 5), random() < 0.8);
  }

  #together(random: Random, count: number, commits: boolean): void {
    const consequences: Consequence[] = [];
    this.#db.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < count; i++) consequences.push(...this.#one(random));
    this.#db.exec(commits ? 'COMMIT' : 'ROLLBACK');
    if (commits) this.#follow(consequences);
  }

  #follow(consequences: readonly Consequence[]): void {
    for (const consequence of consequences) consequence(this.#model);
  }

  #one(random: Random): Consequence[] {
    const kind = random();
    if (kind < 0.4) return this.#update(random);
    if (kind < 0.48) return this.#batch(random);
    if (kind < 0.62) return this.#listEdit(random);
    if (kind < 0.69) return this.#takeBack(random);
    if (kind < 0.83) return this.#create(random, this.#anyResource(random));
    if (kind < 0.89) return this.#tree(random);
    return this.#remove(random);
  }

  #anyResource(random: Random): EntityName {
    return pick(random, [...entityNames, 'experiments', 'variations', 'goals']);
  }

  #anyRow(random: Random, resource: EntityName): number | undefined {
    const ids = idsOf(this.#db, resource);
    const real = ids.filter((id) => id > 0);
    if (ids.length === 0) return undefined;
    return real.length > 0 && random() < 0.6 ? hot(random, real) : pick(random, ids);
  }

  #update(random: Random): Consequence[] {
    const resource = this.#anyResource(random);
    const row = this.#anyRow(random, resource);
    if (row === undefined) return [];
    const changes: JsonObject = {};
    for (let i = pick(random, [1, 1, 1, 2, 3]); i > 0; i--) {
      const [name, field] = pick(random, fieldsFor(resource, row));
      changes[name] = this.#value(random, resource, row, name, field);
    }
    return this.#write(resource, [{ row, changes }]);
  }

  /** Many rows of a kind at once, each with a value of its own. */
  #batch(random: Random): Consequence[] {
    const resource = this.#anyResource(random);
    const rows = idsOf(this.#db, resource).filter(() => random() < 0.6);
    const [name, field] = pick(random, fieldsFor(resource, 1));
    if (rows.length === 0) return [];
    const edits = rows.map((row) => {
      return { row, changes: { [name]: this.#value(random, resource, row, name, field) } };
    });
    return this.#write(resource, edits);
  }

  #value(random: Random, resource: EntityName, row: number, name: string, field: Field): Json {
    return newValue(random, this.marks, field, cellOf(this.#db, resource, row, name));
  }

  /** Writes, and follows: what was waiting for these fields is replaced. */
  #write(resource: EntityName, rows: readonly RowEdit[]): Consequence[] {
    const all = rows.flatMap(({ row, changes }) =>
      Object.entries(changes).map(([field, value]) => {
        const shown = cellOf(this.#db, resource, row, field);
        const before = pendingOf(this.#db, resource, row, field);
        return { edit: { resource, row, field, value, was: shown } satisfies Edit, shown, before };
      }),
    );
    if (!this.#hand.update(resource, rows)) return [];
    return all.map(({ edit, shown, before }) => (model) => {
      model.accept(edit.resource, edit.row, edit.field, shown);
      model.supersede(edit.field, before);
      model.edit(edit);
    });
  }

  /** An id more, or one less, in a list of ids. */
  #listEdit(random: Random): Consequence[] {
    const [resource, field] = pick(random, [
      ['goals', 'experiment_ids'],
      ['experiments', 'audience_ids'],
    ] as const);
    const row = this.#anyRow(random, resource);
    if (row === undefined) return [];
    const now = cellOf(this.#db, resource, row, field);
    const ids = Array.isArray(now) ? now : [];
    const others = nameable(this.#db, resource, row, field).filter((id) => !ids.includes(id));
    const adds = others.length > 0 && (ids.length === 0 || random() < 0.6);
    if (!adds && ids.length === 0) return [];
    const gone = adds ? undefined : pick(random, ids);
    const value = adds ? [...ids, pick(random, others)] : ids.filter((id) => id !== gone);
    return this.#write(resource, [{ row, changes: { [field]: value } }]);
  }

  /** Writes back what an edit that waits was made on. */
  #takeBack(random: Random): Consequence[] {
    const all = takeable(this.#db);
    if (all.length === 0) return [];
    const { resource, row, field, base } = pick(random, all);
    const consequences = this.#write(resource, [{ row, changes: { [field]: base } }]);
    return consequences.length === 0 ? [] : [...consequences, (model) => model.reuse(field, base)];
  }

  #create(random: Random, resource: EntityName, parent?: number, id?: number): Consequence[] {
    const above = parentOf(resource);
    const under = above === null ? null : (parent ?? this.#anyRow(random, above));
    if (under === undefined) return [];
    const fields = newFields(random, resource).map(([name, field]): [string, Json] => {
      return [name, fixedValue(resource, name) ?? newValue(random, this.marks, field, null)];
    });
    const parentName = parentField(resource);
    if (parentName !== null) fields.push([parentName, under]);
    const row = id ?? nextId(this.#db);
    const chosen: [string, Json][] = id === undefined ? [] : [['id', id]];
    if (!this.#hand.create(resource, Object.fromEntries([...chosen, ...fields]))) return [];
    return fields.map(
      ([field, value]) =>
        (model) =>
          model.edit({ resource, row, field, value }),
    );
  }

  /** An experiment, at times with its project, and what lies below it, all made offline. */
  #tree(random: Random): Consequence[] {
    const top: EntityName = random() < 0.2 ? 'projects' : 'experiments';
    const id = nextId(this.#db) - between(random, 0, 3);
    const all = this.#create(random, top, undefined, id);
    if (all.length === 0) return [];
    for (let i = between(random, 1, 4); i > 0; i--)
      all.push(...this.#create(random, pick(random, childEntitiesOf(top)), id));
    return all;
  }

  #remove(random: Random): Consequence[] {
    const resource = this.#anyResource(random);
    const row = this.#anyRow(random, resource);
    if (row === undefined) return [];
    const gone = replacedByDelete(this.#db, resource, row);
    if (!this.#hand.remove(resource, row)) return [];
    return [
      (model) => {
        for (const { field, local } of gone) model.supersede(field, local);
        model.remove(resource, row);
      },
    ];
  }
}

/** The fields that can be edited, lists of ids apart. */
function fieldsFor(resource: EntityName, row: number): [string, Field][] {
  const all = row < 0 ? creatableFields(resource) : editableFields(resource);
  return all.filter(
    ([name, field]) => field.items !== 'id' && field.by !== 'parent' && !untouched.includes(name),
  );
}

/** What a create has to have, and some of what it may have. */
function newFields(random: Random, resource: EntityName): [string, Field][] {
  const optional = random() < 0.3 ? 0.4 : 0;
  const needed = resource === 'goals' ? ['event'] : resource === 'schedules' ? ['start_time'] : [];
  return creatableFields(resource).filter(([name, field]) => {
    if (field.by === 'parent' || field.items === 'id') return false;
    if (field.required || needed.includes(name)) return true;
    return !untouched.includes(name) && name !== 'status' && random() < optional;
  });
}

/** A goal of one's own event can be created with the least. */
function fixedValue(resource: EntityName, field: string): Json | undefined {
  return resource === 'goals' && field === 'goal_type' && fieldOf(resource, field) ? 1 : undefined;
}
