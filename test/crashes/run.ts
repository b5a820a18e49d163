/** Runs a scenario: once uncut, then with a crash at one effect, or at one and another during the recovery. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../../src/api/description.ts';
import type { WireRequest, WireResponse } from '../../src/api/transport.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { type OutboxRow, outboxRows } from '../../src/db/outbox.ts';
import { UsageError } from '../../src/errors.ts';
import { SandboxAccount, vendorSparseLists } from '../../src/sandbox/index.ts';
import { dropEdits, retryEdits } from '../../src/sync/drop.ts';
import { resolve } from '../../src/sync/resolve.ts';
import { live, type Task } from '../simulation/life.ts';
import { emptyMirror, Machine } from '../simulation/machine.ts';
import { Crash, Points, watchEveryCommit } from '../simulation/points.ts';
import { calm } from '../simulation/rates.ts';
import { Schedule } from '../simulation/schedule.ts';
import { type Command, full, type Scenario, shop, type Which } from './scenario.ts';
import { stateOf } from './state.ts';

const now = '2016-06-10T12:00:00.000Z';

/** What a run came to. */
export interface Ran {
  readonly state: string;
  /** The effects that the commands reached, those of a recovery after the first crash apart. */
  readonly effects: readonly string[];
  readonly recovery: readonly string[];
}

/** Where to die: the number of an effect, and then that of one in the recovery. */
export interface Cuts {
  readonly at?: number;
  readonly again?: number;
}

/** Everything that changed the account from outside a cut, so that it can be brought to the same state again. */
type Deed = (account: SandboxAccount) => void;

interface Prepared {
  readonly bytes: Buffer | null;
  readonly deeds: readonly Deed[];
  readonly now: number;
}

class Stage {
  readonly schedule = new Schedule();
  readonly account: SandboxAccount;
  readonly machine: Machine;
  readonly deeds: Deed[] = [];
  #lost: { method: string; afterwards: Deed | undefined } | null = null;

  constructor(scenario: Scenario, bytes: Buffer | null) {
    this.account = new SandboxAccount({
      now: () => this.schedule.now,
      projects: 0,
      sparseLists: scenario.sparse ? vendorSparseLists : {},
    });
    this.machine = new Machine(bytes);
  }

  do(deed: Deed): void {
    this.deeds.push(deed);
    deed(this.account);
  }

  /** Carries out one command. Rejects with `Crash`, or resolves where the program died, for `points` to tell. */
  async carryOut(command: Command, points: Points, repeated: boolean): Promise<void> {
    if ('pull' in command) await this.#live({ kind: 'pull', options: command.pull }, points);
    else if ('push' in command) await this.#live({ kind: 'push', options: command.push }, points);
    else if ('open' in command) this.#open(points);
    else if ('sql' in command) this.machine.outside.exec(`BEGIN;${command.sql};COMMIT`);
    else if ('colleague' in command) this.do(command.colleague);
    else if ('lose' in command) this.#lost = { method: command.lose, afterwards: command.afterwards };
    else this.#decide(command, points, repeated);
  }

  async #live(task: Task, points: Points): Promise<void> {
    await live(
      {
        machine: this.machine,
        schedule: this.schedule,
        points,
        random: () => 0,
        rates: calm,
        concurrency: 2,
        rate: 0,
        token: this.account.token,
        serve: this.#serve,
        note: () => {},
        strike: () => {},
        meanwhile: () => {},
        check: () => {},
      },
      task,
    );
  }

  readonly #serve = (request: WireRequest): WireResponse | null => {
    const { method, path, body } = request;
    const headers = { token: this.account.token };
    const asked = { method, path, headers, ...(body === undefined ? {} : { body }) };
    const response = this.account.handle(asked);
    if (method !== 'GET') this.deeds.push((account) => account.handle(asked));
    const lost = this.#lost;
    if (lost?.method !== method) return response;
    this.#lost = null;
    if (lost.afterwards) this.do(lost.afterwards);
    return null;
  };

  #open(points: Points): void {
    watchEveryCommit(points, () => openMirrorFile(this.machine.file, { create: true }).close());
  }

  #decide(command: Command, points: Points, repeated: boolean): void {
    const db = this.machine.mirror;
    this.machine.points = points;
    try {
      decide(db, command, this.account);
    } catch (error) {
      // Given again after a crash, a decision may have been taken already.
      if (!(repeated && error instanceof UsageError)) throw error;
    } finally {
      this.machine.points = null;
    }
  }
}

function decide(db: Database, command: Command, account: SandboxAccount): void {
  if ('drop' in command) dropEdits(db, [find(db, command.drop)], now);
  if ('retry' in command) retryEdits(db, [find(db, command.retry)], now);
  if ('resolve' in command) {
    const { how } = command;
    resolve(db, find(db, command.resolve), typeof how === 'function' ? how(account) : how, now);
  }
}

function find(db: Database, { resource, op }: Which): number {
  const row = outboxRows(db).find((each: OutboxRow) => each.resource === resource && (!op || each.op === op));
  if (!row) throw new UsageError(`the outbox has no ${op ?? 'operation'} of ${resource}`);
  return row.id;
}

const unharmed = () => new Points(() => false);

/** Brings a scenario to the point from which it is cut. */
export async function prepare(scenario: Scenario): Promise<Prepared> {
  const stage = new Stage(
    scenario,
    scenario.file === 'none' ? null : scenario.file === 'blank' ? Buffer.alloc(0) : emptyMirror(),
  );
  try {
    stage.do(scenario.account ?? shop);
    for (const command of scenario.before ?? [full]) await stage.carryOut(command, unharmed(), false);
    if (scenario.file === 'without triggers') dropTriggers(stage.machine.outside);
    const bytes = scenario.file === 'none' ? null : stage.machine.bytes();
    return { bytes, deeds: [...stage.deeds], now: stage.schedule.now };
  } finally {
    stage.machine.dispose();
  }
}

/** As a program leaves it whose triggers are other ones. */
function dropTriggers(db: Database): void {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all() as string[];
  for (const name of names) db.exec(`DROP TRIGGER "${name}"`);
  db.exec("DELETE FROM mirror_meta WHERE key = 'objects'");
}

/** Runs what is cut, and then one full pull and one push more, from which everything can be seen. */
export async function run(scenario: Scenario, prepared: Prepared, cuts: Cuts = {}): Promise<Ran> {
  const stage = new Stage(scenario, prepared.bytes);
  const first = new Points((index) => index === cuts.at);
  const second = new Points((index) => index === cuts.again);
  try {
    stage.schedule.now = prepared.now;
    for (const deed of prepared.deeds) deed(stage.account);
    for (const command of scenario.cut) await untilDone(stage, command, [first, second, unharmed()]);
    for (const command of [full, { push: {} }]) await stage.carryOut(command, unharmed(), false);
    const integrity = stage.machine.outside.pragma('integrity_check', { simple: true }) as JsonObject;
    return {
      state: `${integrity}\n${stateOf(stage.account, stage.machine.outside)}`,
      effects: first.reached,
      recovery: second.reached,
    };
  } finally {
    stage.machine.dispose();
  }
}

/** A command that the program did not survive is given again. */
async function untilDone(stage: Stage, command: Command, lives: readonly Points[]): Promise<void> {
  let repeated = false;
  for (const points of lives) {
    if (points.dead) continue;
    try {
      await stage.carryOut(command, points, repeated);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    if (!points.dead) return;
    stage.machine.closeMirror();
    repeated = true;
  }
}
