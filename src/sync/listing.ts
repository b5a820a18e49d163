/** A listing as it came, what applying it gave, and whether what it lacks can be believed to be gone. */
import type { JsonObject } from '../api/description.ts';
import { isEntityName, parentField, parentOf, type ResourceName } from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import type { PullMode } from '../db/runs.ts';
import { prepared } from '../db/statements.ts';
import { isSuspicious, type Task } from './pull-plan.ts';
import type { RunContext } from './receive.ts';

export interface Counts {
  seen: number;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
}
export const noCounts = (): Counts => ({ seen: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0 });

export interface ListingContext extends RunContext {
  readonly mode: PullMode;
  readonly chain: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly maxAge: number;
  readonly acceptDeletions: boolean;
  /** The projects that the run is limited to; undefined for all. */
  readonly projects?: readonly number[] | undefined;
}

/** What is wrong with a listing, in words, with the status of the answer where that was no success. */
export interface Complaint {
  readonly status: number | null;
  readonly message: string;
}

/** A listing as it came, checked, and completed where it left out fields. */
export interface CameIn extends Task {
  readonly projectId: number | null;
  readonly items: readonly JsonObject[];
  /** Members that are there, but whose content can't be used: the answer is broken. */
  readonly rejected: readonly { readonly id: number; readonly message: string }[];
  /** Members that are there, but could not be read by themselves. */
  readonly unread: readonly ({ readonly id: number } & Complaint)[];
  /** Of its text, where the same text again will have nothing new to say. */
  readonly digest: string | null;
}

export type Members = Pick<CameIn, 'items' | 'rejected' | 'unread'>;

/** All that were listed, also those whose content can't be used: what lies below them can. */
export function idsOf({ items, rejected, unread }: Members): number[] {
  return [...items, ...rejected, ...unread].map(({ id }) => id as number);
}

export interface Applied {
  readonly counts: Map<ResourceName, Counts>;
  /** Empty where all is well. */
  readonly complaints: Complaint[];
  readonly next: Task[];
}

export function countsOf(applied: Applied, resource: ResourceName): Counts {
  let counts = applied.counts.get(resource);
  if (!counts) {
    counts = noCounts();
    applied.counts.set(resource, counts);
  }
  return counts;
}

/** The condition that a parent's id lies below a project: `= ?` for its own children, a subquery further down. */
export function belowProject(resource: ResourceName): string {
  const parent = parentOf(resource);
  if (parent === null || parentOf(parent) === null) return '= ?';
  return `IN (SELECT id FROM ${quoted(`remote_${parent}`)} WHERE parent_id ${belowProject(parent)})`;
}

function rowsInProject(
  { db }: Pick<ListingContext, 'db'>,
  resource: ResourceName,
  projectId: number | null,
): number {
  const [table, column] = isEntityName(resource)
    ? [`remote_${resource}`, 'parent_id']
    : [resource, parentField(resource) ?? ''];
  const sql = `SELECT count(*) FROM ${quoted(table)} WHERE ${quoted(column)} ${belowProject(resource)}`;
  return prepared(db, sql).pluck().get(projectId) as number;
}

/** Words for rows that are kept although the listing lacks them, or null where they may go. */
export function reasonToKeep(
  context: Pick<ListingContext, 'db' | 'acceptDeletions'>,
  listing: CameIn,
  lacking: number,
): string | null {
  if (lacking === 0 || context.acceptDeletions) return null;
  const { resource, projectId } = listing;
  if (!isSuspicious(lacking, () => rowsInProject(context, resource, projectId))) return null;
  return `the list lacks ${lacking} ${resource} that the mirror has, too many to believe: kept. If they are really gone, pull with --accept-deletions`;
}
