/** Values that are made up for fields: marked, wherever the field lets them be, so that each can be found again. */
import type { Field, Json, JsonObject } from '../../src/api/description.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';

/** Whoever writes: the user's marks look like `~7~`, a colleague's like `^7^`. */
export type Author = '~' | '^';

/** Numbers and times carry their mark as their value, told apart by their size. */
const numbers = { '~': 1000, '^': 6000 } as const;
const firstMinute = { '~': Date.UTC(2020, 0, 1), '^': Date.UTC(2030, 0, 1) } as const;

export class Marks {
  #last = 0;
  readonly #author: Author;

  constructor(author: Author) {
    this.#author = author;
  }

  text(): string {
    this.#last++;
    return `${this.#author}${this.#last}${this.#author}`;
  }

  number(): number {
    this.#last++;
    return numbers[this.#author] + this.#last;
  }

  time(): string {
    this.#last++;
    return `${new Date(firstMinute[this.#author] + this.#last * 60_000).toISOString().slice(0, 19)}Z`;
  }
}

const endings = ['', ' "quoted"', " it's", ' 日本', ' {"a":1}', '\nnew line', ' 😀', '\\', ' %00'];

/** A new value of a field that holds no ids; `now` is what it holds. Not every kind of value can carry a mark. */
export function newValue(random: Random, marks: Marks, field: Field, now: Json): Json {
  if (field.values !== undefined && field.kind !== 'list')
    return pick<Json>(random, field.createValues ?? field.values);
  switch (field.kind) {
    case 'boolean':
      return random() < 0.5;
    case 'integer':
    case 'number':
      return field.nullable && random() < 0.1 ? null : marks.number();
    case 'utcSecond':
      return marks.time();
    case 'jsonText':
      return JSON.stringify(['or', marks.text()]);
    case 'list':
      return newList(random, marks, field, now);
    default:
      return marks.text() + pick(random, endings);
  }
}

function newList(random: Random, marks: Marks, field: Field, now: Json): Json {
  // A mark that is in the list already has its place: it must not turn up in a second one.
  const unmarked = Array.isArray(now) ? now.filter((item) => !JSON.stringify(item).includes('~')) : [];
  const kept = random() < 0.5 ? unmarked : [];
  if (field.items === 'integer') return [...kept, between(random, 1, 4)];
  if (field.items === 'text') return [...kept, `https://shop.example/${marks.text()}`];
  const item: JsonObject = {
    match_type: pick(random, ['simple', 'exact']),
    value: marks.text(),
    negate: random() < 0.5,
  };
  return [...kept, item];
}

/** Most hands reach for the same few things: that is where edits meet. */
export function hot<T>(random: Random, all: readonly T[]): T {
  return pick(random, random() < 0.5 ? all.slice(0, 2) : all);
}

/** The user's marks in a value of a field, each as it can be found in whatever place. */
export function marksIn(field: string, value: Json | undefined): string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'number') return value > 1000 && value < 6000 ? [`${field}=${value}`] : [];
  const text = JSON.stringify(value);
  const times = text.match(/"202\d-[^"]*"/g) ?? [];
  return [...(text.match(/~\d+~/g) ?? []), ...times.map((time) => `${field}=${time}`)];
}
