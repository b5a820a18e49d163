/** The completion script for zsh. */
import type { CommandWords, OptionWords, Place, ProgramWords } from './words.ts';

export function zshScript({ name, options, commands }: ProgramWords): string {
  return `#compdef ${name}
# Completion of ${name} for zsh. Load it with: source <(${name} completion zsh)
# or keep it as _${name} in a folder of $fpath.
_${name}() {
  local curcontext="$curcontext" state line
  local -A opt_args
  local -a global commands
  global=(
${indent(4, options.map(optionSpec))}
  )
  commands=(
${indent(
  4,
  commands.map((command) => quoted(`${command.name}:${command.about}`)),
)}
  )
  _arguments -C "$global[@]" '1:command:->command' '*::argument:->behind' && return
  case $state in
    command) _describe command commands ;;
    behind)
      case $words[1] in
${indent(8, commands.flatMap(commandCase))}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _${name} ]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

const indent = (width: number, lines: readonly string[]) =>
  lines.map((line) => `${' '.repeat(width)}${line}`).join('\n');

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** `'*--name[about]:value:action'`; an option may be given several times as far as zsh is concerned. */
function optionSpec({ names, about, value }: OptionWords): string {
  const explained = `[${about.replace(/[[\]:\\]/g, '\\$&')}]${value ? `:value:${actionOf(value)}` : ''}`;
  return names.map((each) => quoted(`*${each}${explained}`)).join(' ');
}

function actionOf(value: NonNullable<OptionWords['value']>): string {
  if (value.kind === 'words') return `(${value.words.join(' ')})`;
  if (value.kind === 'free') return ' ';
  return value.kind === 'file' ? '_files' : '_files -/';
}

function commandCase({ name, options, places }: CommandWords): string[] {
  const specs = [...options.map(optionSpec), ...places.map(placeSpec)];
  const fields = places.find((place) => place.kind === 'fields')?.fields;
  return [
    `${name})`,
    `  _arguments -C "$global[@]" ${specs.join(' \\\n            ')}`,
    ...(fields ? fieldCases(fields) : []),
    '  ;;',
  ];
}

function placeSpec(place: Place, index: number): string {
  if (place.kind === 'words') return quoted(`${index + 1}:word:(${place.words.join(' ')})`);
  return place.kind === 'fields' ? "'*:field:->fields'" : quoted(`${index + 1}:value: `);
}

function fieldCases(fields: Readonly<Record<string, readonly string[]>>): string[] {
  const cases = Object.entries(fields).map(
    ([resource, names]) =>
      `    fields:${resource}) compadd -S '' -- ${names.map((field) => `${field}=`).join(' ')} ;;`,
  );
  return ['  case $state:$line[1] in', ...cases, '  esac'];
}
