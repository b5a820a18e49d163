/** Edits at random: the outbox is the difference to what the API last said, as a naive model computes it. */

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames } from '../../src/api/resources.ts';
import { entityOf, type Row } from '../../src/db/columns.ts';
import type { Database } from '../../src/db/open.ts';
import { seededRandom } from '../../src/sandbox/random.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import fc from '../draws.ts';
import { NaiveMirror } from './naive.ts';
import { randomEdit } from './random-edits.ts';
import { clients, makeMirror, now, outbox, outboxIds } from './support.ts';

/** The outbox as the model has it: by entity. */
function waiting(db: Database): Record<string, unknown> {
  return Object.fromEntries(
    outbox(db).map(({ resource, entity_id, op, changes }) => [`${resource}/${entity_id}`, { op, changes }]),
  );
}

function shown(db: Database, resource: EntityName): JsonObject[] {
  const rows = db.prepare(`SELECT * FROM "${resource}" ORDER BY id`).all() as Row[];
  return rows.map((row) => entityOf(resource, row));
}

function expectTables(db: Database, model: NaiveMirror): void {
  for (const resource of entityNames) expect(shown(db, resource), resource).toEqual(model.table(resource));
}

describe.each(clients)('through %s', (name, connect) => {
  const [runs, edits] = name.includes('shell') ? [1, 1000] : [3, 1000];

  test(`${runs} × ${edits} edits are their net difference, and dropping them leaves what the API last said`, () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { file, db } = makeMirror();
        const model = new NaiveMirror(db);
        const random = seededRandom(seed);
        const statements = Array.from({ length: edits }, () => randomEdit(random, model));
        const refusals = connect(file).attempt(statements);
        expect(refusals.filter((words) => words !== null)).toEqual([]);
        expect(waiting(db)).toEqual(model.outbox());
        expectTables(db, model);
        while (outboxIds(db).length > 0) dropEdits(db, outboxIds(db).slice(0, 1), now);
        expectTables(db, new NaiveMirror(db));
      }),
      { numRuns: runs },
    );
  });
});
