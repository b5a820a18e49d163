/** Where a pull stands, read from and written to the mirror: the chain it goes on with, and the lists still to read. */
import type { Database } from 'better-sqlite3';
import { childrenOf, type EntityName } from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { remoteIds } from '../db/rows.ts';
import { closeDeadRuns, getListing, lastPull, type PullMode, startRun } from '../db/runs.ts';
import { prepared } from '../db/statements.ts';
import type { PullOptions } from './pull.ts';
import { chainToResume, pullMode, type Task } from './pull-plan.ts';
import { isDeletedHere } from './receive.ts';

export interface Begun {
  readonly runId: number;
  readonly mode: PullMode;
  readonly chain: number;
}

/** Begins a run, in the chain of an interrupted one where that can be gone on with. Inside a guarded transaction. */
export function beginPull(
  db: Database,
  { options, finished, now }: { options: PullOptions; finished: readonly (string | null)[]; now: number },
): Begun {
  const text = new Date(now).toISOString();
  closeDeadRuns(db);
  const mode = pullMode(options.full ?? false, finished.length > 0);
  const selection = options.projects
    ? JSON.stringify([...new Set(options.projects)].sort((a, b) => a - b))
    : null;
  const earlier = lastPull(db, mode, selection);
  const endedAt = Date.parse(earlier?.finished_at ?? earlier?.started_at ?? text);
  const resumed = chainToResume(earlier && { ...earlier, endedAt }, now);
  const runId = startRun(db, { kind: 'pull', mode, now: text, selection, chain: resumed });
  return { runId, mode, chain: resumed ?? runId };
}

/** Whether that list has been read to its end in this chain of runs, and is not asked for again. */
export function finishedHere(db: Database, { resource, parentId }: Task, chain: number): boolean {
  const listing = getListing(db, resource, parentId);
  return listing?.chain === chain && listing.due === 0;
}

/** Whether anything was read to its end in this chain of runs. */
export function hasRead(db: Database, chain: number): boolean {
  return prepared(db, 'SELECT 1 FROM listings WHERE chain = ? LIMIT 1').get(chain) !== undefined;
}

export function listedProjects(db: Database): number[] {
  return remoteIds(db, 'projects', null);
}

/** The lists below a project's entities of one resource that an interrupted run had still to read. */
export function waitingBelow(db: Database, resource: EntityName, projectId: number): Task[] {
  return childrenOf(resource).flatMap((child) => {
    const sql = `SELECT l.parent_id FROM listings AS l JOIN ${quoted(`remote_${resource}`)} AS r ON r.id = l.parent_id WHERE r.parent_id = ? AND l.resource = ? AND l.due = 1`;
    const parents = prepared(db, sql).pluck().all(projectId, child) as number[];
    return parents
      .filter((parentId) => !isDeletedHere(db, resource, parentId))
      .map((parentId): Task => ({ resource: child, parentId }));
  });
}
