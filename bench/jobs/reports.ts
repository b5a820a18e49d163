/** One report, and the same by hand, after a first time that is not measured. */
import type { Database } from 'better-sqlite3';
import { openReading } from '../../src/cli/reading.ts';
import { createOutput } from '../../src/cli/streams.ts';
import { mustBeReport } from '../../src/query/reports/index.ts';
import type { ReportOptions, ReportRow } from '../../src/query/reports/report.ts';
import { systemEffects } from '../../src/system.ts';
import { byHand } from '../by-hand/index.ts';
import { now } from '../mirrors/index.ts';
import type { Place, Work } from './index.ts';

export async function report(place: Place): Promise<Work> {
  const db = await opened(place);
  const options = optionsFor(db, place);
  rowsOf(db, place, options);
  return {
    run() {
      for (let time = 0; time < place.each; time++) rowsOf(db, place, options);
    },
    end: () => void db.close(),
  };
}

/** Afterwards the report itself tells whether the baseline's rows are the right ones. */
export async function reportByHand(place: Place): Promise<Work> {
  const hand = byHand[place.what];
  if (hand === undefined) throw new Error(`${place.what} is not written by hand`);
  const db = await opened(place);
  const options = optionsFor(db, place);
  const experimentId = options.experimentId ?? 0;
  let found = hand.ask(db, { now, experimentId });
  return {
    run() {
      for (let time = 0; time < place.each; time++) found = hand.ask(db, { now, experimentId });
    },
    end() {
      mustAgree(hand.figures, rowsOf(db, place, options), found as ReportRow[]);
      db.close();
    },
  };
}

async function opened({ mirror }: Place): Promise<Database> {
  const reading = await openReading(
    {
      settings: { ...noSettings, db: mirror },
      effects: systemEffects,
      stderr: createOutput(process.stderr, { color: false }),
    },
    undefined,
  );
  return reading.db;
}

/** The one experiment that a report is about is the one with the longest history. */
function optionsFor(db: Database, { what }: Place): ReportOptions {
  if (!mustBeReport(what).takes.includes('experimentId')) return {};
  const longest =
    'SELECT experiment_id FROM stats_history GROUP BY experiment_id ORDER BY count(*) DESC LIMIT 1';
  return { experimentId: db.prepare(longest).pluck().get() as number };
}

function rowsOf(db: Database, { what }: Place, options: ReportOptions): readonly ReportRow[] {
  return mustBeReport(what).run({ db, now }, options).tables[0]?.rows ?? [];
}

/** Throws where the rows differ in any of the figures, whatever order they are in. */
function mustAgree(
  figures: readonly string[],
  report: readonly ReportRow[],
  hand: readonly ReportRow[],
): void {
  const texts = (rows: readonly ReportRow[]) =>
    rows.map((row) => JSON.stringify(figures.map((name) => row[name]))).sort();
  const [ours, theirs] = [texts(report), texts(hand)];
  const differs = ours.findIndex((text, index) => text !== theirs[index]);
  if (differs >= 0 || ours.length !== theirs.length || ours.length === 0)
    throw new Error(
      `the baseline is another report: ${ours.length} rows, ${theirs.length} by hand; ${ours[differs]}, ${theirs[differs]} by hand`,
    );
}

const noSettings = {
  apiBase: '',
  auth: 'token',
  concurrency: 4,
  rate: 0,
  token: () => '',
} as const;
