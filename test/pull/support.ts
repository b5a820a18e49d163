/** What the tests of the pull share: an account, a mirror of it, the requests between them, and a clock nobody waits for. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { type ClientOptions, OptimizelyClient } from '../../src/api/client.ts';
import type { JsonObject } from '../../src/api/description.ts';
import { type Database, openMirrorFile } from '../../src/db/open.ts';
import type { Clock, Effects } from '../../src/effects.ts';
import {
  type AccountOptions,
  Faults,
  SandboxAccount,
  type SandboxTransportOptions,
  sandboxTransport,
} from '../../src/sandbox/index.ts';
import { type PullOptions, pull, type SyncDeps } from '../../src/sync/pull.ts';
import type { PullReport } from '../../src/sync/report.ts';
import { type VerifyOptions, verify } from '../../src/sync/verify.ts';

/** The account's moment: it moves only where a test moves it. */
export const noon = Date.UTC(2016, 5, 10, 12);
export const hour = 3_600_000;

/** A clock on which every sleep is over at once, and has taken its time. */
export class RestlessClock implements Clock {
  #now = Date.UTC(2016, 8, 1);
  readonly slept: number[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    const until = this.#now + Math.ceil(ms);
    // Whoever else is ready goes first, as it would if time really passed.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    this.#now = Math.max(this.#now, until);
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A path in a folder that is removed after the test. */
export function temporaryFile(name = 'mirror.db'): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-pull-'));
  open.push(() => fs.rmSync(folder, { recursive: true }));
  return path.join(folder, name);
}

export interface RigOptions {
  readonly account?: Partial<AccountOptions>;
  readonly faults?: Faults;
  readonly transport?: Partial<SandboxTransportOptions>;
  readonly client?: Pick<ClientOptions, 'rate' | 'concurrency'>;
  /** Changes the body of what was answered with success, as a strange server would. */
  readonly alter?: (asked: string, body: string) => string;
}

/** An account in memory, a mirror on disk, and no socket between them. */
export class Rig {
  readonly file = temporaryFile();
  readonly clock = new RestlessClock();
  readonly effects: Effects = { clock: this.clock, random: () => 0.5 };
  readonly account: SandboxAccount;
  readonly faults: Faults;
  readonly client: OptimizelyClient;
  readonly db: Database;
  /** The paths that were asked for, in order, each attempt. */
  readonly asked: string[] = [];

  constructor({
    account,
    faults = new Faults(),
    transport,
    client,
    alter = (_, body) => body,
  }: RigOptions = {}) {
    this.account = new SandboxAccount({ projects: 2, experimentsPerProject: 8, now: () => noon, ...account });
    this.faults = faults;
    const wire = sandboxTransport(this.account, {
      faults,
      sleep: (ms, signal) => this.clock.sleep(ms, signal),
      onRequest: ({ path: asked }) => void this.asked.push(asked),
      ...transport,
    });
    this.client = new OptimizelyClient({
      transport: {
        send: async (request) => {
          const answer = await wire.send(request);
          return answer.status === 200 ? { ...answer, body: alter(request.path, answer.body) } : answer;
        },
        close: () => wire.close(),
      },
      effects: this.effects,
      rate: 0,
      ...client,
    });
    this.db = openMirrorFile(this.file, { create: true, relaxed: true });
    // Nobody pulls the plug in these tests.
    this.db.pragma('synchronous = OFF');
    open.push(() => this.db.close());
  }

  get deps(): SyncDeps {
    return { db: this.db, api: this.client.api, effects: this.effects };
  }

  pull(options: PullOptions = {}): Promise<PullReport> {
    this.asked.length = 0;
    return pull(this.deps, options);
  }

  verify(options: VerifyOptions = {}) {
    this.asked.length = 0;
    return verify(this.deps, options);
  }

  /** Everything of that resource, or below that parent. */
  list(...[resource, parentId]: Parameters<SandboxAccount['list']>): JsonObject[] {
    return this.account.list(resource, parentId);
  }

  /** The first entity of a resource that fits. */
  some(resource: Parameters<SandboxAccount['get']>[0], fits: (entity: JsonObject) => boolean = () => true) {
    const found = this.account.list(resource).find(fits);
    if (found === undefined) throw new Error(`the account has no such ${resource}`);
    return found as JsonObject & { id: number; project_id: number; experiment_id: number };
  }

  all(sql: string, ...parameters: unknown[]): Record<string, unknown>[] {
    return this.db.prepare<unknown[]>(sql).all(...parameters) as Record<string, unknown>[];
  }

  one(sql: string, ...parameters: unknown[]): unknown {
    return this.db
      .prepare<unknown[]>(sql)
      .pluck()
      .get(...parameters);
  }
}

/** An experiment that has run and is neither running nor frozen. */
export function isPaused({ status, is_multivariate }: JsonObject): boolean {
  return status === 'Paused' && is_multivariate === false;
}

/** The lists that a full pull asks for, each once, worked out from the account alone. */
export function everyList({ account }: Pick<Rig, 'account'>): string[] {
  const projects = account.list('projects').flatMap(({ id }) => {
    const lists = ['audiences', 'dimensions', 'goals', 'experiments'];
    return lists.map((list) => `projects/${id}/${list}`);
  });
  const experiments = account.list('experiments').flatMap((each) => listsBelow(account, each));
  return ['projects', ...projects, ...experiments].sort();
}

function listsBelow(account: SandboxAccount, experiment: JsonObject): string[] {
  const id = experiment.id as number;
  const lists = [`experiments/${id}/variations`, `experiments/${id}/schedules`];
  if (experiment.status === 'Not started' || experiment.status === 'Draft') return lists;
  const [first, other] =
    String(experiment.created) >= '2015-01-21'
      ? (['stats', 'results'] as const)
      : (['results', 'stats'] as const);
  lists.push(`experiments/${id}/${first}`);
  if (account.list(first, id).length === 0) lists.push(`experiments/${id}/${other}`);
  return lists;
}
