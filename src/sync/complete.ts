/** Completes what a listing leaves out: an entity that lacks described fields is read by itself. */
import type { Database } from 'better-sqlite3';
import type { Api } from '../api/api.ts';
import type { JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';
import { getMeta, putMeta } from '../db/meta.ts';
import { getRemoteBody } from '../db/rows.ts';
import { absentFields, sameToken } from './equality.ts';

const metaKey = (resource: EntityName) => `absent:${resource}`;

/** The fields that this API lacks even where an entity is read by itself, as far as has been seen. */
export function neverSent(db: Database, resource: EntityName): Set<string> {
  return new Set(JSON.parse(getMeta(db, metaKey(resource)) ?? '[]') as string[]);
}

/** Notes fields that a single read lacked, so that they are not asked for again and again. Inside a guarded transaction. */
export function noteNeverSent(db: Database, resource: EntityName, fields: ReadonlySet<string>): void {
  putMeta(db, metaKey(resource), JSON.stringify([...fields].sort()));
}

/**
 * The listed entity with what the mirror knows of the fields it lacks; or null where it has to be read by itself. What
 * is known is good as long as the conflict token says that nobody touched the entity.
 */
export function completeFromMirror(
  db: Database,
  resource: EntityName,
  listed: JsonObject,
  lacks: readonly string[],
): JsonObject | null {
  const known = getRemoteBody(db, resource, listed.id as number);
  if (!known || !sameToken(resource, known, listed)) return null;
  if (!lacks.every((field) => Object.hasOwn(known, field))) return null;
  return { ...known, ...listed };
}

export interface Completion {
  readonly items: JsonObject[];
  /** Entities that could not be read by themselves, with what went wrong; they stay as they were. */
  readonly failed: { readonly id: number; readonly error: unknown }[];
  /** The fields that single reads lacked as well. */
  readonly neverSent: ReadonlySet<string>;
}

/**
 * Completes a listing. The first entity that lacks something is read alone, since it shows which fields this API never
 * sends; the rest side by side. Source: CONTRACT.md, How a pull decides.
 */
export async function completeListing(
  db: Database,
  api: Api,
  resource: EntityName,
  listed: readonly JsonObject[],
  options: { trustMirror: boolean; never: Set<string>; signal?: AbortSignal | undefined },
): Promise<Completion> {
  const { never, signal } = options;
  const items = new Map<number, JsonObject>();
  const failed: { id: number; error: unknown }[] = [];
  const lacks = (entity: JsonObject) => absentFields(resource, entity).filter((field) => !never.has(field));
  const read = async (entity: JsonObject): Promise<void> => {
    const id = entity.id as number;
    try {
      const whole = await api.get(resource, id, { signal });
      for (const field of absentFields(resource, whole)) never.add(field);
      items.set(id, whole);
    } catch (error) {
      if (signal?.aborted) throw error;
      failed.push({ id, error });
    }
  };
  const open: JsonObject[] = [];
  for (const entity of listed) {
    const absent = lacks(entity);
    const known =
      absent.length > 0 && options.trustMirror ? completeFromMirror(db, resource, entity, absent) : null;
    items.set(entity.id as number, known ?? entity);
    if (absent.length > 0 && !known) open.push(entity);
  }
  const [first, ...rest] = open;
  if (first) await read(first);
  await Promise.all(rest.filter((entity) => lacks(entity).length > 0).map(read));
  return {
    items: listed.map((entity) => items.get(entity.id as number) ?? entity),
    failed,
    neverSent: never,
  };
}
