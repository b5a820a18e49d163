/** The naive model: every edit that was ever made, and where the contract says that it has to be. */
import type { Json } from '../../src/api/description.ts';
import { type EntityName, fieldOf } from '../../src/api/resources.ts';
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
}

const keyOf = (resource: EntityName, row: number) => `${resource}/${row}`;

export class Model {
  /** By mark. */
  readonly made = new Map<string, Made>();
  /** Values without a mark: `resource/row/field` to the JSON texts that the user ever gave it. */
  readonly #plain = new Map<string, Set<string>>();
  /** Rows that the user deleted and did not take back. */
  readonly #deleted = new Set<string>();
  /** Temporary ids to real ones, as the server's own log of creates and takeovers shows. */
  readonly #real = new Map<string, Set<number>>();

  edit({ resource, row, field, value }: Edit): void {
    const key = `${keyOf(resource, row)}/${field}`;
    const texts = this.#plain.get(key) ?? new Set();
    this.#plain.set(key, texts.add(JSON.stringify(value)));
    for (const mark of marksIn(field, value)) {
      const made = this.made.get(mark);
      if (made) made.live = true;
      else this.made.set(mark, { resource, row, field, live: true });
    }
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
    return this.rowsOf(resource, id).some((row) => this.#deleted.has(keyOf(resource, row)));
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
    return description?.items === 'id' && Array.isArray(value) && value.every((id) => this.#named(resource, rows, field, id));
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
