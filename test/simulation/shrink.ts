/** Makes a failing script smaller while it goes on failing: fewer steps, and fewer kinds of faults. */
import type { Rates } from './rates.ts';
import { type Outcome, type Script, simulate } from './simulate.ts';

/** The smallest script found, with what it came to. Runs it many times. */
export async function shrink(failing: Outcome): Promise<Outcome> {
  let smallest = failing;
  for (let before = ''; before !== textOf(smallest); ) {
    before = textOf(smallest);
    smallest = await withoutSteps(smallest);
    smallest = await withoutFaults(smallest);
  }
  return smallest;
}

const textOf = ({ script }: Outcome) => JSON.stringify(script);

/** What is wrong, without what differs from run to run: numbers and marks. */
const kindOf = ({ wrong }: Outcome) => wrong?.split('\n', 1)[0]?.replace(/[~^"]?-?\d+[~^"]?/g, '#');

async function stillFails(script: Script, like: Outcome): Promise<Outcome | null> {
  const outcome = await simulate(script);
  return outcome.wrong !== null && kindOf(outcome) === kindOf(like) ? outcome : null;
}

/** Leaves out ever smaller runs of steps. */
async function withoutSteps(failing: Outcome): Promise<Outcome> {
  let smallest = failing;
  for (let size = Math.ceil(failing.script.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < smallest.script.steps.length; ) {
      const steps = smallest.script.steps.toSpliced(start, size);
      const outcome = await stillFails({ ...smallest.script, steps }, failing);
      if (outcome) smallest = outcome;
      else start += size;
    }
  }
  return smallest;
}

async function withoutFaults(failing: Outcome): Promise<Outcome> {
  let smallest = failing;
  for (const name of Object.keys(failing.script.rates) as (keyof Rates)[]) {
    if (smallest.script.rates[name] === 0) continue;
    const rates = { ...smallest.script.rates, [name]: 0 };
    smallest = (await stillFails({ ...smallest.script, rates }, failing)) ?? smallest;
  }
  return smallest;
}

/** A script as it can be put into the list of regressions. */
export function scriptText({ seed, rates, steps }: Script): string {
  const some = Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate > 0));
  return JSON.stringify({ seed, rates: some, steps });
}
