/** Seeds and shrunk scripts that once failed: the test runs them all, whatever else it runs. */
import type { Rates } from './rates.ts';
import type { Step } from './simulate.ts';

export interface Regression {
  /** What was wrong. */
  readonly found: string;
  readonly seed: number;
  /** Only these steps, with only these faults; without them all that the seed stands for. */
  readonly steps?: readonly Step[];
  readonly rates?: Partial<Rates>;
}

export const regressions: readonly Regression[] = [
  { found: 'a second row made offline was given an id that its maker had not chosen', seed: 15 },
  { found: 'what was added to a create while it was on the wire was logged as sent', seed: 48 },
  { found: 'an edit dropped while it was on the wire was logged twice', seed: 34 },
  { found: 'an edit dropped while it was on the wire was logged twice', seed: 55 },
  { found: 'an edit dropped while it was on the wire was logged twice', seed: 74 },
  { found: 'an edit dropped while it was on the wire was logged twice', seed: 87 },
  { found: 'an edit dropped while it was on the wire was logged twice', seed: 124 },
];
