/** The end of a simulated seed: the faults stop, and then the mirror has to get to the truth within a few rounds. */
import type { JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames } from '../../src/api/resources.ts';
import { cellsOf, columnsOf, quoted, type Row } from '../../src/db/columns.ts';
import type { Random } from '../../src/sandbox/random.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import type { PushReport } from '../../src/sync/report.ts';
import { decideAll, dropFailed, retryAll } from './deciding.ts';
import { Violation } from './life.ts';
import { sync } from './process.ts';
import { calm } from './rates.ts';
import type { World } from './world.ts';

/** So many rounds of pull and push have to be enough. */
const rounds = 4;

export async function settle(world: World, random: Random): Promise<void> {
  const { server } = world;
  world.note('the faults stop');
  server.account.allow();
  server.hidden.clear();
  server.revoked = false;
  await quietRounds(world, random);
  if (retryAll(world)) await quietRounds(world, random);
  for (let i = 0; i < rounds && waiting(world) > 0; i++) {
    decideAll(world, random);
    await syncOnce(world, random, { yes: true });
    dropFailed(world);
  }
  if (waiting(world) > 0) throw new Violation(`the outbox is not drained: ${listOutbox(world)}`);
  await nothingLeftToDo(world, random);
  mirrorsServer(world);
  integrity(world);
}

/** After a few rounds nothing waits but what needs somebody's decision. */
async function quietRounds(world: World, random: Random): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const report = await syncOnce(world, random, {});
    if (undecided(world, report).length === 0) return;
  }
  const report = await syncOnce(world, random, {});
  const left = undecided(world, report);
  if (left.length > 0)
    throw new Violation(`no progress: ${left.join(', ')} still wait without a reason: ${listOutbox(world)}`);
}

async function syncOnce(world: World, random: Random, options: PushOptions): Promise<PushReport> {
  const pulled = await sync(world, random, calm, {
    kind: 'pull',
    options: { full: true, acceptDeletions: true },
  });
  if (pulled.how !== 'pulled') throw new Violation(`the pull ${pulled.how}`);
  if (pulled.report.errors.length > 0)
    throw new Violation(`the pull complains: ${JSON.stringify(pulled.report.errors)}`);
  const pushed = await sync(world, random, calm, { kind: 'push', options });
  if (pushed.how !== 'pushed') throw new Violation(`the push ${pushed.how}`);
  return pushed.report;
}

/** Operations that wait although nobody has to decide about them, or about what they need first. */
function undecided(world: World, report: PushReport): number[] {
  const held = new Set(report.held.map(({ outbox_id }) => outbox_id));
  const sql = 'SELECT id, status, error FROM outbox ORDER BY id';
  const rows = world.outside.prepare(sql).all() as { id: number; status: string; error: string | null }[];
  const blocked = (error: string | null) => error !== null && /^waits for /.test(error);
  return rows
    .filter(({ id, status, error }) => {
      if (status === 'conflict' || held.has(id)) return false;
      if (status === 'failed') return error === null;
      return !blocked(error);
    })
    .map(({ id }) => id);
}

function waiting(world: World): number {
  return world.outside.prepare('SELECT count(*) FROM outbox').pluck().get() as number;
}

function listOutbox(world: World): string {
  const sql = 'SELECT id, resource, entity_id, op, status, error FROM outbox';
  return JSON.stringify(world.outside.prepare(sql).all());
}

/** Another pull and push ask, find nothing, write nothing. */
async function nothingLeftToDo(world: World, random: Random): Promise<void> {
  const changes = () => world.outside.prepare('SELECT count(*) FROM changes').pluck().get();
  const traces = () => JSON.stringify({ writes: world.server.writes, changes: changes() });
  // The first may bring what our own last writes changed there.
  for (const last of [false, true]) {
    const before = traces();
    await syncOnce(world, random, { yes: true });
    const after = traces();
    if (after === before) return;
    if (last) throw new Violation(`another pull and push did something: ${before}, then ${after}`);
  }
}

/** Field by field, unlisted ones too. */
function mirrorsServer(world: World): void {
  for (const resource of entityNames) {
    const theirs = new Map(
      world.server.account.list(resource).map((entity) => [entity.id as number, entity]),
    );
    const sql = `SELECT * FROM ${quoted(resource)}`;
    const rows = world.outside.prepare(sql).all() as Row[];
    for (const row of rows) sameAs(resource, row, theirs.get(row.id as number));
    if (rows.length !== theirs.size)
      throw new Violation(`the mirror has ${rows.length} ${resource}, the API ${theirs.size}`);
  }
}

function sameAs(resource: EntityName, row: Row, entity: JsonObject | undefined): void {
  if (!entity) throw new Violation(`the API has no ${resource} ${row.id}`);
  const wanted = cellsOf(resource, entity);
  for (const [index, name] of columnsOf(resource).entries())
    if ((row[name] ?? null) !== (wanted[index] ?? null))
      throw new Violation(
        `${resource} ${row.id}: ${name} is ${JSON.stringify(row[name])} here and ${JSON.stringify(wanted[index])} there`,
      );
}

function integrity(world: World): void {
  const answer = world.outside.pragma('integrity_check', { simple: true });
  if (answer !== 'ok') throw new Violation(`integrity_check: ${answer}`);
}
