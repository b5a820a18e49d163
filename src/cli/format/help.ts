/** Help that fits the terminal: examples with their words below them, sentences broken between words. */
import { widthOf } from './width.ts';
import { wrapped } from './wrap.ts';

/** Where the words behind a command begin, and where a command goes on. */
const deeper = '      ';
const continued = ' \\';

/** The text with no line wider than `room`, as far as its words let it; lines that fit stay as they are. */
export function fitHelp(text: string, room: number): string {
  return paragraphs(text.split('\n'))
    .flatMap((lines) => {
      if (lines.every((line) => widthOf(line) <= room)) return lines;
      return isSentence(lines[0])
        ? wrapped(lines.join(' '), room)
        : lines.flatMap((line) => fitLine(line, room));
    })
    .join('\n');
}

const isSentence = (line = '') => /^\S/.test(line);

/** Lines of one paragraph together; any other line by itself. */
function paragraphs(lines: readonly string[]): string[][] {
  const found: string[][] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last && isSentence(line) && isSentence(last[0])) last.push(line);
    else found.push([line]);
  }
  return found;
}

function fitLine(line: string, room: number): string[] {
  if (widthOf(line) <= room) return [line];
  const [, command, words] = /^( {2}\$ .*?)(?: {3,}(\S.*))?$/.exec(line) ?? [];
  if (command !== undefined) {
    const below = words === undefined ? [] : wrapped(`${deeper}${words}`, room, deeper);
    return [...fitCommand(command, room), ...below];
  }
  const [begin = ''] = /^ +(?:\S+(?: \S+)* {2,})?/.exec(line) ?? [];
  const [first = '', ...rest] = wrapped(line.slice(begin.length), room - begin.length);
  return [begin + first, ...rest.map((each) => ' '.repeat(begin.length) + each)];
}

/** A shell reads on in the next line behind a backslash; what stands in quotes stays together, and an option with its value. */
function fitCommand(command: string, room: number): string[] {
  if (widthOf(command) <= room) return [command];
  const words = command.slice(2).match(/(?:-\S+ (?=[^-]))?(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"'])+/g) ?? [];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(`  ${word}`);
    else if (widthOf(last) + widthOf(word) + ' '.length + continued.length <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${deeper}${word}`);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line}${continued}` : line));
}
