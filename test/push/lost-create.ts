/** Creates that are lost: what the tests of them share. */
import { expect } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { Bench } from './bench.ts';
import type { Write } from './seen.ts';
import type { SmallBench } from './small.ts';

export const url = 'https://x.example/';
export const now = '2016-06-10T12:00:00.000Z';

export const goal = (bench: SmallBench, title = 'Buy'): number =>
  bench.make('goals', { project_id: bench.small.project, title, goal_type: 1, event: 'buy' });
export const named = (bench: Bench, title = 'Buy'): JsonObject[] =>
  bench.account.list('goals').filter((each) => each.title === title);
export const posts = (bench: Bench): Write[] => bench.writes().filter(({ method }) => method === 'POST');

/** Loses the answer to the first POST, after `act`, and lets nothing else through, as a process that dies then. */
export async function loseCreate(bench: Bench, { applied = true, act = () => {} } = {}): Promise<void> {
  let down = false;
  bench.sandbox.faults.next({
    kind: applied ? 'lostReply' : 'reset',
    match: ({ method }) => {
      if (method === 'POST') act();
      down ||= method === 'POST';
      return method === 'POST';
    },
  });
  bench.sandbox.faults.next({ kind: 'reset', times: 999, match: () => down });
  expect(await bench.push()).toMatchObject({ exit: 4, pushed: [] });
  bench.sandbox.faults.clear();
}
