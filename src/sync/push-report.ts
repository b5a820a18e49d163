/** What a push says of the operations that stay: in conflict, failed, or not to be sent this time. */
import type { Database } from 'better-sqlite3';
import { changesOf, type OutboxRow, outboxRows, stateOf } from '../db/outbox.ts';
import { getRemoteBody } from '../db/rows.ts';
import { prepared } from '../db/statements.ts';
import { editedFields } from './equality.ts';
import type { FieldConflict } from './merge.ts';
import { spent } from './pull.ts';
import { reportedOp, type Step } from './push-plan.ts';
import type { Push, Unsent } from './push-run.ts';
import type { Conflicted, Failed, OpReport, Planned, PushReport, Settled } from './report.ts';

function opOf(db: Database, row: OutboxRow): OpReport {
  const { originId } = stateOf(db, row.id);
  return {
    outbox_id: row.id,
    resource: row.resource,
    entity_id: originId ?? row.entity_id,
    op: reportedOp(row.op, originId),
  };
}

export function plannedOf({ outbox_id, resource, entity_id, op, method, path, body }: Step): Planned {
  return { outbox_id, resource, entity_id, op, method, path, body };
}

/** The fields on which the two sides disagree. Of a delete they are those that changed there. */
export function conflictFields(db: Database, row: OutboxRow): FieldConflict[] {
  const changes = changesOf(db, row.id);
  const seen = changes.filter(({ remote }) => remote !== undefined);
  if (seen.length > 0) {
    return seen.map(({ field, base, local, remote }) => ({
      field,
      base: base ?? null,
      local: local ?? null,
      remote: remote ?? null,
    }));
  }
  const base = stateOf(db, row.id).baseBody;
  const remote = getRemoteBody(db, row.resource, row.entity_id);
  if (!remote) {
    return changes.map(({ field, base: was, local }) => ({
      field,
      base: was ?? null,
      local: local ?? null,
      remote: null,
    }));
  }
  // With --strict a change of fields that were not edited here conflicts too.
  return editedFields(row.resource, base ?? remote, remote).map((field) => {
    const change = changes.find((candidate) => candidate.field === field);
    const was = base?.[field] ?? null;
    return { field, base: was, local: change ? (change.local ?? null) : was, remote: remote[field] ?? null };
  });
}

export function conflictsOf(db: Database): Conflicted[] {
  return outboxRows(db)
    .filter(({ status }) => status === 'conflict')
    .map((row) => ({ ...opOf(db, row), fields: conflictFields(db, row) }));
}

/** What the API refused, and what could not be sent this time. */
export function failedOf(db: Database, unsent: ReadonlyMap<number, Unsent>): Failed[] {
  return outboxRows(db).flatMap((row) => {
    const reason = unsent.get(row.id);
    if (reason) return [{ ...opOf(db, row), ...reason }];
    if (row.status !== 'failed') return [];
    const [, status] = /^(\d{3}) /.exec(row.error ?? '') ?? [];
    return [{ ...opOf(db, row), status: status ? Number(status) : null, message: row.error ?? '' }];
  });
}

/** What is in conflict and could not be looked at. */
function unreadOf({ db, unreadConflicts }: Push): Failed[] {
  return outboxRows(db).flatMap((row) => {
    const reason = unreadConflicts.get(row.id);
    return reason && row.status === 'conflict' ? [{ ...opOf(db, row), ...reason }] : [];
  });
}

/** What left the outbox in this run without being sent: the API had it already, or theirs was taken. */
function settledOf(db: Database, runId: number): Settled[] {
  const rows = prepared(
    db,
    "SELECT outbox_id, resource, entity_id, op, outcome, changes FROM push_log WHERE run_id = ? AND outcome <> 'sent' ORDER BY id",
  ).all(runId) as (Omit<Settled, 'fields'> & { changes: string })[];
  return rows.map(({ changes, ...row }) => {
    return { ...row, fields: (JSON.parse(changes) as { field: string }[]).map(({ field }) => field) };
  });
}

export function reportOf(run: Push, done: Pick<PushReport, 'pushed' | 'planned'>): PushReport {
  return {
    run_id: done.planned ? null : run.runId,
    requests: spent(run.api, run.before).requests,
    ...done,
    conflicts: conflictsOf(run.db),
    held: run.held,
    failed: failedOf(run.db, run.unsent),
    remaining: outboxRows(run.db).length,
    unread: unreadOf(run),
    settled: settledOf(run.db, run.runId),
    notices: run.notices,
  };
}
