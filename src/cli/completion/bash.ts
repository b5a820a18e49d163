/** The completion script for bash, from 3.2 on, which macOS still has. */
import type { CommandWords, OptionWords, Place, ProgramWords } from './words.ts';

export function bashScript({ name, options, commands }: ProgramWords): string {
  const scopes = scopesOf(options, commands);
  const commandNames = commands.map((command) => command.name).join(' ');
  return `# Completion of ${name} for bash. Load it with: source <(${name} completion bash)
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= first= place=0 i words= value=
  COMPREPLY=()
  # bash takes --format=csv for three words.
  if [ "$prev" = = ]; then prev=\${COMP_WORDS[COMP_CWORD-2]} value=1; elif [ "$cur" = = ]; then cur= value=1; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${valued(scopes)}) i=$((i + 1)); [ "\${COMP_WORDS[i]}" = = ] && i=$((i + 1)) ;;
      *" -"*) ;;
      " "*) command=\${COMP_WORDS[i]} ;;
      *) place=$((place + 1)); [ $place = 1 ] && first=\${COMP_WORDS[i]} ;;
    esac
  done
  case "$command $prev" in
${indent(4, answersToOptions(scopes))}
  esac
  case "$cur" in
    -*) case "$command" in
${indent(6, namesByCommand(scopes))}
    esac ;;
    *) case "$command $place $first" in
${indent(6, [`" 0 ") words="${commandNames}" ;;`, ...commands.flatMap(answersToPlaces)])}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  # What ends in = goes on.
  case "\${COMPREPLY[0]}" in *=) compopt -o nospace 2>/dev/null ;; esac
}
complete -F _${name} ${name}
`;
}

/** Options and where they may stand: behind a command, or, where that is null, anywhere. */
interface Scope {
  readonly command: string | null;
  readonly options: readonly OptionWords[];
}

function scopesOf(global: readonly OptionWords[], commands: readonly CommandWords[]): Scope[] {
  const own = commands.map(({ name, options }) => ({ command: name, options }));
  return [...own, { command: null, options: global }];
}

const indent = (width: number, lines: readonly string[]) =>
  lines.map((line) => `${' '.repeat(width)}${line}`).join('\n');

/** The cases of `COMMAND OPTION` that are this option. */
const patternOf = (command: string | null, { names }: OptionWords) =>
  names.map((each) => (command === null ? `*" ${each}"` : `"${command} ${each}"`)).join('|');

/** The options whose value is the next word, which is then no place of its own. */
function valued(scopes: readonly Scope[]): string {
  const taking = scopes.flatMap(({ command, options }) =>
    options.filter(({ value }) => value !== null).map((option) => patternOf(command, option)),
  );
  return taking.join('|');
}

function answersToOptions(scopes: readonly Scope[]): string[] {
  return scopes.flatMap(({ command, options }) =>
    options.flatMap((option) => {
      const answer = answerTo(option.value);
      return answer === null ? [] : [`${patternOf(command, option)}) ${answer}return ;;`];
    }),
  );
}

function answerTo(value: OptionWords['value']): string | null {
  const reply = (what: string) => `COMPREPLY=($(compgen ${what} -- "$cur")); `;
  switch (value?.kind) {
    case undefined:
      return null;
    case 'words':
      return reply(`-W "${value?.words.join(' ')}"`);
    case 'file':
      return reply('-f');
    case 'folder':
      return reply('-d');
    case 'free':
      return '';
  }
}

function namesByCommand(scopes: readonly Scope[]): string[] {
  const global = namesOf(scopes.find(({ command }) => command === null));
  return scopes.map((scope) => {
    if (scope.command === null) return `*) words="${global}" ;;`;
    return `${scope.command}) words="${`${namesOf(scope)} ${global}`.trim()}" ;;`;
  });
}

const namesOf = (scope: Scope | undefined) => scope?.options.flatMap(({ names }) => names).join(' ') ?? '';

function answersToPlaces({ name, places }: CommandWords): string[] {
  return places.flatMap((place, index) => answersToPlace(name, place, index));
}

function answersToPlace(command: string, place: Place, index: number): string[] {
  if (place.kind === 'free') return [];
  if (place.kind === 'words') return [`"${command} ${index} "*) words="${place.words.join(' ')}" ;;`];
  return Object.entries(place.fields).map(([resource, fields]) => {
    const words = fields.map((field) => `${field}=`).join(' ');
    return `"${command} "*" ${resource}") [ $value ] || words="${words}" ;;`;
  });
}
