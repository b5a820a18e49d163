/** The words for an outcome, where it is printed and where it is written down. */
import type { Taken } from './child-process.ts';
import { middle, middleOf, type Outcome } from './measure.ts';

/** The outcome in a few lines: the middle ratio with its spread, and what it is made of. */
export function say(outcome: Outcome): string {
  const { about, run, baseline } = outcome;
  return [
    `${about.name}: ${about.about}`,
    `  ${about.measure} ${sayRatio(outcome)}, at most ${sayLimit(outcome)}: ${sayVerdict(outcome)}`,
    `  run ${sayTaken(run)}; baseline ${sayTaken(baseline)}`,
  ].join('\n');
}

/** The same as the cells of one row. */
export function cellsOf(outcome: Outcome, on: string): string[] {
  const { about, run, baseline } = outcome;
  const figure = about.measure === 'time' ? sayMs : sayMegabytes;
  return [
    about.name,
    about.about,
    sayLimit(outcome),
    sayRatio(outcome),
    figure(run),
    figure(baseline),
    sayVerdict(outcome),
    on,
  ];
}

export const columns = ['case', 'what', 'at most', 'measured', 'run', 'baseline', 'verdict', 'on'];

function sayRatio({ ratios }: Outcome): string {
  const [least = 0, most = 0] = [ratios[0], ratios.at(-1)];
  const spread =
    ratios.length > 1 ? ` (${least.toFixed(2)} to ${most.toFixed(2)} in ${ratios.length} pairs)` : '';
  return `${middle(ratios).toFixed(2)}x${spread}`;
}

function sayLimit({ about: { atMost, atMostMs } }: Outcome): string {
  return `${atMost}x${atMostMs === undefined ? '' : ` and ${atMostMs} ms`}`;
}

const sayVerdict = ({ isMet }: Outcome) => (isMet ? 'met' : '**missed**');

const sayMs = (taken: readonly Taken[]) => {
  const ms = middleOf(taken, 'ms');
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
};
const sayMegabytes = (taken: readonly Taken[]) => `${Math.round(middleOf(taken, 'kilobytes') / 1024)} MB`;

function sayTaken(taken: readonly Taken[]): string {
  const processor = Math.round(middleOf(taken, 'cpuMs'));
  return `${sayMs(taken)}, ${processor} ms of processor time, ${sayMegabytes(taken)}`;
}
