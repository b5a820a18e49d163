/** The mirror for a command that only reads: as it is, or with `--as-of` as it was. */

import type { Database } from 'better-sqlite3';
import type { ResourceName } from '../api/resources.ts';
import { openToRead } from '../db/open-to-read.ts';
import { finishedSelections } from '../db/runs.ts';
import { momentText, readMoment } from '../query/moment.ts';
import type { Deps } from './command.ts';

/** The flag and its help, the same wherever it is. */
export const asOfOption = [
  '--as-of <time>',
  'as the mirror knew it then: 2016-06-01, 2016-06-01T10:30Z, or 3d for that long ago (times are UTC)',
] as const;

export interface Reading {
  readonly db: Database;
  /** The moment that the answer speaks of, in milliseconds since 1970. */
  readonly now: number;
  /** The same as text, where it is a moment of the past. */
  readonly asOf: string | null;
}

/** Opens it, for these resources or for all, and says so where no pull has ever come to its end; the caller closes it. */
export async function openReading(
  { settings, effects, stderr }: Pick<Deps, 'settings' | 'effects' | 'stderr'>,
  asOf: string | undefined,
  resources?: readonly ResourceName[],
): Promise<Reading> {
  const now = effects.clock.now();
  if (asOf === undefined) {
    const db = withRoom(await openToRead(settings.db));
    if (finishedSelections(db).length === 0)
      await stderr.line('This mirror is not complete: no pull has come to its end yet (optimirror pull).');
    return { db, now, asOf: null };
  }
  const at = readMoment('--as-of', asOf, now);
  const { openPast } = await import('../query/past.ts');
  return { db: openPast(settings.db, at, resources), now: at, asOf: momentText(at) };
}

/** A report on a large mirror comes by the same pages again and again: 64 MB hold what SQLite's own 16 do not. */
function withRoom(db: Database): Database {
  db.pragma('cache_size = -65536');
  return db;
}
