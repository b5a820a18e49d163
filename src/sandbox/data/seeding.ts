/** What every maker of made-up data needs: where to put an entity, chance, and moments of the past. */
import type { JsonObject } from '../../api/description.ts';
import { type EntityName, entityResource } from '../../api/resources.ts';
import { microseconds, stampText } from '../clock.ts';
import { joinParent } from '../links.ts';
import { blank, complete } from '../making.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

export const day = 86_400_000;
/** The first experiments of the account are this old. */
export const beginning = Date.UTC(2013, 0, 7);

export interface Seeding {
  readonly world: World;
  readonly random: Random;
  /** The moment at which the account is handed over: everything in it is older. */
  readonly start: number;
  /** How many entities with a `last_modified` were made. */
  stamped: number;
}

/** A moment between two, or the later one where they are the wrong way round. */
export function moment(random: Random, from: number, to: number): number {
  return from >= to ? to : Math.floor(from + random() * (to - from));
}

/** Puts an entity into the account as if it had been made at `created` and edited since. */
export function put(
  seeding: Seeding,
  resource: EntityName,
  parentId: number | null,
  created: number,
  fields: JsonObject,
  asTheyAre: JsonObject = {},
): JsonObject {
  const { world, random, start } = seeding;
  const entity = Object.assign(blank(resource, parentId), fields);
  complete(world, resource, entity, stampText(microseconds(created)));
  const token = entityResource(resource).conflictToken;
  if (token !== null) entity[token] = lastStamp(seeding, moment(random, created + 1, start));
  Object.assign(entity, asTheyAre);
  world.store.insert(resource, entity);
  joinParent(world, resource, entity);
  return entity;
}

/** The API has been seen to end one in many with a second Z. */
function lastStamp(seeding: Seeding, at: number): string {
  seeding.stamped++;
  return stampText(microseconds(at)) + (seeding.stamped % 37 === 5 ? 'Z' : '');
}
