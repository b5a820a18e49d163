/** The user's hand: edits by plain SQL, through a connection that knows nothing of the program. */
import type { Database } from 'better-sqlite3';
import type { Json } from '../../src/api/description.ts';
import {
  childEntitiesOf,
  creatableFields,
  type EntityName,
  editableFields,
  entityNames,
  fieldOf,
  type fieldsOf,
  parentField,
  parentOf,
} from '../../src/api/resources.ts';
import { type Cell, fromCell, quoted, toCell } from '../../src/db/columns.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import type { Edit, Model } from './model.ts';
import { hot, Marks, newValue } from './values.ts';

type Fields = ReturnType<typeof fieldsOf>;

/** What a statement that succeeds makes of the model. */
type Consequence = (model: Model) => void;

/** Kinds of things that are better left to those who know what hangs on them. */
const untouched = ['goal_type', 'experiment_type'];

export class User {
  readonly marks = new Marks('~');
  readonly #db: Database;
  readonly #model: Model;
  readonly #note: (words: string) => void;

  constructor(db: Database, model: Model, note: (words: string) => void) {
    this.#db = db;
    this.#model = model;
    this.#note = note;
  }

  /** Does something: most often one edit, at times several in one transaction, which may be rolled back. */
  act(random: Random): void {
    if (random() < 0.7) this.#committed(random, 1, true);
    else this.#committed(random, between(random, 2, 5), random() < 0.8);
  }

  #committed(random: Random, count: number, commits: boolean): void {
    const consequences: Consequence[] = [];
    this.#db.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < count; i++) consequences.push(...this.#one(random));
    this.#db.exec(commits ? 'COMMIT' : 'ROLLBACK');
    if (!commits) this.#note('rolled back');
    else for (const follow of consequences) follow(this.#model);
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

  #ids(resource: EntityName): number[] {
    return this.#db
      .prepare(`SELECT id FROM ${quoted(resource)} ORDER BY id`)
      .pluck()
      .all() as number[];
  }

  #anyRow(random: Random, resource: EntityName): number | undefined {
    const ids = this.#ids(resource);
    const real = ids.filter((id) => id > 0);
    if (ids.length === 0) return undefined;
    return real.length > 0 && random() < 0.6 ? hot(random, real) : pick(random, ids);
  }

  #cell(resource: EntityName, id: number, field: string): Json {
    const sql = `SELECT ${quoted(field)} FROM ${quoted(resource)} WHERE id = ?`;
    const cell = this.#db.prepare(sql).pluck().get(id) as Cell | undefined;
    return fromCell(mustField(resource, field), cell);
  }

  /** Runs a statement; what the mirror refuses in words of its own changes nothing. */
  #run(sql: string, cells: readonly Cell[], consequences: Consequence[]): Consequence[] {
    this.#note(`${sql} ${JSON.stringify(cells)}`);
    try {
      this.#db.prepare(sql).run(...cells);
      return consequences;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code !== 'SQLITE_CONSTRAINT_TRIGGER') throw error;
      this.#note(`refused: ${message}`);
      return [];
    }
  }

  /** What waits for this field of this row, as the outbox has it. */
  #pending(resource: EntityName, row: number, field: string): Json | undefined {
    const sql =
      'SELECT c.local_value FROM outbox_changes AS c JOIN outbox AS o ON o.id = c.outbox_id WHERE o.resource = ? AND o.entity_id = ? AND c.field = ?';
    const text = this.#db.prepare(sql).pluck().get(resource, row, field) as string | null | undefined;
    return text === null || text === undefined ? undefined : (JSON.parse(text) as Json);
  }

  #follow(edit: Edit): Consequence {
    const before = this.#pending(edit.resource, edit.row, edit.field);
    const shown = this.#cell(edit.resource, edit.row, edit.field);
    return (model) => {
      model.accept(edit.resource, edit.row, edit.field, shown);
      model.supersede(edit.field, before);
      model.edit(edit);
    };
  }

  #update(random: Random): Consequence[] {
    const resource = this.#anyResource(random);
    const row = this.#anyRow(random, resource);
    if (row === undefined) return [];
    const fields = someFields(random, resource, row);
    const edits = fields.map(([field, description]): Edit => {
      const value = newValue(random, this.marks, description, this.#cell(resource, row, field));
      return { resource, row, field, value };
    });
    return this.#write(resource, row, edits);
  }

  #write(resource: EntityName, row: number, edits: readonly Edit[]): Consequence[] {
    const set = edits.map(({ field }) => `${quoted(field)} = ?`).join(', ');
    const cells = edits.map(({ field, value }) => toCell(mustField(resource, field), value));
    const sql = `UPDATE ${quoted(resource)} SET ${set} WHERE id = ?`;
    return this.#run(
      sql,
      [...cells, row],
      edits.map((edit) => this.#follow(edit)),
    );
  }

  /** One statement that gives every row of a kind a value of its own. */
  #batch(random: Random): Consequence[] {
    const resource = this.#anyResource(random);
    const rows = this.#ids(resource).filter(() => random() < 0.6);
    const [chosen] = someFields(random, resource, 1);
    if (rows.length === 0 || !chosen) return [];
    const [field, description] = chosen;
    const edits = rows.map((row): Edit => {
      const value = newValue(random, this.marks, description, this.#cell(resource, row, field));
      return { resource, row, field, value };
    });
    const cases = edits.map(() => 'WHEN ? THEN ?').join(' ');
    const cells = edits.flatMap(({ row, value }) => [row, toCell(description, value)]);
    const sql = `UPDATE ${quoted(resource)} SET ${quoted(field)} = CASE id ${cases} END WHERE id IN (${rows.join(', ')})`;
    return this.#run(
      sql,
      cells,
      edits.map((edit) => this.#follow(edit)),
    );
  }

  /** An id more, or one less, in a list of ids. */
  #listEdit(random: Random): Consequence[] {
    const [resource, field] = pick(random, [
      ['goals', 'experiment_ids'],
      ['experiments', 'audience_ids'],
    ] as const);
    const row = this.#anyRow(random, resource);
    if (row === undefined) return [];
    const now = this.#cell(resource, row, field);
    const ids = Array.isArray(now) ? now : [];
    const target = mustField(resource, field).references as EntityName;
    const project = this.#cell(resource, row, 'project_id') as number;
    const sql = `SELECT id FROM ${quoted(target)} WHERE project_id = ?`;
    const known = this.#db.prepare(sql).pluck().all(project) as number[];
    const others = known.filter((id) => !ids.includes(id));
    const adds = others.length > 0 && (ids.length === 0 || random() < 0.6);
    if (!adds && ids.length === 0) return [];
    const gone = adds ? undefined : pick(random, ids);
    const value = adds ? [...ids, pick(random, others)] : ids.filter((id) => id !== gone);
    return this.#write(resource, row, [{ resource, row, field, value, was: ids }]);
  }

  /** Writes back what an edit that waits was made on. */
  #takeBack(random: Random): Consequence[] {
    const sql =
      "SELECT o.resource, o.entity_id AS row, c.field, c.base_value AS base, c.local_value AS local FROM outbox_changes AS c JOIN outbox AS o ON o.id = c.outbox_id WHERE o.op = 'update' AND c.base_value IS NOT NULL ORDER BY o.id, c.field";
    const all = this.#db.prepare(sql).all() as (Omit<Edit, 'value'> & { base: string; local: string })[];
    if (all.length === 0) return [];
    const { resource, row, field, base, local } = pick(random, all);
    const value = JSON.parse(base) as Json;
    const cell = toCell(mustField(resource, field), value);
    const was = this.#cell(resource, row, field);
    return this.#run(
      `UPDATE ${quoted(resource)} SET ${quoted(field)} = ? WHERE id = ?`,
      [cell, row],
      [
        (model) => {
          model.supersede(field, JSON.parse(local) as Json);
          model.edit({ resource, row, field, value, was });
          model.reuse(field, value);
        },
      ],
    );
  }

  #create(random: Random, resource: EntityName, parent?: number, id?: number): Consequence[] {
    const above = parentOf(resource);
    const under = above === null ? null : (parent ?? this.#anyRow(random, above));
    if (under === undefined) return [];
    const given = newFields(random, resource).map(([field, description]): [string, Json] => [
      field,
      fixedValue(resource, field) ?? newValue(random, this.marks, description, null),
    ]);
    const parentName = parentField(resource);
    if (parentName !== null) given.push([parentName, under]);
    const names = given.map(([field]) => quoted(field));
    const cells = given.map(([field, value]) => toCell(mustField(resource, field), value));
    const all = id === undefined ? { names, cells } : { names: ['id', ...names], cells: [id, ...cells] };
    const sql = `INSERT INTO ${quoted(resource)} (${all.names.join(', ')}) VALUES (${all.names.map(() => '?').join(', ')})`;
    const row = id ?? this.#nextId();
    return this.#run(
      sql,
      all.cells,
      given.map(
        ([field, value]) =>
          (model) =>
            model.edit({ resource, row, field, value }),
      ),
    );
  }

  #nextId(): number {
    const sql = "SELECT CAST(value AS INTEGER) FROM mirror_meta WHERE key = 'next_temp_id'";
    return this.#db.prepare(sql).pluck().get() as number;
  }

  /** An experiment, at times with its project, and what lies below it, all made offline. */
  #tree(random: Random): Consequence[] {
    const top: EntityName = random() < 0.2 ? 'projects' : 'experiments';
    const id = this.#nextId() - between(random, 0, 3);
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
    const gone = this.#waitingOn(resource, row);
    return this.#run(
      `DELETE FROM ${quoted(resource)} WHERE id = ?`,
      [row],
      [
        (model) => {
          for (const { field, local } of gone) model.supersede(field, JSON.parse(local) as Json);
          model.remove(resource, row);
        },
      ],
    );
  }

  /** What a delete replaces: the row's own edits, and with a row that only exists here those of all below it. */
  #waitingOn(resource: EntityName, row: number): { field: string; local: string }[] {
    const sql =
      'SELECT c.field, c.local_value AS local FROM outbox_changes AS c JOIN outbox AS o ON o.id = c.outbox_id WHERE o.resource = ? AND o.entity_id = ? AND c.local_value IS NOT NULL';
    const own = this.#db.prepare(sql).all(resource, row) as { field: string; local: string }[];
    if (row > 0) return own;
    const below = childEntitiesOf(resource).flatMap((child) => {
      const children = `SELECT id FROM ${quoted(child)} WHERE ${quoted(parentField(child) ?? '')} = ?`;
      const ids = this.#db.prepare(children).pluck().all(row) as number[];
      return ids.flatMap((id) => this.#waitingOn(child, id));
    });
    return [...own, ...below];
  }
}

function mustField(resource: EntityName, name: string) {
  const field = fieldOf(resource, name);
  if (!field) throw new Error(`${resource} has no field ${name}`);
  return field;
}

function someFields(random: Random, resource: EntityName, row: number): Fields {
  const all = (row < 0 ? creatableFields(resource) : editableFields(resource)).filter(
    ([name, field]) => field.items !== 'id' && field.by !== 'parent' && !untouched.includes(name),
  );
  const count = pick(random, [1, 1, 1, 2, 3]);
  const chosen = new Map(Array.from({ length: count }, () => pick(random, all)));
  return [...chosen];
}

/** What a create has to have, and some of what it may have. */
function newFields(random: Random, resource: EntityName): Fields {
  const needed = resource === 'goals' ? ['event'] : resource === 'schedules' ? ['start_time'] : [];
  return creatableFields(resource).filter(([name, field]) => {
    if (field.by === 'parent' || field.items === 'id') return false;
    if (field.required || needed.includes(name)) return true;
    return !untouched.includes(name) && name !== 'status' && random() < 0.15;
  });
}

/** A goal of one's own event can be created with the least. */
function fixedValue(resource: EntityName, field: string): Json | undefined {
  return resource === 'goals' && field === 'goal_type' ? 1 : undefined;
}
