/** Plays a scenario: once uncut, then from every moment at which the program could have died, and again from those of the recoveries. */
import type { Database } from 'better-sqlite3';
import { neverThere, rowsExplained } from '../simulation/invariants.ts';
import { emptyMirror } from '../simulation/machine.ts';
import { Points } from '../simulation/points.ts';
import { snapshot } from '../simulation/snapshot.ts';
import { distinct, type Files, type Moment } from './moment.ts';
import { dropTriggers, olderMirror } from './older.ts';
import { type Command, colleague, full, pushed, type Scenario, shop } from './scenario.ts';
import { Stage } from './stage.ts';
import { type State, stateOf } from './state.ts';
import { Wire } from './wire.ts';

/** What a run came to. */
export interface Ran {
  /** How everything stands in the end, and how that came about. */
  readonly state: State;
  /** The effects that the commands reached, in order. */
  readonly effects: readonly string[];
  /** What deaths at these effects would have left, each state once. */
  readonly deaths: readonly Moment[];
}

/** From which everything can be seen. */
const ending: readonly Command[] = [full, pushed];

const unwatched = () => new Points(() => false);

/** The mirror as a scenario's first command finds it. */
function beginning({ file }: Scenario): Files {
  if (file === 'none') return {};
  return { '': file === 'blank' ? Buffer.alloc(0) : emptyMirror() };
}

/** Brings a scenario to the moment from which it is cut. */
export async function prepare(scenario: Scenario): Promise<Moment> {
  const { file, account: fill = shop, before = [full] } = scenario;
  const rest = { effects: [], deeds: [], loss: null, next: 0, repeated: false };
  const stage = new Stage(scenario, { ...rest, files: beginning(scenario), now: new Wire().now });
  try {
    for (const command of [colleague(fill), ...before]) await stage.carryOut(command, unwatched(), false);
    if (file === 'without triggers') dropTriggers(stage.machine.outside);
    const moment = stage.end();
    if (typeof file !== 'object') return moment;
    return { ...moment, files: { '': olderMirror(moment.files[''] ?? Buffer.alloc(0), file.version) } };
  } finally {
    stage.machine.dispose();
  }
}

export interface Playing {
  /** Notes what a death at each effect would leave. */
  readonly watched?: boolean;
  /** Something that is done first, before the scenario is gone on with. */
  readonly detour?: Command;
}

/** Goes on from a moment to the end. */
export async function play(
  scenario: Scenario,
  from: Moment,
  { watched = false, detour }: Playing = {},
): Promise<Ran> {
  const stage = new Stage(scenario, from);
  const taken: (() => readonly Moment[])[] = [];
  let next = from.next;
  const points = new Points((index, effect) => {
    if (watched) taken.push(stage.moment(`${index} ${effect}`, next));
    if (watched && effect === 'committed') mustHold(stage.machine.outside);
    return false;
  });
  try {
    if (detour) await stage.carryOut(detour, unwatched(), false);
    for (; next < scenario.cut.length; next++)
      await stage.carryOut(mustGet(scenario.cut, next), points, from.repeated && next === from.next);
    for (const command of ending) await stage.carryOut(command, unwatched(), false);
    const db = stage.machine.mirror;
    mustBeWhole(db);
    const state = stateOf(stage.account, db);
    return { state, effects: points.reached, deaths: distinct(taken.flatMap((take) => take())) };
  } finally {
    stage.machine.dispose();
  }
}

function mustBeWhole(db: Database): void {
  const health = db.pragma('integrity_check', { simple: true });
  if (health !== 'ok') throw new Error(`the file is damaged: ${health}`);
}

/** What holds at every commit, not only in the end. */
function mustHold(db: Database): void {
  const wrong = [...neverThere(db), ...rowsExplained(snapshot(db))];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

function mustGet(commands: readonly Command[], index: number): Command {
  const command = commands[index];
  if (command === undefined) throw new Error(`there is no command ${index}`);
  return command;
}
