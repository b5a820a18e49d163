/** What a pull brought, for people. */
import type { Database } from '../../db/open.ts';
import { lastRun } from '../../db/runs.ts';
import { countOutbox } from '../../query/status.ts';
import type { PullReport } from '../../sync/report.ts';
import { printable } from '../format/printable.ts';
import { count, counted, duration } from '../format/words.ts';
import { writeItem } from '../format/wrap.ts';
import type { Output } from '../streams.ts';

/** The columns, each with the count it shows; `deleted` and others only where there are any. */
const columns = [
  { title: 'seen', key: 'seen' },
  { title: 'new', key: 'inserted' },
  { title: 'changed', key: 'updated' },
  { title: 'gone', key: 'deleted' },
] as const;

/** More failures than this are told by their number alone; the run keeps all of them. */
const most = 20;

/** Whether the pull that has just ended came to nothing: not even the list of projects could be read. */
export const readNothing = (db: Database) => lastRun(db, 'pull')?.status === 'failed';

export async function writePullSummary(out: Output, report: PullReport, db: Database): Promise<void> {
  const { green, yellow } = out.colors;
  if (readNothing(db)) return writeFailure(out, report);
  await writeCounts(out, report);
  await out.line();
  const end = report.status === 'complete' ? green('complete') : yellow('partly done');
  await out.line(`${sayRun(out, report, end)}.`);
  await writeErrors(out, report);
  const { conflict } = countOutbox(db);
  if (conflict > 0) {
    await out.line(yellow(`${counted(conflict, 'edit')} in conflict with the API: optimirror conflicts`));
  }
}

/** What kept a pull from reading even the list of projects; an error without a status is one of the network. */
export function sayNothingRead({ errors: [first] }: PullReport): string {
  return first?.status === null ? 'the API could not be reached' : 'nothing could be read';
}

async function writeFailure(out: Output, report: PullReport): Promise<void> {
  await out.line(`${sayRun(out, report, out.colors.red('failed'))}: ${sayNothingRead(report)}.`);
  for (const { message } of report.errors) await writeItem(out, printable(message));
  await out.line('The mirror is as it was; the next pull tries again.');
}

/** `Full pull 3 complete in 2 s, with 114 requests`. */
function sayRun({ colors }: Output, report: PullReport, end: string): string {
  const retried = report.retries > 0 ? `, ${count(report.retries)} of them repeated` : '';
  return (
    `${colors.bold(`${report.mode === 'full' ? 'Full' : 'Incremental'} pull ${report.run_id}`)} ${end} in ` +
    `${duration(report.duration_ms)}, with ${counted(report.requests, 'request')}${retried}`
  );
}

async function writeCounts(out: Output, { resources }: PullReport): Promise<void> {
  const { bold, dim } = out.colors;
  const rows = Object.entries(resources).map(([name, counts]) => ({
    name,
    cells: columns.map(({ key }) => count(counts[key])),
  }));
  const first = Math.max(...rows.map(({ name }) => name.length));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  const place = (cells: readonly string[]) =>
    cells.map((cell, index) => {
      const padded = cell.padStart(widths[index] ?? 0);
      return cell === '0' ? dim(padded) : padded;
    });
  await out.line(
    bold(
      ['', ...place(columns.map(({ title }) => title))]
        .map((cell, i) => (i === 0 ? cell.padEnd(first) : cell))
        .join('  '),
    ),
  );
  for (const { name, cells } of rows) await out.line([name.padEnd(first), ...place(cells)].join('  '));
}

/** What the list of projects lacks is no failure that another attempt would mend. */
async function writeErrors(out: Output, { errors }: PullReport): Promise<void> {
  const { red, yellow } = out.colors;
  const [listed, unread] = apart(
    errors,
    ({ resource, parent_id }) => resource === 'projects' && parent_id === null,
  );
  await writeMessages(out, yellow('About the list of projects:'), listed);
  const title = `${counted(unread.length, 'part')} could not be read; the next pull tries again:`;
  await writeMessages(out, red(title), unread);
}

function apart<T>(all: readonly T[], fits: (one: T) => boolean): [T[], T[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))];
}

async function writeMessages(out: Output, title: string, errors: PullReport['errors']): Promise<void> {
  if (errors.length === 0) return;
  await out.line();
  await out.line(title);
  for (const { message } of errors.slice(0, most)) await writeItem(out, printable(message));
  if (errors.length > most)
    await out.line(`  and ${count(errors.length - most)} more: SELECT error FROM sync_runs`);
}
