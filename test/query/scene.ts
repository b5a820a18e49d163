/** A mirror and the sandbox account behind it, in one process, on a clock that only the test moves. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { JsonObject } from '../../src/api/description.ts';
import { type Database, openMirrorFile } from '../../src/db/open.ts';
import type { Effects } from '../../src/effects.ts';
import { type DataOptions, SandboxAccount, sandboxTransport } from '../../src/sandbox/index.ts';
import { type PullOptions, pull } from '../../src/sync/pull.ts';
import { type PushOptions, push } from '../../src/sync/push.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** The moment at which every scene begins. */
export const beginning = Date.UTC(2016, 5, 1, 9);

export class Scene {
  readonly account: SandboxAccount;
  readonly client: OptimizelyClient;
  readonly file: string;
  readonly db: Database;
  readonly effects: Effects;
  readonly #folder: string;
  #now = beginning;

  constructor(data: DataOptions = {}) {
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-query-'));
    this.file = path.join(this.#folder, 'mirror.db');
    this.account = new SandboxAccount({
      projects: 2,
      experimentsPerProject: 7,
      ...data,
      now: () => this.#now,
    });
    this.effects = { clock: { now: () => this.#now, sleep: async () => {} }, random: () => 0.5 };
    this.client = new OptimizelyClient({
      transport: sandboxTransport(this.account),
      rate: 0,
      effects: this.effects,
    });
    this.db = openMirrorFile(this.file, { create: true });
    // Nothing is lost but time where a test's machine loses power.
    this.db.pragma('synchronous = OFF');
  }

  get now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  pull(options: PullOptions = {}) {
    return pull({ db: this.db, api: this.client.api, effects: this.effects }, options);
  }

  push(options: PushOptions = {}) {
    return push({ db: this.db, api: this.client.api, effects: this.effects }, options);
  }

  async close(): Promise<void> {
    this.db.close();
    await this.client.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function idOf(entity: JsonObject | undefined): number {
  if (typeof entity?.id !== 'number') throw new Error('an entity with an id was expected');
  return entity.id;
}
