/** Every crash scenario, cut at each of its effects; `npm run crashes` also cuts the recoveries. */
import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { scenarios } from './table.ts';

test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  '%s: ends as it does uncut, wherever the program dies',
  async (_name, scenario) => {
    const { effects, states, wrong } = await explore(scenario, { twice: false });
    expect(wrong).toEqual([]);
    expect(effects).toBeGreaterThan(0);
    expect(states).toBeGreaterThan(0);
  },
);

test('there are at least forty of them, each with a name of its own', () => {
  const names = scenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(40);
});
