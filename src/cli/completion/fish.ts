/** The completion script for fish. */
import type { CommandWords, OptionWords, Place, ProgramWords } from './words.ts';

export function fishScript({ name, options, commands }: ProgramWords): string {
  const taking = [
    ...valued('', options),
    ...commands.flatMap((command) => valued(command.name, [...command.options, ...options])),
  ];
  return `# Completion of ${name} for fish. Keep it with: ${name} completion fish > ~/.config/fish/completions/${name}.fish
function __${name}_at --description 'COMMAND/PLACE/FIRST: what the word under the cursor stands behind'
    set -l command
    set -l first
    set -l place 0
    set -l skip 0
    for token in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$command $token"
            case ${taking.map(quoted).join(' ')}
                set skip 1
            case '* -*'
            case ' *'
                set command $token
            case '*'
                set place (math $place + 1)
                test $place = 1; and set first $token
        end
    end
    echo "$command/$place/$first"
end
function __${name}_is
    string match -q -- $argv[1] (__${name}_at)
end
complete -c ${name} -f
${[
  ...options.map((option) => complete(name, null, option)),
  ...commands.map((command) => offer(name, '/0/', [command.name], command.about)),
  ...commands.flatMap((command) => linesOf(name, command)),
].join('\n')}
`;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** \`COMMAND OPTION\` for those whose value is the next word. */
function valued(command: string, options: readonly OptionWords[]): string[] {
  return options.flatMap(({ names, value }) =>
    value === null ? [] : names.map((each) => `${command} ${each}`),
  );
}

function linesOf(program: string, { name, options, places }: CommandWords): string[] {
  return [
    ...options.map((option) => complete(program, `${name}/*`, option)),
    ...places.flatMap((place, index) => placeLines(program, name, place, index)),
  ];
}

const when = (program: string, where: string) => `-n ${quoted(`__${program}_is "${where}"`)}`;

function complete(program: string, where: string | null, { names, about, value }: OptionWords): string {
  const flags = names.map((each) => (each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`));
  const parts = [`complete -c ${program}`, ...(where === null ? [] : [when(program, where)]), ...flags];
  return [...parts, ...answerTo(value), `-d ${quoted(about)}`].join(' ');
}

function answerTo(value: OptionWords['value']): string[] {
  switch (value?.kind) {
    case undefined:
      return [];
    case 'words':
      return [`-x -a ${quoted(value?.words.join(' ') ?? '')}`];
    case 'file':
      return ['-r -F'];
    case 'folder':
      return ["-x -a '(__fish_complete_directories)'"];
    case 'free':
      return ['-x'];
  }
}

function placeLines(program: string, command: string, place: Place, index: number): string[] {
  if (place.kind === 'free') return [];
  if (place.kind === 'words') return [offer(program, `${command}/${index}/*`, place.words)];
  return Object.entries(place.fields).map(([resource, fields]) =>
    offer(
      program,
      `${command}/*/${resource}`,
      fields.map((field) => `${field}=`),
    ),
  );
}

function offer(program: string, where: string, words: readonly string[], about?: string): string {
  const described = about === undefined ? '' : ` -d ${quoted(about)}`;
  return `complete -c ${program} ${when(program, where)} -a ${quoted(words.join(' '))}${described}`;
}
