/** The reference of the command line as Markdown, made from the program itself. */
import type { Command } from 'commander';
import { exitStatus } from '../errors.ts';

/** What each exit status says. Source: CONTRACT.md, Commands. */
const exitWords: Readonly<Record<keyof typeof exitStatus, string>> = {
  done: 'done',
  unexpected: 'an unexpected error; also a file that is no mirror, and what is not there',
  usage: 'unusable arguments, SQL that is not one reading statement, or an edit that the API would refuse',
  decision: 'something in the outbox needs a decision: a conflict, or an operation held back for `--yes`',
  partial: 'part of it failed for good, the rest is done and kept; or `verify` found differences',
  token: 'there is no token, or the API refused it',
  busy: 'another one is at work on the same mirror, or on the same folder of an export',
  interrupted: 'interrupted; what was finished is kept',
};

/** The page for a program whose commands are all defined. */
export function reference(program: Command): string {
  const commands = program.commands;
  return `${[
    '# The command line',
    '<!-- Made by `npm run docs:cli` from the program itself; a test keeps it so. -->',
    program.description(),
    fenced(`${program.name()} [options] <command>`, 'sh'),
    contents(commands),
    '## Options of every command',
    'A flag beats the environment.',
    optionTable(program),
    '## Commands',
    ...commands.map(section),
    '## Exit statuses',
    table(
      ['status', 'meaning'],
      (Object.keys(exitWords) as (keyof typeof exitWords)[]).map((key) => [
        String(exitStatus[key]),
        exitWords[key],
      ]),
    ),
    'Where several hold: 5, then 4, then 3.',
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** The commands by their group, each with its one line. */
function contents(commands: readonly Command[]): string {
  const rows = commands.map((command) => [
    command.helpGroup().replace(/:$/, ''),
    `[\`${command.name()}\`](#${anchor(command)})`,
    command.summary(),
  ]);
  return table(
    ['', 'command', 'what it does'],
    rows.map(([group, ...rest], index) => [rows[index - 1]?.[0] === group ? '' : (group ?? ''), ...rest]),
  );
}

const title = (command: Command) => `${command.parent?.name() ?? ''} ${command.name()}`.trim();
const anchor = (command: Command) => title(command).replaceAll(' ', '-');

function section(command: Command): string {
  const usage = `${title(command)} ${command.usage()}`.trim();
  return [
    `### ${title(command)}`,
    command.description(),
    fenced(usage.replace(/^ +/gm, ''), 'sh'),
    argumentTable(command),
    optionTable(command),
    fenced(afterHelp(command), 'text'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What the help says behind the options: examples, and notes. */
function afterHelp(command: Command): string {
  let whole = '';
  command.configureOutput({
    writeOut: (text) => {
      whole += text;
    },
  });
  command.outputHelp();
  return whole.slice(command.helpInformation().length).trim();
}

function argumentTable(command: Command): string {
  const rows = command.registeredArguments.map((argument) => [
    `\`${command.createHelp().argumentTerm(argument)}\``,
    argument.description,
  ]);
  return rows.length === 0 ? '' : table(['argument', 'meaning'], rows);
}

function optionTable(command: Command): string {
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help' || command.parent === null);
  if (options.length === 0) return '';
  return table(
    ['option', 'meaning'],
    options.map(({ flags, description }) => [`\`${flags}\``, description]),
  );
}

const fenced = (text: string, language: string) => (text === '' ? '' : `\`\`\`${language}\n${text}\n\`\`\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
