/** Every death of a scenario, and every second one in each recovery: all must end as the uncut run does. */
import type { Moment } from './moment.ts';
import { play, prepare, type Ran } from './run.ts';
import { full, type Scenario } from './scenario.ts';
import type { State } from './state.ts';

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
  /** How often a pull came between a push that died and the next. */
  detours: number;
  readonly wrong: Wrong[];
}

/** Cuts a scenario at each of its effects, and where `twice`, each of the recoveries at each of theirs. */
export async function explore(scenario: Scenario, { twice }: { twice: boolean }): Promise<Explored> {
  const uncut = await play(scenario, await prepare(scenario), { watched: true });
  const found: Explored = {
    ...{ effects: uncut.effects.length, states: uncut.deaths.length },
    ...{ effectsAgain: 0, statesAgain: 0, detours: 0, wrong: [] },
  };
  const compare = (died: readonly Moment[], ran: Ran, parts?: readonly (keyof State)[]) => {
    const deaths = died.map(({ effects }) => effects.join(' = '));
    const differing = difference(uncut.state, ran.state, parts);
    if (differing) found.wrong.push({ deaths, ...differing });
  };
  for (const death of uncut.deaths) {
    const recovery = await play(scenario, death, { watched: twice });
    compare([death], recovery);
    found.effectsAgain += recovery.effects.length;
    found.statesAgain += recovery.deaths.length;
    for (const second of recovery.deaths) compare([death, second], await play(scenario, second));
    if (!twice || !pushes(scenario, death)) continue;
    // The next program may be a pull: it sees what the push did and does not know of. History tells, the rest must not.
    compare([death], await play(scenario, death, { detour: full }), ['standing']);
    found.detours++;
  }
  return found;
}

const pushes = ({ cut }: Scenario, { next }: Moment): boolean =>
  cut.slice(next, next + 1).some((command) => 'push' in command);

/** What one state lacks of the other, line by line; null where they are the same. */
export function difference(
  wanted: State,
  found: State,
  parts: readonly (keyof State)[] = ['standing', 'history'],
): Omit<Wrong, 'deaths'> | null {
  const lines = (state: State) => parts.flatMap((part) => state[part].split('\n'));
  const [left, right] = [lines(wanted), lines(found)];
  if (left.join() === right.join()) return null;
  return {
    missing: left.filter((line) => !right.includes(line)),
    instead: right.filter((line) => !left.includes(line)),
  };
}
