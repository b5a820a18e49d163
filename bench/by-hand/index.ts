/** What the reports answer, written by hand in SQL for bare better-sqlite3: the baseline that they are held against. */
import type { Database } from 'better-sqlite3';
import { changes } from './changes.ts';
import { experiment } from './experiment.ts';
import { stale } from './stale.ts';
import { overview, power, winners } from './standing.ts';

export interface ByHand {
  /** The columns in which every row has to agree with the report's, so that no wrong baseline counts. */
  readonly figures: readonly string[];
  readonly ask: (db: Database, about: { readonly now: number; readonly experimentId: number }) => unknown[];
}

export const byHand: Readonly<Record<string, ByHand>> = {
  overview,
  winners,
  power,
  stale,
  changes,
  experiment,
};
