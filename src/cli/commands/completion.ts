/** `optimirror completion`: a script for the shell, made from what the program takes. */
import type { Command } from 'commander';
import { exitStatus, UsageError } from '../../errors.ts';
import { didYouMean } from '../../query/near.ts';
import { ChoiceArgument } from '../choices.ts';
import type { CommandFile } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { type ProgramWords, wordsOf } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';

const shells: Readonly<Record<string, (words: ProgramWords) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

interface Options {
  readonly script: string;
}

export const completion: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Prints a script that lets the shell complete commands, options, resources and fields. It holds them all: ' +
          'make it anew after an update.',
      )
      .addArgument(new ChoiceArgument('<shell>', Object.keys(shells)))
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const [shell = ''] = command.args;
    const scriptOf = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
    if (!scriptOf || !command.parent) {
      throw new UsageError(
        `there is no completion for ${JSON.stringify(shell)}${didYouMean(shell, Object.keys(shells))}`,
      );
    }
    return { script: scriptOf(wordsOf(command.parent)) };
  },

  async run({ script }, { stdout }) {
    await stdout.write(script);
    return exitStatus.done;
  },
};

const examples = `
Examples:
  $ source <(optimirror completion bash)      in ~/.bashrc, to have it in every shell
  $ optimirror completion zsh > ~/.zsh/_optimirror
  $ optimirror completion fish > ~/.config/fish/completions/optimirror.fish
`;
