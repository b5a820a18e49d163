/** Makes a failing script smaller while it goes on failing: fewer steps, and fewer kinds of faults. */
import type { Rates } from './rates.ts';
import { type Outcome, type Script, simulate } from './simulate.ts';

/** How often a script may still be run. */
interface Budget {
  left: number;
}

/** The smallest script found, with what it came to. Runs it many times, but no more than `most`. */
export async function shrink(failing: Outcome, most = 1000): Promise<Outcome> {
  const budget = { left: most };
  let smallest = failing;
  for (let before = ''; before !== textOf(smallest); ) {
    before = textOf(smallest);
    smallest = await withoutSteps(smallest, budget);
    smallest = await withoutFaults(smallest, budget);
  }
  return smallest;
}

const textOf = ({ script }: Outcome) => JSON.stringify(script);

/** What is wrong, without what differs from run to run: numbers and marks. */
const kindOf = ({ wrong }: Outcome) => wrong?.split('\n', 1)[0]?.replace(/[~^"]?-?\d+[~^"]?/g, '#');

async function stillFails(script: Script, like: Outcome, budget: Budget): Promise<Outcome | null> {
  if (budget.left-- <= 0) return null;
  const outcome = await simulate(script);
  return outcome.wrong !== null && kindOf(outcome) === kindOf(like) ? outcome : null;
}

/** Leaves out ever smaller runs of steps. */
async function withoutSteps(failing: Outcome, budget: Budget): Promise<Outcome> {
  let smallest = failing;
  for (let size = Math.ceil(failing.script.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < smallest.script.steps.length; ) {
      const steps = smallest.script.steps.toSpliced(start, size);
      const outcome = await stillFails({ ...smallest.script, steps }, failing, budget);
      if (outcome) smallest = outcome;
      else start += size;
    }
  }
  return smallest;
}

async function withoutFaults(failing: Outcome, budget: Budget): Promise<Outcome> {
  let smallest = failing;
  for (const name of Object.keys(failing.script.rates) as (keyof Rates)[]) {
    if (smallest.script.rates[name] === 0) continue;
    const rates = { ...smallest.script.rates, [name]: 0 };
    smallest = (await stillFails({ ...smallest.script, rates }, failing, budget)) ?? smallest;
  }
  return smallest;
}

/** A script as it can be put into the list of regressions. */
export function scriptText({ seed, rates, steps }: Script): string {
  const some = Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate > 0));
  return JSON.stringify({ seed, rates: some, steps });
}
