/** What is said below a table: what of it is not shown, and what one has to know to read what is. */
import type { Note, ReportTable } from '../../query/reports/report.ts';
import type { Output } from '../streams.ts';
import { count } from './words.ts';
import { writeSentence } from './wrap.ts';

/** Those notes whose columns are there, and hold something. */
export function notesOn(
  notes: readonly Note[],
  tables: readonly Pick<ReportTable, 'shown' | 'rows'>[],
): string[] {
  const filled = new Set(
    tables.flatMap(({ shown, rows }) =>
      shown.map(({ of }) => of).filter((of) => rows.some((row) => row[of] !== null && row[of] !== undefined)),
    ),
  );
  return notes
    .filter(({ about }) => about === undefined || about.some((of) => filled.has(of)))
    .map(({ text }) => text);
}

/** More columns than this are counted rather than named. */
const mostNamed = 6;

/** `Not shown for want of width: goal, days (to see them: …)`; `ways` are the other ways to see them. */
export function leftOut(titles: readonly string[], { isTerminal }: Output, ways: string): string {
  const named = titles.slice(0, mostNamed).join(', ');
  const others = titles.length > mostNamed ? ` and ${titles.length - mostNamed} more` : '';
  return `Not shown for want of width: ${named}${others} (to see them: ${isTerminal ? 'a wider terminal, ' : ''}${ways}).`;
}

/** `100 of 1,240 goals shown; --limit 0 shows all`. */
export const cutShort = (shown: number, total: number, what: string) =>
  `${count(shown)} of ${count(total)} ${what} shown; --limit 0 shows all`;

/** Says it quietly, broken between words where it is a terminal. */
export async function writeNote(err: Output, text: string): Promise<void> {
  await writeSentence(err, text, { paint: err.colors.dim });
}
