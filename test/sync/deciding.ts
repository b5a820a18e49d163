/** What the tests of decisions share: a mirror with edits, and the decisions on its first operation. */
import type { JsonObject } from '../../src/api/description.ts';
import type { Database } from '../../src/db/open.ts';
import type { OutboxRow } from '../../src/db/outbox.ts';
import { type Decision, resolve } from '../../src/sync/resolve.ts';
import { makeMirror, now, plainOn } from '../capture/support.ts';

/** An edited mirror, and what a test does with it. */
export interface Edited {
  readonly db: Database;
  run(sql: string): void;
  decide(decision: Decision, id?: number): OutboxRow | undefined;
  set(values: JsonObject): OutboxRow | undefined;
}

export function edited(sql: string): Edited {
  const { file, db } = makeMirror();
  const client = plainOn(file);
  client.run(sql);
  const decide = (decision: Decision, id = 1) => resolve(db, id, decision, now);
  const set = (values: JsonObject) => decide({ kind: 'set', values });
  return { db, run: client.run, decide, set };
}

export const logged = (db: Database) =>
  (db.prepare('SELECT outcome, op, changes FROM push_log ORDER BY id').all() as Record<string, string>[]).map(
    ({ outcome, op, changes }) => [
      outcome,
      op,
      JSON.parse(changes ?? '[]').map((each: { field: string }) => each.field),
    ],
  );
export const errorOf = (db: Database) => db.prepare('SELECT error FROM outbox').pluck().get();
