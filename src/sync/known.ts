/**
 * Answers that say what the last one said: they are known by a digest, and need neither be parsed, checked nor compared.
 * Triggers clear a digest as soon as anything that its answer said is written otherwise (`src/db/digest-triggers.ts`).
 */
import { hash } from 'node:crypto';
import { childrenOf, isEntityName, type ResourceName } from '../api/resources.ts';
import type { CheckedList } from '../api/validate.ts';
import { columnsOf } from '../db/columns.ts';
import { finishSameListing } from '../db/runs.ts';
import { perResource } from '../db/statements.ts';
import { type Applied, countsOf, type ListingContext } from './listing.ts';
import type { Task } from './pull-plan.ts';

/** A listing that came just as it was applied last. */
export interface SameListing extends Task {
  readonly projectId: number | null;
  readonly digest: string;
  /** What it says, for where something of that has been written otherwise since it was asked for. */
  look(): CheckedList;
}

/** What follows from a list of entities with others below them depends on more than the list says. */
export const mayBeKnown = perResource(
  (resource: ResourceName) => !isEntityName(resource) || childrenOf(resource).length === 0,
);

const columnsText = perResource((resource: ResourceName) => columnsOf(resource).join(' '));

/** A mirror that has other columns may make something else of the same text. */
export function digestOf(resource: ResourceName, text: string): string {
  return hash('sha256', `${columnsText(resource)}\n${text}`, 'base64url');
}

/** The digest to keep of an answer; null where the same answer may have other consequences another time. */
export function digestToKeep(
  resource: ResourceName,
  digest: string | null,
  { rows, isWhole }: { rows: number; isWhole: boolean },
): string | null {
  // Where there are no results, those of the other kind may have to be asked for.
  return isWhole && (rows > 0 || isEntityName(resource)) ? digest : null;
}

/** Notes that a list was read again and says the same; false where it has to be applied after all. */
export function applySame(context: ListingContext, same: SameListing, applied: Applied): boolean {
  const { db, chain, now } = context;
  const rows = finishSameListing(db, { ...same, chain, now });
  if (rows === undefined) return false;
  const counts = countsOf(applied, same.resource);
  counts.seen += rows;
  counts.unchanged += rows;
  return true;
}
