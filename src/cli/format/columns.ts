/** Which fields of a resource a table shows when nobody says: what tells one row from another, then what fits. */
import type { Field, JsonObject } from '../../api/description.ts';
import { entityResource, fieldsOf, isEntityName, type ResourceName } from '../../api/resources.ts';
import { printable } from './printable.ts';
import { textOf } from './values.ts';
import { prepareWidths, widthOf } from './width.ts';

/** A name longer than this is cut rather than pushing out the next column. */
const widest = 36;

/** How much a field tells at a glance, 0 the most; null for what only looks well on a line of its own. */
function rank(resource: ResourceName, name: string, field: Field): number | null {
  if (name === 'id') return 0;
  if (field.by === 'parent') return 1;
  if (isEntityName(resource)) {
    const { label, conflictToken } = entityResource(resource);
    if (name === label) return 2;
    if (name === conflictToken) return 7;
  }
  if (field.kind === 'list' || field.kind === 'jsonText' || field.references !== undefined) return null;
  if (field.values !== undefined) return 3;
  if (field.max !== undefined) return 4;
  if (field.kind === 'utcSecond') return 5;
  if (field.kind === 'boolean') return 8;
  if (isEntityName(resource)) return null;
  // Of results: names before numbers, and no other ids or times.
  if (field.kind === 'text') return name.endsWith('_id') ? null : 2;
  return field.kind === 'time' ? null : 6;
}

/** The columns to show, those that tell the most first, as many as fit into `width` cells with these rows; and the others. */
export async function columnsThatFit(
  resource: ResourceName,
  rows: readonly JsonObject[],
  width: number,
): Promise<{ readonly shown: string[]; readonly leftOut: string[] }> {
  const ranked = fieldsOf(resource)
    .map(([name, field]) => ({ name, rank: rank(resource, name, field) }))
    .filter((candidate) => candidate.rank !== null)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const sample = rows.slice(0, 200);
  await prepareWidths(sample.flatMap((row) => ranked.map(({ name }) => textOf(row[name]))));
  const chosen: string[] = [];
  let left = width;
  for (const { name } of ranked) {
    const cells = sample.map((row) => widthOf(printable(textOf(row[name]))));
    const needed = Math.max(name.length, ...cells.map((cell) => Math.min(cell, widest))) + 2;
    if (needed > left + 2) break;
    left -= needed;
    chosen.push(name);
  }
  return { shown: chosen, leftOut: ranked.slice(chosen.length).map(({ name }) => name) };
}
