/** How the mirror stands: when last pulled, how many of each, what waits in the outbox. */
import type { Database } from 'better-sqlite3';
import { type ResourceName, resourceNames } from '../api/resources.ts';
import { quoted } from '../db/columns.ts';
import { isLocked, isWatched } from '../db/lock.ts';
import type { OutboxStatus } from '../db/outbox.ts';
import { lastRun, type RunStatus } from '../db/runs.ts';

export type OutboxCounts = Record<OutboxStatus, number>;

export interface MirrorStatus {
  readonly db: string;
  readonly last_pull: {
    readonly run_id: number;
    readonly mode: string | null;
    readonly status: RunStatus;
    readonly finished_at: string | null;
  } | null;
  readonly counts: Record<ResourceName, number>;
  readonly outbox: OutboxCounts;
}

/** Who is at work on the mirror, and how fresh it is. */
export interface MirrorWork {
  /** Whether a pull or push is at work right now. */
  readonly at_work: boolean;
  /** Whether an `optimirror watch` keeps the mirror fresh. */
  readonly watching: boolean;
  /** How long ago the last pull that came to its end did, in milliseconds; null where none has. */
  readonly age_ms: number | null;
}

/** How the mirror at `file` stands; `db` is null where there is none. Source: CONTRACT.md, JSON. */
export function readStatus(db: Database | null, file: string): MirrorStatus {
  const pull = db && lastRun(db, 'pull');
  return {
    db: file,
    last_pull: pull
      ? { run_id: pull.run_id, mode: pull.mode, status: pull.status, finished_at: pull.finished_at }
      : null,
    counts: countAll(db),
    outbox: countOutbox(db),
  };
}

/** The same for what changes by the minute; locks are asked, so that nothing stale is ever told. */
export function readWork(db: Database | null, file: string, now: number): MirrorWork {
  return { at_work: isLocked(file), watching: isWatched(file), age_ms: db && ageOf(db, now) };
}

function ageOf(db: Database, now: number): number | null {
  const finished = db
    .prepare(
      "SELECT max(finished_at) FROM sync_runs WHERE kind = 'pull' AND status IN ('complete', 'partial')",
    )
    .pluck()
    .get() as string | null;
  return finished === null ? null : now - Date.parse(finished);
}

function countAll(db: Database | null): Record<ResourceName, number> {
  const entries = resourceNames.map((name) => {
    const count = db
      ? (db
          .prepare(`SELECT count(*) FROM ${quoted(name)}`)
          .pluck()
          .get() as number)
      : 0;
    return [name, count];
  });
  return Object.fromEntries(entries) as Record<ResourceName, number>;
}

/** How many operations wait in the outbox, by their status. */
export function countOutbox(db: Database | null): OutboxCounts {
  const counts: OutboxCounts = { pending: 0, in_flight: 0, conflict: 0, failed: 0 };
  const rows = (db?.prepare('SELECT status, count(*) AS many FROM outbox GROUP BY status').all() ?? []) as {
    status: OutboxStatus;
    many: number;
  }[];
  for (const { status, many } of rows) counts[status] = many;
  return counts;
}
