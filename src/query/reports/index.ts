/** The reports by name. */
import { UsageError } from '../../errors.ts';
import { didYouMean } from '../near.ts';
import { changes } from './changes.ts';
import { experiment } from './experiment.ts';
import { overview } from './overview.ts';
import { power } from './power.ts';
import type { Report } from './report.ts';
import { stale } from './stale.ts';
import { winners } from './winners.ts';

export const reports: readonly Report[] = [overview, experiment, winners, stale, changes, power];

/** The report of that name; throws a UsageError that names the near ones. */
export function mustBeReport(given: string): Report {
  const found = reports.find(({ name }) => name === given);
  if (found !== undefined) return found;
  const names = reports.map(({ name }) => name);
  throw new UsageError(`there is no report ${JSON.stringify(given)}${didYouMean(given, names)}`);
}
