/** The simulation, a few hundred seeds of it, and every script that ever failed. */
import { afterAll, describe, expect, test } from 'vitest';
import { mutants } from './mutants.ts';
import { mutated } from './mutation.ts';
import { calm } from './rates.ts';
import { regressions } from './regressions.ts';
import { disposeIdle } from './reuse.ts';
import { scriptText, shrink } from './shrink.ts';
import { type Script, scriptOf, simulate } from './simulate.ts';

afterAll(disposeIdle);

/** So many seeds in one test, that the list of tests stays readable. */
const inOne = 25;
const batches = Array.from({ length: 10 }, (_, index) => 1 + index * inOne);

async function mustHold(script: Script): Promise<void> {
  const outcome = await simulate(script);
  if (outcome.wrong === null) return;
  const smallest = await shrink(outcome, 100);
  expect.fail(
    `seed ${script.seed}: ${outcome.wrong}\n${scriptText(smallest.script)}\n${smallest.trace.slice(-60).join('\n')}`,
  );
}

describe('whatever happens, every edit stays in one place and the mirror gets to the truth', () => {
  test.each(batches)('in the seeds from %i on', async (first) => {
    for (let seed = first; seed < first + inOne; seed++) await mustHold(scriptOf(seed));
  });
});

describe('what was wrong once is right', () => {
  test.each(regressions)('$found (seed $seed)', async ({ seed, steps, rates }) => {
    const script = scriptOf(seed);
    await mustHold({
      seed,
      steps: steps ?? script.steps,
      rates: rates ? { ...calm, ...rates } : script.rates,
    });
  });
});

test('the same seed gives the same trace, whatever was simulated in between', async () => {
  const first = await simulate(scriptOf(3));
  await simulate(scriptOf(4));
  const second = await simulate(scriptOf(3));
  expect(first.trace.length).toBeGreaterThan(100);
  expect(second.trace).toEqual(first.trace);
  expect(second.tally).toEqual(first.tally);
});

test.each(mutants)('a break of the engine can be made: $name', (mutant) => {
  expect(mutated(mutant)).toContain(mutant.to);
});
