/** Options and arguments that take one of a few words: their help names the words, and shell completion offers them. */
import { Argument, Option } from 'commander';
import type { Field } from '../api/description.ts';
import { type EntityName, entityNames } from '../api/resources.ts';

/** `a, b or c`, and which of them it is where nobody says. */
export function oneOf(words: readonly string[], usual?: string): string {
  const last = words.at(-1) ?? '';
  const list = words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
  return usual === undefined ? list : `${list} (default ${usual})`;
}

/** What the words are; the command itself checks what was given, so that it can say which one was meant. */
export class ChoiceOption extends Option {
  readonly words: readonly string[];

  constructor(flags: string, words: readonly string[], about = oneOf(words)) {
    super(flags, about);
    this.words = words;
  }
}

export class ChoiceArgument extends Argument {
  readonly words: readonly string[];

  constructor(name: string, words: readonly string[], about = oneOf(words)) {
    super(name, about);
    this.words = words;
  }
}

/** `FIELD=VALUE`, of fields of the resource that the argument before it names. */
export class FieldsArgument extends Argument {
  readonly fields: Readonly<Record<EntityName, readonly string[]>>;

  constructor(name: string, fieldsOf: (resource: EntityName) => readonly [string, Field][], about: string) {
    super(name, about);
    const named = entityNames.map((resource) => [resource, fieldsOf(resource).map(([field]) => field)]);
    this.fields = Object.fromEntries(named) as Record<EntityName, readonly string[]>;
  }
}
