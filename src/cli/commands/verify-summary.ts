/** What a verification found, for people. */
import { entityResource, isEntityName } from '../../api/resources.ts';
import type { Difference, RecordName, VerifyReport } from '../../sync/report.ts';
import { printable } from '../format/printable.ts';
import { count, counted, duration } from '../format/words.ts';
import { writeItem } from '../format/wrap.ts';
import type { Output } from '../streams.ts';
import { sayValue } from './push-summary.ts';

/** More than this of one kind are told by their number; --json has them all. */
const most = 20;

export async function writeVerifySummary(
  out: Output,
  report: VerifyReport,
  repaired: boolean,
): Promise<void> {
  const { missing, extra, different, errors } = report;
  const { bold, red, yellow } = out.colors;
  await section(out, yellow('Missing here:'), missing, sayRecord);
  await section(out, yellow('Here, and not at the API:'), extra, sayRecord);
  await section(out, yellow('Different:'), different, sayDifference);
  await section(out, red('Could not be compared or repaired:'), errors, ({ message }) => printable(message));
  const records = new Set(different.map(sayRecord)).size;
  const found = missing.length + extra.length + records;
  const end =
    found === 0
      ? sayNone(report, out)
      : yellow(`${counted(found, 'record')} ${found === 1 ? 'differs' : 'differ'}`);
  await out.line(
    `${bold(`Verification ${report.run_id}`)}: ${counted(report.checked, 'record')} compared, ${end}; ` +
      `${duration(report.duration_ms)}, ${counted(report.requests, 'request')}.`,
  );
  if (found > 0) await out.line(repaired ? sayRepaired(report) : 'To repair it: optimirror verify --repair');
}

/** Where nothing was found: what could not be read may differ all the same. */
function sayNone({ checked, errors }: VerifyReport, { colors }: Output): string {
  if (errors.length === 0) return colors.green('nothing differs');
  return colors.yellow(checked === 0 ? 'nothing could be read' : 'nothing of that differs');
}

function sayRepaired({ errors }: VerifyReport): string {
  return errors.length === 0
    ? 'All of it is repaired.'
    : 'It is repaired, but for what is named above as not.';
}

function sayRecord({ resource, entity_id }: RecordName): string {
  const what = isEntityName(resource) ? entityResource(resource).singular : resource;
  return `${what} ${printable(String(entity_id))}`;
}

function sayDifference(difference: Difference): string {
  const { field, mirror, api } = difference;
  return `${sayRecord(difference)}: ${printable(field)} is ${sayValue(mirror)} here, ${sayValue(api)} at the API`;
}

async function section<T>(
  out: Output,
  title: string,
  found: readonly T[],
  say: (one: T) => string,
): Promise<void> {
  if (found.length === 0) return;
  await out.line(title);
  for (const one of found.slice(0, most)) await writeItem(out, say(one));
  if (found.length > most) await out.line(`  and ${count(found.length - most)} more: --json has them all`);
  await out.line();
}
