/** The outbox for people: operations, one a line, or with all their changes. */
import { entityResource } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import type { OutboxChange, OutboxStatus } from '../db/outbox.ts';
import { labelOf, type OutboxEntry, orderedChanges } from '../query/outbox.ts';
import { diffLines, inline } from './format/diff.ts';
import { type GridColumn, writeGrid } from './format/grid.ts';
import { leftOut, writeNote } from './format/notes.ts';
import { printable } from './format/printable.ts';
import { cut, prepareWidths } from './format/width.ts';
import type { Output } from './streams.ts';

const statusWords: Readonly<Record<OutboxStatus, string>> = {
  pending: 'pending',
  in_flight: 'on the way',
  conflict: 'conflict',
  failed: 'failed',
};

const columns: readonly GridColumn[] = [
  { title: 'id', right: true, giving: 'never' },
  { title: 'status', right: false, giving: 'never' },
  { title: 'op', right: false, giving: 'never' },
  { title: 'what', right: false, giving: 'never' },
  { title: 'entity', right: true, giving: 'never', spare: 1 },
  { title: 'name', right: false, giving: 'name' },
  { title: 'fields', right: false, giving: 'text' },
];

/** One line an operation. */
export async function writeOperations(
  out: Output,
  db: Database,
  entries: readonly OutboxEntry[],
): Promise<void> {
  const rows = entries.map((entry) => [
    String(entry.id),
    statusWords[entry.status],
    entry.op,
    entityResource(entry.resource).singular,
    String(entry.entity_id),
    printable(labelOf(db, entry.resource, entry.entity_id) ?? ''),
    entry.changes.map(({ field }) => field).join(', '),
  ]);
  const missing = await writeGrid(out, columns, rows);
  const titles = missing.map(({ title }) => title);
  if (titles.length > 0) await writeNote(out, leftOut(titles, out, 'optimirror outbox diff or --json'));
}

/** Why operations wait that have been tried: the API's own words, or what kept them from being sent. */
export async function writeReasons(out: Output, entries: readonly OutboxEntry[]): Promise<void> {
  const told = entries.filter(({ error, status }) => error !== null && status !== 'conflict');
  if (told.length > 0) await out.line();
  for (const { id, error } of told) await out.line(`${id}: ${out.colors.red(printable(error ?? ''))}`);
}

/** Every operation with every change: base → local, and what the API holds where both changed it. */
export async function writeChanges(
  out: Output,
  db: Database,
  entries: readonly OutboxEntry[],
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    if (out.closed) return;
    if (index > 0) await out.line();
    await out.line(await headline(out, db, entry));
    if (entry.error !== null) await out.line(`  ${out.colors.red(printable(entry.error))}`);
    const changes = orderedChanges(db, entry);
    const width = Math.max(0, ...changes.map(({ field }) => field.length));
    await prepareWidths(changes.flatMap(({ base, local, remote }) => [base, local, remote].map(inline)));
    for (const change of changes) await writeChange(out, change, width, entry);
  }
}

async function headline(out: Output, db: Database, entry: OutboxEntry): Promise<string> {
  const { id, op, resource, entity_id: entityId, status } = entry;
  const { bold, dim, red, yellow } = out.colors;
  const what = `${op} ${entityResource(resource).singular} ${entityId}`;
  const label = printable(labelOf(db, resource, entityId) ?? '');
  await prepareWidths([label]);
  const room = out.width - `#${id} ${what}  · ${statusWords[status]}`.length;
  const name = label === '' ? '' : ` ${bold(out.isTerminal ? cut(label, Math.max(20, room)) : label)}`;
  const paint = status === 'pending' || status === 'in_flight' ? yellow : red;
  return `${bold(`#${id}`)} ${what}${name} ${dim('·')} ${paint(statusWords[status])}`;
}

async function writeChange(
  out: Output,
  { field, base = null, local = null, remote }: OutboxChange,
  width: number,
  { op, status }: OutboxEntry,
): Promise<void> {
  const { bold, green, red, yellow } = out.colors;
  const name = `  ${bold(field.padEnd(width))}  `;
  const room = (out.isTerminal ? out.width : 100) - width - 4;
  const shortened = (value: string) => (out.isTerminal ? cut(value, room - 8) : value);
  // No remote value means that nobody else changed the field.
  if (status === 'conflict' && remote !== undefined) {
    const margin = ' '.repeat(width + 4);
    await out.line(`${name}base    ${shortened(inline(base))}`);
    await out.line(`${margin}ours    ${green(op === 'delete' ? '(deleted)' : shortened(inline(local)))}`);
    return out.line(`${margin}theirs  ${yellow(shortened(inline(remote)))}`);
  }
  if (op === 'delete') return out.line(`${name}${red(shortened(inline(base)))}`);
  if (op === 'create' && !String(local).includes('\n')) {
    return out.line(`${name}${green(shortened(inline(local)))}`);
  }
  const [first = '', ...rest] = await diffLines(base, local, out.colors, room);
  if (rest.length === 0) return out.line(`${name}${first}`);
  await out.line(name.trimEnd());
  for (const line of [first, ...rest]) await out.line(`    ${line}`);
}
