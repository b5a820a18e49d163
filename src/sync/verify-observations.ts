/** Compares one listing of results with the newest rows of the mirror. */
import type { Json } from '../api/description.ts';
import { fieldOf, type ObservationName, observationResource } from '../api/resources.ts';
import { type Cell, fromCell } from '../db/columns.ts';
import { observationCells, observationColumns, observationsOf } from '../db/observations.ts';
import type { Database } from '../db/open.ts';
import { rowKey } from './apply-observations.ts';
import type { CameIn } from './listing.ts';
import { Differences, type Findings, noFindings } from './verify-findings.ts';

export function compareObservations(db: Database, resource: ObservationName, listing: CameIn): Findings {
  const parentId = listing.parentId as number;
  const found = noFindings();
  const shown = new Map(
    observationsOf(db, resource, parentId).map((cells) => [rowKey(resource, cells), cells]),
  );
  for (const item of listing.items) {
    const cells = observationCells(resource, parentId, item);
    const key = rowKey(resource, cells);
    const before = shown.get(key);
    shown.delete(key);
    found.checked++;
    if (!before) found.missing.push({ resource, entity_id: key });
    else if (!hasGrown(resource, before, cells)) compareRow(resource, key, before, cells, found);
  }
  if (listing.rejected.length === 0)
    for (const key of shown.keys()) found.extra.push({ resource, entity_id: key });
  return found;
}

/**
 * Whether the API has counted on since the mirror looked: then everything in the row may differ, and nothing is wrong.
 * What the mirror counts may only be less.
 */
function hasGrown(resource: ObservationName, before: readonly Cell[], after: readonly Cell[]): boolean {
  const columns = observationColumns(resource);
  const { until, counts } = observationResource(resource).grows;
  const [was, is] = [before, after].map((cells) => cells[columns.indexOf(until)]);
  if (typeof was !== 'string' || typeof is !== 'string' || was >= is) return false;
  return counts.every((name) => {
    const place = columns.indexOf(name);
    return Number(before[place] ?? 0) <= Number(after[place] ?? 0);
  });
}

function compareRow(
  resource: ObservationName,
  key: string,
  before: readonly Cell[],
  after: readonly Cell[],
  found: Findings,
): void {
  const differences = new Differences();
  for (const [index, name] of observationColumns(resource).entries()) {
    if (before[index] !== after[index])
      differences.add(name, jsonOf(resource, name, before[index]), jsonOf(resource, name, after[index]));
  }
  differences.putInto(found, resource, key);
}

function jsonOf(resource: ObservationName, name: string, cell: Cell | undefined): Json {
  const field = fieldOf(resource, name);
  return field ? fromCell(field, cell) : ((cell ?? null) as Json);
}
