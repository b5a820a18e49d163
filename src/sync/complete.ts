/** Completes what a listing leaves out: an entity that lacks described fields is read by itself. */
import type { Database } from 'better-sqlite3';
import type { Api } from '../api/api.ts';
import type { JsonObject } from '../api/description.ts';
import { type EntityName, fieldOf } from '../api/resources.ts';
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
  const text = JSON.stringify([...fields].sort());
  if (text !== (getMeta(db, metaKey(resource)) ?? '[]')) putMeta(db, metaKey(resource), text);
}

/**
 * The listed entity with what the mirror knows of the fields it lacks; or null where it has to be read by itself. What
 * is known is good as long as the conflict token says that nobody touched the entity, but for fields that change
 * without it: what the server derives, and ids of entities that can go.
 */
export function completeFromMirror(
  known: JsonObject | undefined,
  resource: EntityName,
  listed: JsonObject,
  lacks: readonly string[],
): JsonObject | null {
  if (!known || !sameToken(resource, known, listed)) return null;
  const isGood = (name: string) => {
    const field = fieldOf(resource, name);
    return Object.hasOwn(known, name) && !field?.derived && field?.references === undefined;
  };
  return lacks.every(isGood) ? { ...known, ...listed } : null;
}

export interface Completion {
  readonly items: JsonObject[];
  /** Entities that could not be read by themselves, with what went wrong; they stay as they were. */
  readonly failed: { readonly id: number; readonly error: unknown }[];
  /** Whether nothing was left out. */
  readonly isWhole: boolean;
}

export interface CompletionOptions {
  /** Whether what the mirror knows is good enough where nobody touched the entity. */
  readonly trustMirror: boolean;
  /** The fields that single reads lack as well, as far as has been seen; it grows. */
  readonly never: Set<string>;
  readonly signal?: AbortSignal | undefined;
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
  options: CompletionOptions,
): Promise<Completion> {
  const { never, signal, trustMirror } = options;
  const items = [...listed];
  const failed: { id: number; error: unknown }[] = [];
  const open: number[] = [];
  let isWhole = true;
  for (const [index, entity] of listed.entries()) {
    const absent = absentFields(resource, entity);
    if (absent.length === 0) continue;
    isWhole = false;
    const known = getRemoteBody(db, resource, entity.id as number);
    const lacks = missed(absent, never, known);
    const completed =
      lacks.length > 0 && trustMirror ? completeFromMirror(known, resource, entity, lacks) : null;
    if (completed) items[index] = completed;
    else if (lacks.length > 0) open.push(index);
  }
  const read = async (index: number): Promise<void> => {
    const id = listed[index]?.id as number;
    try {
      const whole = await api.get(resource, id, { signal });
      for (const field of absentFields(resource, whole)) never.add(field);
      items[index] = whole;
    } catch (error) {
      if (signal?.aborted) throw error;
      failed.push({ id, error });
    }
  };
  const [first, ...rest] = open;
  if (first !== undefined) await read(first);
  const stillOpen = rest.filter((index) => {
    const entity = listed[index] ?? {};
    return (
      missed(absentFields(resource, entity), never, getRemoteBody(db, resource, entity.id as number)).length >
      0
    );
  });
  await Promise.all(stillOpen.map(read));
  return { items, failed, isWhole };
}

/** The absent fields that a single read may bring: those it has not been seen to lack, or that the mirror has a value of. */
function missed(
  absent: readonly string[],
  never: ReadonlySet<string>,
  known: JsonObject | undefined,
): string[] {
  return absent.filter((name) => !never.has(name) || (known?.[name] ?? null) !== null);
}
