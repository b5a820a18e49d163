/** What the tests of the push share: a sandbox on loopback, a mirror of it, somebody's plain connection to that mirror. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames } from '../../src/api/resources.ts';
import type { Transport, WireRequest } from '../../src/api/transport.ts';
import { createTransport } from '../../src/api/undici-transport.ts';
import { pushStatus } from '../../src/cli/commands/push.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import type { Effects } from '../../src/effects.ts';
import { type Sandbox, SandboxAccount, type SandboxOptions, startSandbox } from '../../src/sandbox/index.ts';
import { type PullOptions, pull, type SyncDeps } from '../../src/sync/pull.ts';
import { type PushOptions, push } from '../../src/sync/push.ts';
import type { PullReport, PushReport } from '../../src/sync/report.ts';
import { type Decision, resolve } from '../../src/sync/resolve.ts';

export const noon = Date.UTC(2016, 5, 10, 12);

/** A clock that is where it is asked to be: who sleeps wakes at once, and the time has passed. */
export function restlessEffects(): Effects & { readonly slept: number[] } {
  let now = noon;
  const slept: number[] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    slept.push(ms);
    now += Math.max(0, Math.ceil(ms));
  };
  return { clock: { now: () => now, sleep }, random: () => 0.5, slept };
}

/** Watches the requests of a client: what is under way at once, and a hook before each leaves and after each answer. */
export interface Wire {
  most: number;
  before: (request: WireRequest) => void;
  after: (request: WireRequest) => void;
}

function watched(transport: Transport, wire: Wire): Transport {
  let underWay = 0;
  return {
    async send(request) {
      wire.before(request);
      underWay++;
      wire.most = Math.max(wire.most, underWay);
      try {
        const answer = await transport.send(request);
        wire.after(request);
        return answer;
      } finally {
        underWay--;
      }
    },
    close: () => transport.close(),
  };
}

export interface Change {
  readonly field: string;
  readonly base: Json | undefined;
  readonly local: Json | undefined;
  readonly remote: Json | undefined;
}
export interface Operation {
  readonly id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly status: string;
  readonly error: string | null;
  readonly changes: readonly Change[];
}
export interface Logged {
  readonly outbox_id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: string;
  readonly outcome: string;
  readonly method: string | null;
  readonly path: string | null;
  readonly request: JsonObject | null;
  readonly status: number | null;
  readonly changes: readonly { field: string; base: Json; local: Json; remote: Json }[];
}
export interface Write {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | null;
}
export type Pushed = PushReport & { readonly exit: number };

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const parsed = (text: string | null): Json | undefined => (text === null ? undefined : JSON.parse(text));

/** A mirror of an account, and everything that can be done to and seen of both. */
export class Bench {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-push-'));
  readonly file = path.join(this.folder, 'mirror.db');
  readonly effects = restlessEffects();
  readonly wire: Wire = { most: 0, before: () => {}, after: () => {} };
  readonly sandbox: Sandbox;
  readonly account: SandboxAccount;
  readonly client: OptimizelyClient;
  /** The program's own connection. */
  readonly db: Database;
  /** Somebody's plain SQLite connection. */
  readonly plain: Database;

  constructor(sandbox: Sandbox, template?: Buffer) {
    if (template) fs.writeFileSync(this.file, template);
    this.sandbox = sandbox;
    this.account = sandbox.account;
    const transport = createTransport({
      base: sandbox.url,
      token: sandbox.token,
      auth: 'token',
      connections: 8,
    });
    this.client = new OptimizelyClient({
      transport: watched(transport, this.wire),
      effects: this.effects,
      rate: 0,
      concurrency: 8,
    });
    this.db = openMirrorFile(this.file, { create: true, relaxed: true });
    this.plain = new Sqlite(this.file);
    // Nobody pulls the plug in these tests.
    for (const db of [this.db, this.plain]) db.pragma('synchronous = OFF');
  }

  async close(): Promise<void> {
    this.plain.close();
    this.db.close();
    await this.client.close();
    await this.sandbox.close();
    fs.rmSync(this.folder, { recursive: true });
  }

  get deps(): SyncDeps {
    return { db: this.db, api: this.client.api, effects: this.effects };
  }

  pull(options: PullOptions = {}): Promise<PullReport> {
    return pull(this.deps, options);
  }

  /** Pushes, and forgets the requests before. */
  async push(options: PushOptions = {}): Promise<Pushed> {
    this.sandbox.requests.length = 0;
    const report = await push(this.deps, options);
    return { ...report, exit: pushStatus(report) };
  }

  /** An edit as any SQLite client makes it. */
  sql(text: string, ...values: unknown[]): void {
    this.plain.prepare<unknown[]>(text).run(...values);
  }

  set(resource: EntityName, id: number, fields: JsonObject): void {
    const names = Object.keys(fields);
    const cells = Object.values(fields).map((value) => {
      if (typeof value === 'boolean') return Number(value);
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
    });
    this.sql(
      `UPDATE ${resource} SET ${names.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
      ...cells,
      id,
    );
  }

  remove(resource: EntityName, id: number): void {
    this.sql(`DELETE FROM ${resource} WHERE id = ?`, id);
  }

  /** Makes one offline, and returns its temporary id. */
  make(resource: EntityName, fields: JsonObject): number {
    const cells = Object.values(fields).map((value) =>
      typeof value === 'boolean' ? Number(value) : typeof value === 'object' ? JSON.stringify(value) : value,
    );
    const names = Object.keys(fields);
    this.sql(
      `INSERT INTO ${resource} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...cells,
    );
    return this.plain
      .prepare('SELECT entity_id FROM outbox WHERE resource = ? ORDER BY id DESC LIMIT 1')
      .pluck()
      .get(resource) as number;
  }

  row(resource: EntityName, id: number): JsonObject | undefined {
    return this.plain.prepare<[number]>(`SELECT * FROM ${resource} WHERE id = ?`).get(id) as
      | JsonObject
      | undefined;
  }

  rows(text: string): JsonObject[] {
    return this.plain.prepare(text).all() as JsonObject[];
  }

  outbox(): Operation[] {
    const rows = this.plain.prepare('SELECT * FROM outbox ORDER BY id').all() as Omit<Operation, 'changes'>[];
    const changes = this.plain.prepare('SELECT * FROM outbox_changes WHERE outbox_id = ? ORDER BY rowid');
    return rows.map(({ id, resource, entity_id, op, status, error }) => ({
      id,
      resource,
      entity_id,
      op,
      status,
      error,
      changes: (changes.all(id) as Record<string, string | null>[]).map((row) => ({
        field: row.field ?? '',
        base: parsed(row.base_value ?? null),
        local: parsed(row.local_value ?? null),
        remote: parsed(row.remote_value ?? null),
      })),
    }));
  }

  /** The only operation that waits. */
  waiting(): Operation {
    const [first, ...rest] = this.outbox();
    if (!first || rest.length > 0)
      throw new Error(`one operation was expected: ${JSON.stringify(this.outbox())}`);
    return first;
  }

  log(): Logged[] {
    const rows = this.plain.prepare('SELECT * FROM push_log ORDER BY id').all() as (Omit<
      Logged,
      'changes' | 'request'
    > & {
      changes: string;
      request: string | null;
    })[];
    return rows.map(
      ({ outbox_id, resource, entity_id, op, outcome, method, path: at, status, ...texts }) => ({
        ...{ outbox_id, resource, entity_id, op, outcome, method, path: at, status },
        changes: JSON.parse(texts.changes),
        request: texts.request === null ? null : JSON.parse(texts.request),
      }),
    );
  }

  /** What was sent that could change anything, since the last push began. */
  writes(): Write[] {
    return this.sandbox.requests
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path: at, body }) => ({ method, path: at, body: body ? JSON.parse(body) : null }));
  }

  reads(): string[] {
    return this.sandbox.requests.filter(({ method }) => method === 'GET').map(({ path: at }) => at);
  }

  resolve(decision: Decision, id = this.waiting().id): void {
    resolve(this.db, id, decision, new Date(noon).toISOString());
  }

  /** Every table with everything in it. */
  dump(): Record<string, unknown[]> {
    const tables = this.plain
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      )
      .pluck()
      .all() as string[];
    return Object.fromEntries(
      tables.map((name) => [name, this.plain.prepare(`SELECT * FROM "${name}"`).all()]),
    );
  }

  /** Runs `act` while the first matching request is at the server, before it is carried out. */
  during(method: string, act: () => void, at = /./): void {
    let done = false;
    this.sandbox.faults.next({
      kind: 'reset',
      match: (request) => {
        if (!done && request.method === method && at.test(request.path)) {
          done = true;
          act();
        }
        return false;
      },
    });
  }
}

/** A sandbox around an account, and a mirror of it. */
export async function startBench(
  account: SandboxAccount,
  options: SandboxOptions & { template?: Buffer } = {},
) {
  const { template, ...rest } = options;
  const sandbox = await startSandbox({ ...rest, account });
  const bench = new Bench(sandbox, template);
  open.push(() => bench.close());
  if (!template) await bench.pull();
  return bench;
}

/** An account with one of each, and what they are called. */
export interface Small {
  readonly account: SandboxAccount;
  readonly project: number;
  readonly experiment: number;
  readonly other: number;
  readonly goal: number;
  readonly audience: number;
  readonly dimension: number;
  readonly variation: number;
  readonly schedule: number;
}

export type AccountOptions = Partial<ConstructorParameters<typeof SandboxAccount>[0]>;

export function smallAccount(options: AccountOptions = {}): Small {
  const account = new SandboxAccount({ projects: 0, now: () => noon, ...options });
  const made = (resource: EntityName, parent: number | null, body: JsonObject) =>
    account.create(resource, parent, body).id as number;
  const project = made('projects', null, { project_name: 'Shop', ip_filter: '10.0.0.1' });
  const url = 'https://shop.example/';
  const experiment = made('experiments', project, {
    description: 'Button',
    edit_url: url,
    custom_css: 'a {}',
  });
  const other = made('experiments', project, { description: 'Banner', edit_url: url });
  const audience = made('audiences', project, { name: 'Phones', description: 'small' });
  const dimension = made('dimensions', project, {
    name: 'Plan',
    client_api_name: 'plan',
    description: 'what',
  });
  const goal = made('goals', project, {
    title: 'Thanks',
    goal_type: 3,
    urls: ['https://shop.example/thanks'],
    url_match_types: [3],
    description: 'bought',
    experiment_ids: [experiment],
  });
  const [variation] = account.list('variations', experiment).map(({ id }) => id as number);
  const schedule = made('schedules', experiment, {
    start_time: '2020-01-01T08:00:00Z',
    stop_time: '2020-02-01T08:00:00Z',
  });
  if (variation === undefined) throw new Error('the experiment came without variations');
  return { account, project, experiment, other, goal, audience, dimension, variation, schedule };
}

let template: Promise<Buffer> | undefined;

/** A mirror of `smallAccount`, pulled once: the account's ids are the same each time. */
async function makeTemplate(): Promise<Buffer> {
  const sandbox = await startSandbox({ account: smallAccount().account });
  const bench = new Bench(sandbox);
  await bench.pull();
  const bytes = bench.db.serialize();
  await bench.close();
  return bytes;
}

export async function smallBench(): Promise<Bench & { readonly small: Small }> {
  template ??= makeTemplate();
  const small = smallAccount();
  const bench = await startBench(small.account, { template: await template });
  return Object.assign(bench, { small });
}

/** Pulls in full, and lists every entity in which the mirror and the API differ. */
export async function disagreements(bench: Bench): Promise<string[]> {
  const { errors } = await bench.pull({ full: true });
  const found = errors.map(({ message }) => message);
  for (const resource of entityNames) {
    const there = new Map(bench.account.list(resource).map((entity) => [entity.id as number, entity]));
    const here = bench.rows(`SELECT id FROM ${resource}`).map(({ id }) => id as number);
    for (const id of here) if (!there.has(id)) found.push(`${resource}/${id} is not on the API`);
    for (const [id, entity] of there) {
      if (!here.includes(id)) found.push(`${resource}/${id} is not in the mirror`);
      const remote = bench.plain
        .prepare<[number]>(`SELECT body FROM remote_${resource} WHERE id = ?`)
        .pluck()
        .get(id);
      if (
        remote !== undefined &&
        JSON.stringify(sorted(JSON.parse(remote as string))) !== JSON.stringify(sorted(entity))
      )
        found.push(`${resource}/${id} differs`);
    }
  }
  return found;
}

function sorted(entity: JsonObject): [string, Json][] {
  return Object.entries(entity).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Negative numbers that stand for ids, anywhere in the mirror but in the counter of temporary ids. */
export function temporaryIds(bench: Bench): string[] {
  const found: string[] = [];
  for (const [table, rows] of Object.entries(bench.dump())) {
    for (const row of rows as Record<string, unknown>[]) {
      if (row.key === 'next_temp_id') continue;
      for (const [column, cell] of Object.entries(row)) {
        const text = typeof cell === 'number' || typeof cell === 'string' ? String(cell) : '';
        if (/(?<![\w.:)-])-\d+/.test(text)) found.push(`${table}.${column}: ${text}`);
      }
    }
  }
  return found;
}
