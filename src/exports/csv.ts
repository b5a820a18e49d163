/** CSV: RFC 4180 with line feeds; null is an empty cell, an empty text a quoted one. */
import { stringify } from 'csv-stringify/sync';
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

export const openCsv: OpenWriter = async (file, columns, { safeCsv }) => {
  // Of the columns' values only texts can hold what somebody else wrote: a negative number stays one.
  const textOf = safeCsv ? (text: string) => harmless(text) : (text: string) => text;
  const cell = (value: Value) => {
    if (value === null) return null;
    return typeof value === 'string' ? textOf(value) : String(value);
  };
  const bytesOf = (rows: readonly (readonly (string | null)[])[]) =>
    Buffer.from(stringify(rows.map((row) => [...row]), { quoted_match: /^$/ }));
  await file.append(bytesOf([columns.map(({ name }) => name)]));
  return {
    write: (rows) => file.append(bytesOf(rows.map((row) => row.map(cell)))),
    end: async () => {},
  };
};
