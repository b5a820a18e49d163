/** How a change looks: on one line where it is short, as a diff of lines where it is not. */
import type { Json } from '../../api/description.ts';
import type { Colors } from '../streams.ts';
import { printable } from './printable.ts';
import { toJson } from './values.ts';
import { widthOf } from './width.ts';

/** Unchanged lines shown around a change. */
const context = 2;

/** A value on one line, quoted where it would be mistaken for something else. */
export function inline(value: Json = null): string {
  if (typeof value === 'string')
    return /^\S(.*\S)?$/.test(value) && value !== 'null' ? printable(value) : JSON.stringify(value);
  return printable(toJson(value));
}

/** The lines that show the way from one value to another; `room` is how wide a line may be. */
export async function diffLines(base: Json, local: Json, colors: Colors, room: number): Promise<string[]> {
  const [before, after] = [inline(base), inline(local)];
  const multiline = [base, local].some((value) => typeof value === 'string' && value.includes('\n'));
  if (!multiline && widthOf(before) + widthOf(after) + 3 <= room) {
    return [`${colors.red(before)} ${colors.dim('→')} ${colors.green(after)}`];
  }
  return lineDiff(asLines(base), asLines(local), colors);
}

/** Texts as they are, lists with an element a line, so that a diff shows what moved. */
function asLines(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : toJson(value, true);
}

async function lineDiff(before: string, after: string, { red, green, dim }: Colors): Promise<string[]> {
  const { structuredPatch } = await import('diff');
  // Only where just one of them ends with a line break does that belong into the diff.
  const end = before.endsWith('\n') || after.endsWith('\n') ? '' : '\n';
  const { hunks } = structuredPatch('', '', before + end, after + end, '', '', { context });
  return hunks.flatMap(({ lines, newStart }, index) => {
    const gap = index > 0 || newStart > 1 ? [dim(`… line ${newStart}`)] : [];
    return [...gap, ...lines.map(colored)];
  });

  function colored(line: string): string {
    const text = printable(line);
    if (line.startsWith('-')) return red(text);
    return line.startsWith('+') ? green(text) : dim(text);
  }
}
