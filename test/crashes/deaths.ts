/** Deaths of a scenario at chosen effects: what is left of the mirror, and what the next program does with it. */
import type { Database } from 'better-sqlite3';
import type { SandboxAccount } from '../../src/sandbox/index.ts';
import { Points } from '../simulation/points.ts';
import type { Moment } from './moment.ts';
import { play, prepare, type Ran } from './run.ts';
import type { Scenario } from './scenario.ts';
import { Stage } from './stage.ts';
import { scenarios } from './table.ts';

/** A scenario that was played uncut, with everything that a death in it would have left. */
export interface Played extends Ran {
  readonly scenario: Scenario;
  readonly prepared: Moment;
}

const known = new Map<string, Promise<Played>>();

/** The scenario of that name; each is played once, however many look at it. */
export function played(name: string): Promise<Played> {
  const before = known.get(name) ?? playUncut(name);
  known.set(name, before);
  return before;
}

async function playUncut(name: string): Promise<Played> {
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const prepared = await prepare(scenario);
  return { scenario, prepared, ...(await play(scenario, prepared, { watched: true })) };
}

/** The number of the first effect of that kind, or of the last. */
export function indexOf({ effects }: Ran, pattern: RegExp, which: 'first' | 'last' = 'first'): number {
  const fits = (effect: string) => pattern.test(effect);
  const index = which === 'first' ? effects.findIndex(fits) : effects.findLastIndex(fits);
  if (index < 0) throw new Error(`no effect is ${pattern}: ${effects.join(', ')}`);
  return index;
}

/** What a death at that effect leaves; what is on the wire has not arrived. */
export function deathAt({ deaths }: Ran, index: number): Moment {
  const death = deaths.find(({ effects }) => effects.some((effect) => effect.startsWith(`${index} `)));
  if (death === undefined) throw new Error(`there is no effect ${index}`);
  return death;
}

/** Looks at the mirror as a plain client would find it. */
export function look<T>({ scenario }: Played, death: Moment, at: (db: Database) => T): T {
  const stage = new Stage(scenario, death);
  try {
    return at(stage.machine.outside);
  } finally {
    stage.machine.dispose();
  }
}

/** What is left where a plain client dies just after it did something. */
export function diedAfter({ scenario, prepared }: Played, act: (db: Database) => unknown): Moment {
  const stage = new Stage(scenario, prepared);
  try {
    act(stage.machine.outside);
    const [moment] = stage.moment('', 0)();
    if (moment === undefined) throw new Error('nothing is left');
    return moment;
  } finally {
    stage.machine.dispose();
  }
}

/** The first column of what a query finds there. */
export const values = (of: Played, death: Moment, sql: string): unknown[] =>
  look(of, death, (db) => db.prepare(sql).pluck().all());

export interface Recovered {
  /** The requests that the next program sends, `GET projects`. */
  readonly sent: readonly string[];
  readonly account: SandboxAccount;
  readonly query: (sql: string) => unknown[];
}

/** The next program does what the dead one was told; looked at before it is gone. */
export async function recover<T>(
  { scenario }: Played,
  death: Moment,
  at: (recovered: Recovered) => T,
): Promise<T> {
  const stage = new Stage(scenario, death);
  const points = new Points(() => false);
  try {
    for (const command of scenario.cut.slice(death.next)) await stage.carryOut(command, points, true);
    const sent = points.reached.flatMap((effect) => (effect.startsWith('send ') ? [effect.slice(5)] : []));
    const query = (sql: string) => stage.machine.outside.prepare(sql).pluck().all();
    return at({ sent, account: stage.account, query });
  } finally {
    stage.machine.dispose();
  }
}
