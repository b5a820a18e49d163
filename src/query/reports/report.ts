/** What a report is: rows for programs, and for people what to show of them and how. */
import type { Database } from 'better-sqlite3';
import type { Cell } from '../../db/columns.ts';
import { momentText } from '../moment.ts';

/**
 * How a value looks to people. `share` and `change` are fractions shown as percent, `change` with its sign; `cents` are
 * basis points shown as percent; `needed` are visitors still needed, a count or a limit; `days` is a number of days; `time` is cut to the minute; `code` is code or JSON. A
 * `name` tells one row from another, and a `word` is one of a few.
 */
export type Look =
  | 'id'
  | 'name'
  | 'text'
  | 'word'
  | 'count'
  | 'needed'
  | 'number'
  | 'share'
  | 'change'
  | 'cents'
  | 'days'
  | 'date'
  | 'time'
  | 'verdict'
  | 'flag'
  | 'code';

export type ReportRow = Readonly<Record<string, Cell | undefined>>;

/** One column as people see it. */
export interface Shown {
  readonly title: string;
  /** The row's value. */
  readonly of: string;
  readonly look: Look;
  /** The other end of an interval that begins with the value. */
  readonly to?: string;
  /** The value that is shown where there is none. */
  readonly orElse?: string;
  /** Where there is no room, the column with the highest one is left out first; without one it stays. */
  readonly spare?: number;
}

/** A value that moves with time, for a picture. */
export interface Series {
  readonly label: string;
  /** Moments in milliseconds since 1970, in order, with the value from then on. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

export interface ReportTable {
  /** Its name in JSON, and for `--section`. */
  readonly name: string;
  readonly title: string;
  /** Every column of a row, for programs. */
  readonly columns: readonly string[];
  readonly shown: readonly Shown[];
  readonly rows: readonly ReportRow[];
  /** How many rows there are, where no more were asked for than stand here. */
  readonly total?: number;
  /** Columns that hold 0 and 1 for a boolean, and columns that hold JSON text. */
  readonly booleans?: readonly string[];
  readonly json?: readonly string[];
  /** What is said where there are no rows. */
  readonly none: string;
  /** `facts`: there is one row, which people read field by field. */
  readonly layout?: 'facts';
  /** Drawn in place of the rows, where people read. */
  readonly picture?: { readonly series: readonly Series[]; readonly look: Look };
}

export interface ReportResult {
  readonly report: string;
  /** The moment that the report speaks of. */
  readonly at: string;
  /** What was asked for, as the answer depends on it. */
  readonly asked: Readonly<Record<string, string | number>>;
  readonly tables: readonly ReportTable[];
  /** The table that stands for the whole where only one can: the first, unless told. */
  readonly main?: string;
  /** What people have to know to read it. */
  readonly notes: readonly Note[];
}

export interface Note {
  readonly text: string;
  /** The columns that it explains: where none of them is shown with a value it says nothing. */
  readonly about?: readonly string[];
}

export interface ReportOptions {
  readonly experimentId?: number;
  readonly projectId?: number;
  readonly status?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly limit?: number;
  /** Days after which a running experiment should have a verdict. */
  readonly runningDays?: number;
  /** Days after which a paused experiment counts as forgotten. */
  readonly pausedDays?: number;
}

/** What a report works on: a mirror, or what it was at an earlier moment; and the moment that it takes for now. */
export interface ReportContext {
  readonly db: Database;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Report {
  readonly name: string;
  readonly about: string;
  /** The options that it looks at; any other one is a mistake. */
  readonly takes: readonly (keyof ReportOptions)[];
  run(context: ReportContext, options: ReportOptions): ReportResult;
}

export const dayMs = 86_400_000;

/** The first rows, as many as were asked for, and how many there are. */
export function firstOf<Row>(
  rows: readonly Row[],
  limit = Number.POSITIVE_INFINITY,
): { rows: readonly Row[]; total: number } {
  return { rows: rows.slice(0, limit), total: rows.length };
}

/** The options as a reader of the answer wants to see them repeated. */
export function askedFor(options: ReportOptions): Record<string, string | number> {
  const { experimentId, projectId, status, since, limit, runningDays, pausedDays } = options;
  const asked = {
    experiment_id: experimentId,
    project_id: projectId,
    status,
    since: since === undefined ? undefined : momentText(since),
    limit,
    running_days: runningDays,
    paused_days: pausedDays,
  };
  const given = Object.entries(asked).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}
