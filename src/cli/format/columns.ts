/** Which fields of a resource a table shows when nobody says: what tells one row from another, then what fits. */
import type { Field, JsonObject } from '../../api/description.ts';
import {
  type EntityName,
  entityResource,
  fieldsOf,
  isEntityName,
  type ObservationName,
  observationResource,
  type ResourceName,
} from '../../api/resources.ts';
import { printable } from './printable.ts';
import { textOf } from './values.ts';
import { prepareWidths, widthOf } from './width.ts';

/** A name longer than this is cut rather than pushing out the next column. */
const widest = 36;

/** How much a field tells at a glance, 0 the most; null for what only looks well on a line of its own. */
function rank(resource: ResourceName, name: string, field: Field): number | null {
  return isEntityName(resource) ? rankInEntity(resource, name, field) : rankInRow(resource, name, field);
}

function rankInEntity(resource: EntityName, name: string, field: Field): number | null {
  const { label, conflictToken } = entityResource(resource);
  if (name === 'id') return 0;
  if (field.by === 'parent') return 1;
  if (name === label) return 2;
  if (name === conflictToken) return 7;
  if (field.kind === 'list' || field.kind === 'jsonText' || field.references !== undefined) return null;
  if (field.values !== undefined) return 3;
  if (field.max !== undefined) return 4;
  if (field.kind === 'utcSecond') return 5;
  return field.kind === 'boolean' ? 8 : null;
}

/** Of results: which row it is, then the figures, the verdict, names, and the other figures; no other ids or times. */
function rankInRow(resource: ObservationName, name: string, field: Field): number | null {
  const { key, figures } = observationResource(resource);
  if (field.by === 'parent' || key.includes(name)) return 0;
  const place = figures.indexOf(name);
  if (place >= 0) return 1 + place;
  if (field.values !== undefined) return 10;
  if (field.kind === 'text') return field.joinedIds === undefined ? 11 : null;
  if (field.kind === 'boolean') return 13;
  return field.kind === 'time' ? null : 12;
}

/**
 * The columns to show, those that tell the most, as many as fit into `width` cells with these rows; and the others. Of
 * entities they stand in the order of what they tell; of rows of results in that of the fields, where a name follows its id.
 */
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
  const leftOut = ranked.slice(chosen.length).map(({ name }) => name);
  const inOrder = fieldsOf(resource).map(([name]) => name);
  return {
    shown: isEntityName(resource) ? chosen : inOrder.filter((name) => chosen.includes(name)),
    leftOut,
  };
}
