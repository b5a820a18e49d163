/** The user's decisions about what waits: dropping, retrying, resolving. */
import type { Database } from 'better-sqlite3';
import { type OutboxRow, outboxRows, stateOf } from '../../src/db/outbox.ts';
import { getRemoteBody } from '../../src/db/rows.ts';
import { pick, type Random } from '../../src/sandbox/random.ts';
import { dropEdits, retryEdits } from '../../src/sync/drop.ts';
import { type Decision, resolve } from '../../src/sync/resolve.ts';
import type { World } from './world.ts';

const now = '2016-06-10T12:00:00.000Z';

/** What vanishes from the outbox at a decision, the user made vanish. */
function withMirror<T>(world: World, act: (db: Database) => T): T {
  world.check();
  const result = world.machine.byHand(act);
  world.check('user');
  return result;
}

export function decideSomething(world: World, random: Random): void {
  withMirror(world, (db) => {
    const rows = outboxRows(db);
    if (rows.length === 0) return;
    const row = pick(random, rows);
    if (row.status === 'conflict' && random() < 0.7) return decide(world, random, db, row);
    if (row.status === 'failed' && random() < 0.7) return retry(world, db, row);
    return random() < 0.3 ? drop(world, db, row) : undefined;
  });
}

/** Decides every conflict, at random where it is one of values, by the truth where a create is in doubt. */
export function decideAll(world: World, random: Random): void {
  withMirror(world, (db) => {
    for (const row of outboxRows(db)) if (row.status === 'conflict') decide(world, random, db, row);
  });
}

/** Whether there was anything to retry. */
export function retryAll(world: World): boolean {
  return withMirror(world, (db) => {
    const failed = outboxRows(db).filter(({ status }) => status === 'failed');
    for (const row of failed) retry(world, db, row);
    return failed.length > 0;
  });
}

export function dropFailed(world: World): void {
  withMirror(world, (db) => {
    for (const { id, status } of outboxRows(db)) {
      const row = outboxRows(db).find((each) => each.id === id);
      if (row && status === 'failed') drop(world, db, row);
    }
  });
}

function decide(world: World, random: Random, db: Database, row: OutboxRow): void {
  const decision = decisionFor(world, random, db, row);
  world.count(`decision: ${decision.kind}`);
  world.note(`resolve ${row.id} ${JSON.stringify(decision)}`);
  for (const [field, value] of Object.entries(getRemoteBody(db, row.resource, row.entity_id) ?? {}))
    world.model.accept(row.resource, row.entity_id, field, value);
  if (decision.kind === 'theirs' && row.op === 'delete') world.model.restore(row.resource, row.entity_id);
  resolve(db, row.id, decision, now);
}

function decisionFor(world: World, random: Random, db: Database, row: OutboxRow): Decision {
  if (stateOf(db, row.id).intent?.op === 'create') {
    const [real] = world.model
      .realIds(row.resource, row.entity_id)
      .filter((id) => world.server.has(row.resource, id));
    return real === undefined ? { kind: 'new' } : { kind: 'adopt', remoteId: real };
  }
  const gone = !world.server.has(row.resource, row.entity_id);
  return gone ? { kind: 'theirs' } : pick<Decision>(random, [{ kind: 'ours' }, { kind: 'theirs' }]);
}

function retry(world: World, db: Database, { id }: OutboxRow): void {
  world.count('decision: retry');
  world.note(`retry ${id}`);
  retryEdits(db, [id], now);
}

function drop(world: World, db: Database, row: OutboxRow): void {
  world.count('decision: drop');
  world.note(`drop ${row.id}: ${row.op} ${row.resource} ${row.entity_id}`);
  for (const { id } of outboxRows(db)) {
    const { intent } = stateOf(db, id);
    // Those below it go with it.
    if (intent && (id === row.id || row.op === 'create')) world.model.letGo(intent);
  }
  const before = deletes(db);
  dropEdits(db, [row.id], now);
  const after = deletes(db);
  for (const { resource, entity_id } of before.filter(({ id }) => !after.some((each) => each.id === id)))
    world.model.restore(resource, entity_id);
}

const deletes = (db: Database): OutboxRow[] => outboxRows(db).filter(({ op }) => op === 'delete');
