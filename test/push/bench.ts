/** What the tests of the push share: a sandbox on loopback, a mirror of it, somebody's plain connection to that mirror. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { JsonObject } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';
import { createTransport } from '../../src/api/undici-transport.ts';
import { pushStatus } from '../../src/cli/commands/push.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import {
  type Sandbox,
  type SandboxAccount,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/index.ts';
import { type PullOptions, pull, type SyncDeps } from '../../src/sync/pull.ts';
import { type PushOptions, push } from '../../src/sync/push.ts';
import type { PullReport, PushReport } from '../../src/sync/report.ts';
import { type Decision, resolve } from '../../src/sync/resolve.ts';
import { dumpOf, type Logged, logSeen, type Operation, outboxSeen, type Write } from './seen.ts';
import { noon, restlessEffects, type Wire, watched } from './wire.ts';

export type Pushed = PushReport & { readonly exit: number };

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

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
    return outboxSeen(this.plain);
  }

  /** The only operation that waits. */
  waiting(): Operation {
    const [first, ...rest] = this.outbox();
    if (!first || rest.length > 0)
      throw new Error(`one operation was expected: ${JSON.stringify(this.outbox())}`);
    return first;
  }

  log(): Logged[] {
    return logSeen(this.plain);
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
    return dumpOf(this.plain);
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
