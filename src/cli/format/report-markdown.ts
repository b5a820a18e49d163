/** Reports as Markdown, for a page or a pull request. */
import type { ReportResult, ReportTable } from '../../query/reports/report.ts';
import type { Output } from '../streams.ts';
import { cellOf, isRight } from './looks.ts';
import { notesOn } from './notes.ts';
import { printable } from './printable.ts';

export async function writeMarkdown(
  out: Output,
  result: ReportResult,
  tables: readonly ReportTable[],
  asOf: string | null,
): Promise<void> {
  await out.write(
    `# ${escaped(`Report: ${result.report}`)}\n\n${asOf === null ? 'At' : 'As of'} ${result.at}.\n`,
  );
  for (const table of tables) {
    if (table.rows.length === 0 && table.none === '') continue;
    await out.write(`\n## ${escaped(printable(table.title))}\n\n${markdownOf(table)}\n`);
  }
  // They are the program's own words, and Markdown already.
  for (const note of notesOn(result.notes, tables)) await out.write(`\n${note}\n`);
}

function markdownOf({ rows, shown, none, layout }: ReportTable): string {
  const [first] = rows;
  if (first === undefined) return escaped(none);
  if (layout === 'facts') {
    const lines = shown.map((column) => `| ${escaped(column.title)} | ${escaped(cellOf(column, first))} |`);
    return ['| | |', '| --- | --- |', ...lines].join('\n');
  }
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(shown.map(({ title }) => escaped(title))),
    line(shown.map(({ look }) => (isRight(look) ? '---:' : '---'))),
    ...rows.map((row) => line(shown.map((column) => escaped(cellOf(column, row))))),
  ].join('\n');
}

/** Text that must not act in Markdown or HTML, such as a name that somebody gave an experiment. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#&]/g, (character) => `\\${character}`);
}
