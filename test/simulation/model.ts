/** The naive model: every edit that was ever made, and where the contract says that it has to be. */
import type { Json } from '../../src/api/description.ts';
import { type EntityName, fieldOf, parentOf } from '../../src/api/resources.ts';
import { marksIn } from './values.ts';

/** One marked value that the user gave to one field of one row. */
export interface Made {
  readonly resource: EntityName;
  /** The row's id when it was edited: negative where it was made offline and not pushed yet. */
  readonly row: number;
  readonly field: string;
  /** Whether nothing has replaced it since: then it is in exactly one place. */
  live: boolean;
}

/** An edit of one field, as it is about to be written. */
export interface Edit {
  readonly resource: EntityName;
  readonly row: number;
  readonly field: string;
  readonly value: Json;
  /** What the row showed before, where that matters: in a list of ids. */
  readonly was?: Json;
}

const wireText = (method: string, path: string, body: string | undefined) =>
  `${method} ${path} ${body ?? ''}`;
const keyOf = (resource: EntityName, row: number) => `${resource}/${row}`;

export class Model {
  /** By mark. */
  readonly made = new Map<string, Made>();
  /** Values without a mark: `resource/row/field` to the JSON texts that the user ever gave it. */
  readonly #plain = new Map<string, Set<string>>();
  /** `resource/row/field` to the ids that the user took out of that list. */
  readonly #takenOut = new Map<string, Json[]>();
  /** Rows that the user deleted and did not take back. */
  readonly #deleted = new Set<string>();
  /** Temporary ids to real ones, as the server's own log of creates and takeovers shows. */
  readonly #real = new Map<string, Set<number>>();

  readonly #accepted = new Map<string, Json[]>();
  readonly #parents = new Map<string, number>();
  readonly #letGo = new Set<string>();

  edit({ resource, row, field, value, was }: Edit): void {
    const key = `${keyOf(resource, row)}/${field}`;
    if (Array.isArray(was) && Array.isArray(value))
      for (const id of was)
        if (!value.includes(id)) this.#takenOut.set(key, [...(this.#takenOut.get(key) ?? []), id]);
    const texts = this.#plain.get(key) ?? new Set();
    this.#plain.set(key, texts.add(JSON.stringify(value)));
    if (fieldOf(resource, field)?.by === 'parent') this.place(resource, row, value as number);
    for (const mark of marksIn(field, value)) {
      const made = this.made.get(mark);
      if (made) made.live = true;
      else this.made.set(mark, { resource, row, field, live: true });
    }
  }

  /** The user has seen what a field holds, and wants an edit to be sent on top of that. */
  accept(resource: EntityName, row: number, field: string, value: Json): void {
    const key = `${keyOf(resource, row)}/${field}`;
    this.#accepted.set(key, [...(this.#accepted.get(key) ?? []), value]);
  }

  /** What the user has seen there. */
  acceptedOf(resource: EntityName, row: number, field: string): readonly Json[] {
    return this.#accepted.get(`${keyOf(resource, row)}/${field}`) ?? [];
  }

  /** A value from before was written again: its marks have two places from now on, and tell nothing any more. */
  reuse(field: string, value: Json | undefined): void {
    for (const mark of marksIn(field, value)) this.made.delete(mark);
  }

  /** What was waiting has been replaced, or taken back by its author. */
  supersede(field: string, value: Json | undefined): void {
    for (const mark of marksIn(field, value)) {
      const made = this.made.get(mark);
      if (made) made.live = false;
    }
  }

  remove(resource: EntityName, row: number): void {
    this.#deleted.add(keyOf(resource, row));
  }

  /** The delete was dropped, or theirs was preferred. */
  restore(resource: EntityName, row: number): void {
    this.#deleted.delete(keyOf(resource, row));
    for (const [key, ids] of this.#real) if (ids.has(row)) this.#deleted.delete(key);
  }

  /** Whether the user wants it gone, under whatever id it was known. */
  isDeleted(resource: EntityName, id: number): boolean {
    const ids = [...this.rowsOf(resource, id), ...this.realIds(resource, id)];
    return ids.some((row) => this.#deleted.has(keyOf(resource, row)));
  }

  /**
   * Whether the user gave up what was edited there: by deleting it, or what it lies below, or by going on under its real
   * id while it was on the wire under the temporary one.
   */
  isGivenUp(resource: EntityName, id: number): boolean {
    if (this.isDeleted(resource, id) || this.rowsOf(resource, id).length > 1) return true;
    const above = parentOf(resource);
    const parents = this.rowsOf(resource, id).flatMap((row) => this.#parents.get(keyOf(resource, row)) ?? []);
    return above !== null && parents.some((parent) => this.isGivenUp(above, parent));
  }

  /** Notes what a row lies below. */
  place(resource: EntityName, row: number, parent: number): void {
    this.#parents.set(keyOf(resource, row), parent);
  }

  /** The server's own log shows that a row made offline became this entity. */
  bind(resource: EntityName, row: number, id: number): void {
    const key = keyOf(resource, row);
    this.#real.set(key, (this.#real.get(key) ?? new Set()).add(id));
  }

  /** The ids under which the user may have edited what the server knows as `id`. */
  rowsOf(resource: EntityName, id: number): number[] {
    const rows = [id];
    for (const [key, ids] of this.#real) {
      const [name, row] = key.split('/');
      if (name === resource && ids.has(id)) rows.push(Number(row));
    }
    return rows;
  }

  /** The real ids of a row made offline: one at most, or it was created twice. */
  realIds(resource: EntityName, row: number): readonly number[] {
    return [...(this.#real.get(keyOf(resource, row)) ?? [])];
  }

  /** Rows made offline that the server has under more than one id. */
  twice(): string[] {
    return [...this.#real]
      .filter(([, ids]) => ids.size > 1)
      .map(([row, ids]) => `${row} is ${[...ids].join(' and ')}`);
  }

  /** Dropped while it was on the wire: it may still get there. */
  letGo({ method, path, body }: { method: string; path: string; body: unknown }): void {
    this.#letGo.add(wireText(method, path, body === null ? undefined : JSON.stringify(body)));
  }

  isLetGo(method: string, path: string, body: string | undefined): boolean {
    return this.#letGo.has(wireText(method, path, body));
  }

  /** The row that a marked value was made for. */
  rowOf(field: string, value: Json | undefined): Made | undefined {
    const [mark] = marksIn(field, value);
    return mark === undefined ? undefined : this.made.get(mark);
  }

  /** Whether the user ever gave this value to this field of one of these rows. */
  explains(resource: EntityName, rows: readonly number[], field: string, value: Json): boolean {
    const text = JSON.stringify(value);
    if (rows.some((row) => this.#plain.get(`${keyOf(resource, row)}/${field}`)?.has(text))) return true;
    const description = fieldOf(resource, field);
    return (
      description?.items === 'id' &&
      Array.isArray(value) &&
      value.every((id) => this.#named(resource, rows, field, id))
    );
  }

  /** Whether the user took an id out of a list, or deleted what it names. */
  tookOut(resource: EntityName, rows: readonly number[], field: string, id: number): boolean {
    const target = fieldOf(resource, field)?.references as EntityName;
    if (this.isDeleted(target, id)) return true;
    const aliases = this.rowsOf(target, id);
    const taken = rows.flatMap((row) => this.#takenOut.get(`${keyOf(resource, row)}/${field}`) ?? []);
    return taken.some((item) => aliases.includes(Number(item)));
  }

  /** Whether the user ever put an id into a list, under whatever id it had then. */
  #named(resource: EntityName, rows: readonly number[], field: string, id: Json): boolean {
    const target = fieldOf(resource, field)?.references as EntityName;
    const aliases = this.rowsOf(target, Number(id));
    return rows.some((row) =>
      [...(this.#plain.get(`${keyOf(resource, row)}/${field}`) ?? [])].some((text) =>
        (JSON.parse(text) as Json[] | null)?.some((item) => aliases.includes(Number(item))),
      ),
    );
  }
}
