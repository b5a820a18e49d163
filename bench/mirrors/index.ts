/** The mirrors that jobs read: made up from a seed once in a run of the bench, and the same in every run. */
import { openMirrorFile } from '../../src/db/open.ts';
import { guarded } from '../../src/db/transaction.ts';
import { fillEntities } from './entities.ts';
import { fillHistory } from './history.ts';

export interface Size {
  readonly projects: number;
  /** In each project. */
  readonly experiments: number;
  /** Rows of history: observations of results, and changes. */
  readonly history: number;
}

/** The moment that they were last pulled at. */
export const now = Date.UTC(2016, 5, 10, 12);

export const mirrors = {
  large: { projects: 100, experiments: 200, history: 1_000_000 },
  /** One experiment of each account is multivariate, and can't be edited. */
  broad: { projects: 1, experiments: 10_001, history: 0 },
} satisfies Record<string, Size>;

export type MirrorName = keyof typeof mirrors;

/** Makes the mirror of that name at `file`. */
export function makeMirror(name: MirrorName, file: string): void {
  const size: Size = mirrors[name];
  const db = openMirrorFile(file, { create: true, relaxed: true });
  // Nothing of it has to outlive a power cut.
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -262144');
  guarded<void>(db, () => {
    fillEntities(db, size);
    if (size.history > 0) fillHistory(db, size.history);
  });
  db.close();
}
