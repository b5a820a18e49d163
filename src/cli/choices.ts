/** Options and arguments that take one of a few words: their help names the words, and shell completion offers them. */
import { Argument, Option } from 'commander';

/** What the words are; the command itself checks what was given, so that it can say which one was meant. */
export class ChoiceOption extends Option {
  readonly words: readonly string[];

  constructor(flags: string, words: readonly string[], about = inWords(words)) {
    super(flags, about);
    this.words = words;
  }
}

export class ChoiceArgument extends Argument {
  readonly words: readonly string[];

  constructor(name: string, words: readonly string[], about = inWords(words)) {
    super(name, about);
    this.words = words;
  }
}

/** `a, b or c`. */
function inWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}
