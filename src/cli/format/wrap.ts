/** Sentences broken between words, so that a terminal does not break them within one. */
import type { Output } from '../streams.ts';
import { printable } from './printable.ts';
import { prepareWidths, widthOf } from './width.ts';

/** The text in lines of at most `room` cells; every one but the first begins with `indent`. A longer word stays whole. */
export function wrapped(text: string, room: number, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.trim() !== '' && widthOf(last) + 1 + widthOf(word) > room) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The lines of a sentence on an output: broken where it is a terminal, elsewhere one. */
export function linesFor({ isTerminal, width }: Output, text: string, indent?: string): string[] {
  return isTerminal ? wrapped(text, width, indent) : [text];
}

export interface SentenceLook {
  /** What the lines after the first begin with. */
  readonly indent?: string;
  /** Colours a line: colours in the text itself would count as cells. */
  readonly paint?: (line: string) => string;
}

/** Writes a sentence on lines of the output's width. */
export async function writeSentence(
  output: Output,
  text: string,
  { indent, paint = (line) => line }: SentenceLook = {},
): Promise<void> {
  const safe = printable(text);
  await prepareWidths([safe]);
  for (const line of linesFor(output, safe, indent)) await output.line(paint(line));
}

/** Writes what belongs below a title, set in from it. */
export const writeItem = (output: Output, text: string): Promise<void> =>
  writeSentence(output, `  ${text}`, { indent: '    ' });
