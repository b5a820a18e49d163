/** Every edit is at all times in exactly one place. Source: CONTRACT.md, the last line of how a push decides. */
import type { Json } from '../../src/api/description.ts';
import { fieldOf } from '../../src/api/resources.ts';
import { sameValue } from '../../src/sync/equality.ts';
import type { Facts } from './invariants.ts';
import type { Model } from './model.ts';
import type { ChangeRow, OutboxEntry, Snapshot } from './snapshot.ts';
import { marksIn } from './values.ts';

/** Each marked value that was not replaced is once in the outbox, or once in the push log, and not in both. */
export function marksConserved(seen: Snapshot, model: Model): string[] {
  const waiting = new Map<string, number>();
  const logged = new Map<string, number>();
  for (const { changes } of [...seen.outbox, ...seen.aside])
    for (const change of changes) count(waiting, change);
  for (const { changes } of seen.log) for (const change of changes) count(logged, change);
  return [...model.made].flatMap(([mark, made]) => {
    const [here, there] = [waiting.get(mark) ?? 0, logged.get(mark) ?? 0];
    const what = `${mark} (${made.resource} ${made.row}, ${made.field}) is ${here} times in the outbox and ${there} times in push_log`;
    if (made.live) return here + there === 1 ? [] : [what];
    return there > 1 ? [`replaced ${what}`] : [];
  });
}

function count(places: Map<string, number>, { field, local }: ChangeRow): void {
  if (local === null) return;
  for (const mark of marksIn(field, JSON.parse(local) as Json)) places.set(mark, (places.get(mark) ?? 0) + 1);
}

/**
 * What the program takes out of the outbox it puts into the push log: every operation, and every field of it, with a
 * mark or without. Lists of ids are merged and renamed, so that of them only the place is looked at; the parent's id is in
 * the request's path.
 */
export function nothingVanished(before: Snapshot, seen: Snapshot): string[] {
  const now = byId(seen);
  return [...byId(before).values()].flatMap((was) => {
    const is = now.get(was.id);
    const logged = seen.log.filter(({ outbox_id }) => outbox_id === was.id);
    if (!is && logged.length === 0) return [`${wordsOf(was)} left the outbox without a word`];
    if (was.op === 'delete' || is?.op === 'delete') return [];
    const places = [...(is?.changes ?? []), ...logged.flatMap(({ changes }) => changes)];
    return was.changes
      .filter(({ field }) => fieldOf(was.resource, field)?.by !== 'parent')
      .filter((change) => !places.some((place) => samePlace(was, change, place)))
      .map(({ field, local }) => `${field} ${local} of ${wordsOf(was)} left the outbox without a word`);
  });
}

function byId({ outbox, aside }: Snapshot): Map<number, OutboxEntry> {
  return new Map([...outbox, ...aside].map((entry) => [entry.id, entry]));
}

function samePlace({ resource }: OutboxEntry, change: ChangeRow, place: ChangeRow): boolean {
  if (change.field !== place.field) return false;
  return fieldOf(resource, change.field)?.references !== undefined || sameText(change.local, place.local);
}

/** SQL and JavaScript space JSON differently. */
function sameText(a: string | null, b: string | null): boolean {
  if (a === null || b === null || a === b) return a === b;
  return JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
}

/** What the push log says of an edit is so: what was sent or found there, the API had; what was given up, somebody gave up. */
export function logIsTrue(
  before: Snapshot,
  seen: Snapshot,
  { model, server, prefersTheirs, by }: Facts,
): string[] {
  return seen.log.slice(before.log.length).flatMap((entry) => {
    const { outcome, resource, entity_id } = entry;
    const words = `${outcome} ${resource} ${entity_id} ${JSON.stringify(entry.changes)}`;
    if (outcome === 'theirs')
      return by === 'user' || prefersTheirs ? [] : [`nobody preferred theirs: ${words}`];
    if (outcome === 'dropped')
      return by === 'user' || model.isGivenUp(resource, entity_id) ? [] : [`nobody dropped it: ${words}`];
    const held = ({ field, local }: ChangeRow) =>
      // A set that was merged was sent as what came of it.
      fieldOf(resource, field)?.merges === 'set' ||
      [...server.everHeld(resource, entity_id, field)].some((text) =>
        sameValue(fieldOf(resource, field), JSON.parse(text) as Json, JSON.parse(local ?? 'null') as Json),
      );
    return entry.changes.every((change) => change.local === null || held(change))
      ? []
      : [`the API never had ${words}`];
  });
}

const wordsOf = ({ id, op, resource, entity_id }: OutboxEntry) => `${id} (${op} ${resource} ${entity_id})`;
