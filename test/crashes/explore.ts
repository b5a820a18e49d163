/** Every death of a scenario, and every second one in each recovery: all must end as the uncut run does. */
import type { Moment } from './moment.ts';
import { play, prepare } from './run.ts';
import type { Scenario } from './scenario.ts';

/** A death, or two, after which something ended otherwise than it does uncut. */
export interface Wrong {
  readonly deaths: readonly string[];
  readonly missing: readonly string[];
  readonly instead: readonly string[];
}

export interface Explored {
  /** Effects of the uncut run: each was cut. */
  effects: number;
  /** The different states that these deaths leave: each was recovered from. */
  states: number;
  /** The same of the recoveries. */
  effectsAgain: number;
  statesAgain: number;
  readonly wrong: Wrong[];
}

/** Cuts a scenario at each of its effects, and where `twice`, each of the recoveries at each of theirs. */
export async function explore(scenario: Scenario, { twice }: { twice: boolean }): Promise<Explored> {
  const found: Explored = { effects: 0, states: 0, effectsAgain: 0, statesAgain: 0, wrong: [] };
  const uncut = await play(scenario, await prepare(scenario), true);
  const goOn = async (from: Moment, before: readonly string[]) => {
    const deaths = [...before, from.effects.join(' = ')];
    const ran = await play(scenario, from, twice && before.length === 0);
    if (ran.state !== uncut.state) found.wrong.push({ deaths, ...difference(uncut.state, ran.state) });
    return { ran, deaths };
  };
  found.effects = uncut.effects.length;
  found.states = uncut.deaths.length;
  for (const death of uncut.deaths) {
    const { ran, deaths } = await goOn(death, []);
    if (!twice) continue;
    found.effectsAgain += ran.effects.length;
    found.statesAgain += ran.deaths.length;
    for (const second of ran.deaths) await goOn(second, deaths);
  }
  return found;
}

function difference(a: string, b: string): Pick<Wrong, 'missing' | 'instead'> {
  const [left, right] = [a.split('\n'), b.split('\n')];
  return {
    missing: left.filter((line) => !right.includes(line)),
    instead: right.filter((line) => !left.includes(line)),
  };
}
