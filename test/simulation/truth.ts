/** What has to be true once the faults have stopped: of what still waits, and at last of the whole mirror. */
import fs from 'node:fs';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, fieldOf } from '../../src/api/resources.ts';
import { cellsOf, columnsOf, quoted, type Row } from '../../src/db/columns.ts';
import { prepared } from '../../src/db/statements.ts';
import { sameValue } from '../../src/sync/equality.ts';
import type { PushReport } from '../../src/sync/report.ts';
import { Violation } from './life.ts';
import type { World } from './world.ts';

interface Waiting {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly status: string;
  readonly error: string | null;
}

function outbox(world: World): Waiting[] {
  const sql = 'SELECT id, resource, entity_id, op, status, error FROM outbox ORDER BY id';
  return prepared(world.outside, sql).all() as Waiting[];
}

export function outboxText(world: World): string {
  return JSON.stringify(outbox(world));
}

export function isDrained(world: World): boolean {
  return outbox(world).length === 0;
}

/** Operations that wait although nobody has to decide about them, or about what they need first. */
export function undecided(world: World, report: PushReport): string[] {
  const held = new Set(report.held.map(({ outbox_id }) => outbox_id));
  return outbox(world)
    .filter((row) => {
      const { id, status, error } = row;
      if (status === 'conflict') return !isTrueConflict(world, row);
      if (status === 'failed') return error === null || /^([^4]\d\d|40[189]|4[1-9]\d) /.test(error);
      return !held.has(id) && !/^waits for /.test(error ?? '');
    })
    .map((row) => JSON.stringify(row));
}

/** Whether both sides have changed something to different values, or one has deleted what the other has changed. */
function isTrueConflict(world: World, { id, resource, entity_id, op }: Waiting): boolean {
  const entity = world.server.account.get(resource, entity_id);
  const sql =
    'SELECT field, base_value AS base, local_value AS local FROM outbox_changes WHERE outbox_id = ?';
  const changes = prepared(world.outside, sql).all(id) as {
    field: string;
    base: string | null;
    local: string | null;
  }[];
  // Deleted there, or a create that may have been carried out.
  if (!entity || op === 'create') return true;
  return changes.some(({ field, base, local }) => {
    const description = fieldOf(resource, field);
    const differs = (text: string | null) =>
      !sameValue(description, text === null ? null : (JSON.parse(text) as Json), entity[field]);
    if (op === 'delete') return differs(base);
    return description?.merges !== 'set' && differs(base) && differs(local);
  });
}

/** Field by field. */
export function mirrorsServer(world: World): void {
  for (const resource of entityNames) {
    const theirs = new Map(
      world.server.account.list(resource).map((entity) => [entity.id as number, entity]),
    );
    const rows = prepared(world.outside, `SELECT * FROM ${quoted(resource)}`).all() as Row[];
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

/** The file is whole, and what must not be in it is nowhere in it. */
export function isSound(world: World): void {
  const answer = world.outside.pragma('integrity_check', { simple: true });
  if (answer !== 'ok') throw new Violation(`integrity_check: ${answer}`);
  for (const file of world.machine.files())
    if (fs.readFileSync(file).includes(world.server.account.token))
      throw new Violation(`the token is in ${file}`);
}
