/** What a shell may complete, read off the program: commands, options, and the words that these take. */
import type { Argument, Command, Option } from 'commander';
import { ChoiceArgument, ChoiceOption, FieldsArgument } from '../choices.ts';

/** What stands after an option: one of some words, a file, a folder, or what only the user knows. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'free' };

export interface OptionWords {
  /** Its names: `--verbose`, and `-v` where there is one. */
  readonly names: readonly string[];
  readonly about: string;
  /** Null for an option that stands alone. */
  readonly value: Value | null;
}

/** What may stand at one place behind a command. */
export type Place =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** `FIELD=`, by the word at the place before; at every later place too. */
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: 'free' };

export interface CommandWords {
  readonly name: string;
  readonly about: string;
  readonly options: readonly OptionWords[];
  readonly places: readonly Place[];
}

export interface ProgramWords {
  readonly name: string;
  readonly options: readonly OptionWords[];
  readonly commands: readonly CommandWords[];
}

/** Of a program whose commands are all defined. */
export function wordsOf(program: Command): ProgramWords {
  const names = program.commands.map((command) => command.name());
  const help: CommandWords = {
    name: 'help',
    about: 'print help for a command',
    options: [],
    places: [{ kind: 'words', words: names }],
  };
  const options = optionsOf(program);
  const global = new Set(options.flatMap((option) => option.names));
  return {
    name: program.name(),
    options,
    commands: [...program.commands.map((command) => commandWords(command, global)), help],
  };
}

/** The command's own words: global options may stand behind it too, and are not repeated for each. */
function commandWords(command: Command, global: ReadonlySet<string>): CommandWords {
  return {
    name: command.name(),
    about: command.summary(),
    options: optionsOf(command).filter(({ names }) => names.every((name) => !global.has(name))),
    places: command.registeredArguments.map(placeOf),
  };
}

function optionsOf(command: Command): OptionWords[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      names: [option.long, option.short].filter((name) => typeof name === 'string'),
      about: option.description,
      value: valueAfter(option),
    }));
}

function valueAfter(option: Option): Value | null {
  if (!option.required && !option.optional) return null;
  if (option instanceof ChoiceOption) return { kind: 'words', words: option.words };
  const placeholder = /<(\w+)/.exec(option.flags)?.[1];
  return { kind: placeholder === 'file' || placeholder === 'folder' ? placeholder : 'free' };
}

function placeOf(argument: Argument): Place {
  if (argument instanceof ChoiceArgument) return { kind: 'words', words: argument.words };
  if (argument instanceof FieldsArgument) return { kind: 'fields', fields: argument.fields };
  return { kind: 'free' };
}
