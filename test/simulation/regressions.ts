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
  {
    found: 'a list edited while its create was in doubt lost what a colleague had put into it',
    seed: 110934,
    steps: [
      { kind: 'pull', seed: 1932591817 },
      { kind: 'pull', seed: 881607099 },
      { kind: 'verify', seed: 1971193217 },
      { kind: 'push', seed: 1843802986 },
      { kind: 'verify', seed: 1802486691 },
      { kind: 'pull', seed: 2494494894 },
    ],
    rates: {
      colleague: 0.03,
      user: 0.3,
      crash: 0.032,
      clockJump: 0.03,
      permission: 0.03,
      truncated: 0.04,
      garbled: 0.04,
      failedThoughDone: 0.15,
      unavailable: 0.1,
      limited: 0.01,
    },
  },
  {
    found: 'an edit made after the one on the wire was dropped stayed on its old base',
    seed: 132753,
    steps: [
      { kind: 'pull', seed: 3252105972 },
      { kind: 'user', seed: 2342119438 },
      { kind: 'user', seed: 1944057643 },
      { kind: 'push', seed: 1755420376 },
    ],
    rates: {
      user: 0.3,
      permission: 0.03,
      lost: 0.06,
      duplicated: 0.04,
      garbled: 0.04,
      unavailable: 0.04,
      revoked: 0.01,
    },
  },
];
