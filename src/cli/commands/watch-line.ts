/** What one pull of a watch brought, in one line. */
import type { PullReport } from '../../sync/report.ts';
import { count, counted, duration } from '../format/words.ts';
import type { Colors } from '../streams.ts';
import { sayNothingRead } from './pull-summary.ts';

const changes = [
  { word: 'new', key: 'inserted' },
  { word: 'changed', key: 'updated' },
  { word: 'gone', key: 'deleted' },
] as const;

/** `pull 12: experiments 1 new, 2 changed; stats 14 changed (8 requests, 0.7 s)`, and what could not be read. */
export function sayPulled(report: PullReport, { yellow }: Colors): string {
  const { errors } = report;
  const line = `pull ${report.run_id}: ${whatChanged(report)} ${sayCost(report)}`;
  const [first] = errors;
  if (first === undefined) return line;
  const parts = errors.length === 1 ? 'a part' : `${count(errors.length)} parts`;
  return `${line} ${yellow(`${parts} could not be read: ${first.message}`)}`;
}

/** `pull 12: the API could not be reached: GET projects: … (6 requests, 18 s)`. */
export function sayFailedPull(report: PullReport, { red }: Colors): string {
  return `pull ${report.run_id}: ${red(sayNothingRead(report))}: ${report.errors[0]?.message} ${sayCost(report)}`;
}

function sayCost({ requests, duration_ms: took }: PullReport): string {
  return `(${counted(requests, 'request')}, ${duration(took)})`;
}

function whatChanged({ resources }: PullReport): string {
  const parts = Object.entries(resources).flatMap(([name, counts]) => {
    const own = changes.filter(({ key }) => counts[key] > 0);
    return own.length === 0
      ? []
      : [`${name} ${own.map(({ word, key }) => `${count(counts[key])} ${word}`).join(', ')}`];
  });
  return parts.length === 0 ? 'nothing changed' : parts.join('; ');
}
