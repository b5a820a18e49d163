/** What a push did, for people. */

import type { Json, JsonObject } from '../../api/description.ts';
import { entityResource, parentOf } from '../../api/resources.ts';
import type { Database } from '../../db/open.ts';
import { outboxRow } from '../../db/outbox.ts';
import { conflictKind, sayChoices } from '../../sync/choices.ts';
import type { Failed, OpReport, Planned, PushReport } from '../../sync/report.ts';
import { printable } from '../format/printable.ts';
import { textOf } from '../format/values.ts';
import { counted } from '../format/words.ts';
import { writeItem, writeSentence } from '../format/wrap.ts';
import type { Output } from '../streams.ts';

/** Longer values are cut: the whole stands in `outbox diff`. */
const longest = 60;

export function sayValue(value: Json): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : textOf(value) || 'null';
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function sayBody(body: JsonObject | null): string {
  if (body === null) return '';
  return Object.entries(body)
    .map(([field, value]) => `${field}=${sayValue(value)}`)
    .join(' ');
}

const verbs = { create: 'create', update: 'update', delete: 'delete' } as const;

function sayEntity({ resource, entity_id, op }: OpReport): string {
  return `${verbs[op]} ${entityResource(resource).singular} ${entity_id}`;
}

/** The server makes some children together with their parent; which ids those get is not known before. */
function sayPath({ resource, method, path }: Planned): string {
  const parent = parentOf(resource);
  if (method !== 'PUT' || parent === null || !/\/-\d+$/.test(path)) return path;
  return `${resource}/… (one that comes with the new ${entityResource(parent).singular})`;
}

/** One operation as the plan has it: `delete goal 17 (DELETE goals/17)`. */
export function sayOperation(operation: Planned): string {
  const { method, body } = operation;
  return `${sayEntity(operation)}  ${method} ${sayPath(operation)} ${sayBody(body)}`.trimEnd();
}

/** Writes every part that has something to say, and what to do next; the mirror tells what can be done about a conflict. */
export async function writePushSummary(out: Output, db: Database, report: PushReport): Promise<void> {
  const { green, bold } = out.colors;
  await section(out, bold, 'Would send:', (report.planned ?? []).map(sayOperation));
  await section(
    out,
    green,
    'Sent:',
    (report.pushed ?? []).map((done) => {
      const made = done.remote_id === done.entity_id ? '' : `, now ${done.remote_id}`;
      return `${sayEntity(done)}${made}`;
    }),
  );
  await writeSettled(out, report);
  await writeConflicts(out, db, report);
  await writeOpen(out, report);
  const sent = report.planned ? '' : `${counted(report.pushed?.length ?? 0, 'operation')} sent, `;
  const waits =
    report.remaining === 0 ? 'nothing waits' : `${counted(report.remaining, 'operation')} in the outbox`;
  await out.line(`${sent}${waits}; ${counted(report.requests, 'request')}.`);
}

const settledTitles = {
  converged: 'The API had it already, so that nothing was sent:',
  theirs: 'Given up, since the API decides (--on-conflict theirs):',
  dropped: 'Dropped:',
} as const;

async function writeSettled(out: Output, { settled }: PushReport): Promise<void> {
  for (const [outcome, group] of Map.groupBy(settled, ({ outcome }) => outcome)) {
    const lines = group.map((each) => {
      const fields = each.fields.length > 0 ? `: ${each.fields.join(', ')}` : '';
      return `${each.outbox_id}  ${sayEntity(each)}${fields}`;
    });
    await section(out, out.colors.bold, settledTitles[outcome], lines);
  }
}

async function writeConflicts(out: Output, db: Database, { conflicts }: PushReport): Promise<void> {
  for (const [title, group] of Map.groupBy(conflicts, (conflict) => conflictTitle(db, conflict))) {
    const lines = group.map((conflict) => {
      const fields = conflict.fields.map(({ field }) => field).join(', ');
      return `${conflict.outbox_id}  ${sayEntity(conflict)}${fields ? `: ${fields}` : ''}`;
    });
    await section(out, out.colors.yellow, title, lines);
  }
}

/** A dry run leaves no conflict behind that could be decided. */
function conflictTitle(db: Database, { outbox_id: id }: OpReport): string {
  const row = outboxRow(db, id);
  if (row?.status !== 'conflict')
    return 'In conflict (a pull or a push writes it down; then: optimirror conflicts):';
  const kind = conflictKind(db, row);
  const where = kind === 'deleted there' ? 'In conflict, deleted on the API' : 'In conflict';
  return `${where} (see: optimirror conflicts; decide: optimirror resolve ID ${sayChoices(kind)}):`;
}

async function writeOpen(out: Output, report: PushReport): Promise<void> {
  const { yellow, red } = out.colors;
  await section(
    out,
    yellow,
    "Held, since it can't be taken back (send it with --yes):",
    report.held.map(sayOperation),
  );
  await section(
    out,
    yellow,
    'In conflict, and not to be read, so that nothing could be decided:',
    report.unread.map(sayFailure),
  );
  await section(out, red, 'Not sent:', report.failed.map(sayFailure));
  await section(
    out,
    yellow,
    'Somebody else wrote in between (the API holds this now):',
    report.notices.map(
      (notice) =>
        `${sayEntity(notice)}: ${notice.field} is ${sayValue(notice.got)}, not ${sayValue(notice.expected)}`,
    ),
  );
}

function sayFailure(failure: Failed): string {
  return `${failure.outbox_id}  ${sayEntity(failure)}: ${printable(failure.message)}`;
}

async function section(
  out: Output,
  paint: (title: string) => string,
  title: string,
  lines: readonly string[],
): Promise<void> {
  if (lines.length === 0) return;
  await writeSentence(out, title, { paint });
  for (const line of lines) await writeItem(out, line);
  await out.line();
}
