/** The world that a scenario plays in, from a moment on; what the death of the program would leave can be taken at any time. */
import type { Database } from 'better-sqlite3';
import type { WireRequest, WireResponse } from '../../src/api/transport.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { type OutboxRow, outboxRows } from '../../src/db/outbox.ts';
import { UsageError } from '../../src/errors.ts';
import { SandboxAccount, vendorSparseLists } from '../../src/sandbox/index.ts';
import { dropEdits, retryEdits } from '../../src/sync/drop.ts';
import { resolve } from '../../src/sync/resolve.ts';
import { live, type Task } from '../simulation/life.ts';
import { Machine } from '../simulation/machine.ts';
import { type Points, watchEveryCommit } from '../simulation/points.ts';
import { calm } from '../simulation/rates.ts';
import type { Waiting } from '../simulation/schedule.ts';
import { type Deed, type Loss, type Moment, readFiles, writeFiles } from './moment.ts';
import type { Command, Scenario, Which } from './scenario.ts';
import { Wire } from './wire.ts';

const now = '2016-06-10T12:00:00.000Z';

export class Stage {
  readonly schedule = new Wire();
  readonly account: SandboxAccount;
  readonly machine = new Machine(null);
  readonly #deeds: Deed[] = [];
  #loss: Loss | null;

  constructor(scenario: Scenario, from: Moment) {
    this.account = new SandboxAccount({
      now: () => this.schedule.now,
      projects: 0,
      sparseLists: scenario.sparse ? vendorSparseLists : {},
    });
    for (const deed of from.deeds) {
      this.schedule.now = deed.at;
      this.do(deed);
    }
    this.schedule.now = from.now;
    this.#loss = from.loss;
    writeFiles(this.machine.file, from.files);
  }

  do(deed: Deed): void {
    this.#deeds.push(deed);
    deed.act(this.account);
  }

  #deed(act: Deed['act'], loses = false): Deed {
    return { at: this.schedule.now, act, loses };
  }

  /**
   * What would be left if the program died now: with nothing that is on the wire carried out, and, once it is known what
   * that does, with all of it.
   */
  moment(effect: string, next: number): () => readonly Moment[] {
    const { now: time, underWay } = this.schedule;
    const rest = { effects: [effect], files: readFiles(this.machine.file), now: time, next, repeated: true };
    const deeds = [...this.#deeds];
    const loss = this.#loss;
    return () => {
      const more = underWay.flatMap((waiting) => this.#came.get(waiting) ?? []);
      const without = { ...rest, deeds, loss };
      if (more.length === 0) return [without];
      const left = more.some(({ loses }) => loses) ? null : loss;
      return [without, { ...rest, deeds: [...deeds, ...more], loss: left }];
    };
  }

  /** Everything as it stands once every program has ended, to be begun from. */
  end(): Moment {
    this.machine.closeAll();
    const files = readFiles(this.machine.file);
    const { now: time } = this.schedule;
    return {
      effects: [],
      files,
      deeds: [...this.#deeds],
      now: time,
      loss: this.#loss,
      next: 0,
      repeated: false,
    };
  }

  /** Carries out one command. `repeated`: it was begun before, by a program that died. */
  async carryOut(command: Command, points: Points, repeated: boolean): Promise<void> {
    if ('pull' in command) await this.#live({ kind: 'pull', options: command.pull }, points);
    else if ('push' in command) await this.#live({ kind: 'push', options: command.push }, points);
    else if ('verify' in command) await this.#live({ kind: 'verify', options: command.verify }, points);
    else if ('open' in command) this.#open(points);
    else if ('sql' in command) this.machine.outside.exec(`BEGIN;${command.sql};COMMIT`);
    else if ('colleague' in command) this.do(this.#deed(command.colleague));
    else if ('lose' in command) this.#loss = { method: command.lose, afterwards: command.afterwards };
    else this.#decide(command, points, repeated);
  }

  async #live(task: Task, points: Points): Promise<void> {
    const { machine, schedule, account } = this;
    const nobody = () => {};
    await live(
      {
        ...{ machine, schedule, points, random: () => 0, rates: calm, concurrency: 2, rate: 0 },
        ...{ token: account.token, serve: this.#serve },
        ...{ note: nobody, strike: nobody, meanwhile: nobody, check: nobody },
      },
      task,
    );
  }

  /** What the requests that changed the account did to it. */
  readonly #came = new Map<Waiting, Deed>();

  readonly #serve = ({ method, path, body }: WireRequest): WireResponse | null => {
    const headers = { token: this.account.token };
    const asked = { method, path, headers, ...(body === undefined ? {} : { body }) };
    if (method === 'GET') return this.account.handle(asked);
    const loss = this.#loss?.method === method ? this.#loss : null;
    if (loss) this.#loss = null;
    let response: WireResponse | null = null;
    const deed = this.#deed((account) => {
      response = account.handle(asked);
      loss?.afterwards?.(account);
    }, loss !== null);
    this.do(deed);
    if (this.schedule.fires) this.#came.set(this.schedule.fires, deed);
    return loss ? null : response;
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
      // Given again after a death, a decision may have been taken already.
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
