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
  { found: 'a conflict whose entity could not be read became a failure', seed: 759 },
];
