/** The sentences that docs/protocol.md says hold always, looked at in everything that a death can leave. */
import type { Database } from 'better-sqlite3';
import { expect, test } from 'vitest';
import { neverThere, rowsExplained } from '../simulation/invariants.ts';
import { snapshot } from '../simulation/snapshot.ts';
import { look, type Played, played } from './deaths.ts';
import type { Moment } from './moment.ts';

const stories = [
  'a push of a project with an experiment and its variations',
  'a push of an experiment with one variation and a schedule',
  'a push of several creates below one parent',
  'a push that conflicts',
  'a push that deletes an experiment with edits below it',
];

async function atEveryDeath(check: (db: Database, death: Moment, of: Played) => void): Promise<void> {
  for (const name of stories) {
    const of = await played(name);
    for (const death of of.deaths) look(of, death, (db) => check(db, death, of));
  }
}

const column = (db: Database, sql: string) => db.prepare(sql).pluck().all();

test("I1. A local row equals its remote body with the outbox's changes laid over it, at every commit.", () =>
  atEveryDeath((db) => expect(rowsExplained(snapshot(db))).toEqual([])));

/** Where edits are, each as often as it is somewhere. */
const places =
  "SELECT id FROM outbox UNION ALL SELECT outbox_id FROM push_log UNION ALL SELECT json_extract(body, '$.id') " +
  "FROM outbox_set_aside WHERE kind = 'edit' ORDER BY 1";

test('I2. Every edit is in exactly one place: in the outbox (or set aside there by a delete of its parent), or in `push_log`.', () =>
  atEveryDeath((db, _death, of) => {
    const edits = look(of, of.prepared, (before) => column(before, places));
    expect(edits.length).toBeGreaterThan(0);
    expect(column(db, places)).toEqual(edits);
  }));

const sending = /^\d+ (send|reply) (PUT|POST|DELETE) /;

test('I3. Nothing is sent that was not written down before as an *intent*, in a transaction of its own.', () =>
  atEveryDeath((db, { effects }) => {
    const intents = column(
      db,
      "SELECT json_extract(intent, '$.method') FROM outbox_state WHERE intent IS NOT NULL",
    );
    for (const effect of effects) {
      const [, , method] = sending.exec(effect) ?? [];
      if (method !== undefined) expect(intents).toContain(method);
    }
    expect(neverThere(db)).toEqual([]);
  }));

test('A second POST is never sent on a guess: of the creates in one list one at most is unknown', () =>
  atEveryDeath((db) => {
    const perList =
      "SELECT count(*) FROM outbox JOIN outbox_state ON outbox_id = id WHERE op = 'create' AND intent IS NOT NULL " +
      "GROUP BY json_extract(intent, '$.path')";
    for (const count of column(db, perList)) expect(count).toBe(1);
  }));
