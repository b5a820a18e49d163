/** CSV: RFC 4180 with line feeds; null is an empty cell, an empty text a quoted one. */
import type { OpenWriter } from './format.ts';
import type { Value } from './values.ts';

/**
 * What makes a spreadsheet take a text for a formula, full-width signs included, or for the end of the cell before.
 * Source: OWASP, CSV Injection.
 */
const executable = /^[=+\-@\t\r\n＝＋－＠]/;

/** A text that every spreadsheet shows and none executes. */
export function harmless(text: string): string {
  return executable.test(text) ? `'${text}` : text;
}

/** The text as a cell. An empty one is quoted, so that it is told from null. */
function cellOf(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const openCsv: OpenWriter = async (file, columns, { safeCsv }) => {
  // Only texts can hold what somebody else wrote: a negative number stays one.
  const textCell = safeCsv ? (text: string) => cellOf(harmless(text)) : cellOf;
  const cell = (value: Value): string => {
    if (value === null) return '';
    return typeof value === 'string' ? textCell(value) : String(value);
  };
  const append = (lines: readonly string[]) =>
    file.append(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  await append([columns.map(({ name }) => cellOf(name)).join(',')]);
  return {
    write: (rows) => append(rows.map((row) => row.map(cell).join(','))),
    end: async () => {},
  };
};
