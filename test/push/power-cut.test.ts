/** What a power cut takes back of a push: the last few outcomes, and no edit, nor what makes a create or delete safe. */
import fs from 'node:fs';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { DiskFile, Effects } from '../../src/effects.ts';
import { push } from '../../src/sync/push.ts';
import { disagreements } from './agreement.ts';
import { type Bench, startBench } from './bench.ts';
import { smallBench } from './small.ts';

const concurrency = 4;
const edits = 40;

/** The disk below a mirror: it has what was there when a flush that is over began, and nothing of what came after. */
class SlowDisk {
  /** The mirror and its log, as they would be found after a power cut. */
  safe: readonly [Buffer, Buffer];
  /** From the power cut on nothing reaches it. */
  hasPower = true;
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.safe = this.#now();
  }

  #now(): readonly [Buffer, Buffer] {
    const { file } = this.#bench;
    return [fs.readFileSync(file), fs.readFileSync(`${file}-wal`)];
  }

  readonly effects: Pick<Effects, 'openFile'> = {
    openFile: async (name): Promise<DiskFile> => {
      expect(name).toBe(`${this.#bench.file}-wal`);
      return { flush: () => this.#flush(), close: async () => {} };
    },
  };

  async #flush(): Promise<void> {
    const now = this.#now();
    // It takes until the push gets no further without it.
    for (let seen = -1; seen !== this.#bench.sandbox.requests.length; ) {
      seen = this.#bench.sandbox.requests.length;
      for (let round = 0; round < 3000; round++) await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.hasPower) this.safe = now;
  }

  /** Runs `act` on the mirror as a power cut would leave it now. */
  afterCut<T>(act: (db: Database) => T): T {
    const file = path.join(this.#bench.folder, 'after.db');
    const [main, log] = this.safe;
    fs.writeFileSync(file, main);
    fs.writeFileSync(`${file}-wal`, log);
    const db = new Sqlite(file);
    try {
      return act(db);
    } finally {
      db.close();
      for (const end of ['', '-wal', '-shm']) fs.rmSync(file + end, { force: true });
    }
  }
}

const count = (db: Database, table: string) =>
  db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;

/** A mirror of an account with many goals. */
async function manyGoals() {
  const bench = await smallBench();
  const { project } = bench.small;
  const goals = Array.from({ length: edits }, (_, index) => {
    const goal = { title: `Goal ${index}`, goal_type: 1, event: `goal_${index}` };
    return bench.account.create('goals', project, goal).id as number;
  });
  await bench.pull();
  return Object.assign(bench, { goals });
}

/** Pushes until the power goes, which is when so many writes have been answered. */
async function pushUntil(bench: Bench, disk: SlowDisk, answers: number): Promise<void> {
  const power = new AbortController();
  let answered = 0;
  bench.wire.after = ({ method }) => {
    if (method === 'GET' || ++answered !== answers) return;
    disk.hasPower = false;
    power.abort(new Error('the power went'));
  };
  const effects = { ...bench.effects, ...disk.effects };
  const pushed = push({ ...bench.deps, effects }, { yes: true, concurrency, signal: power.signal });
  await expect(pushed).rejects.toThrow();
}

describe.each([1, 7, 20, edits - 1])('the power goes when %i edits have been answered', (answers) => {
  it('no edit is lost, few outcomes are, and the next push finds those done', async () => {
    const bench = await manyGoals();
    for (const goal of bench.goals) bench.set('goals', goal, { title: `Ours ${goal}` });
    const disk = new SlowDisk(bench);
    await pushUntil(bench, disk, answers);
    const kept = disk.afterCut((db) => {
      expect(count(db, 'outbox') + count(db, 'push_log')).toBe(edits);
      return { bytes: db.serialize(), outcomes: count(db, 'push_log') };
    });
    const done = bench.goals.filter((goal) =>
      String(bench.account.list('goals').find(({ id }) => id === goal)?.title).startsWith('Ours'),
    ).length;
    expect(done - kept.outcomes).toBeLessThanOrEqual(4 * concurrency);
    const next = await startBench(bench.account, { template: kept.bytes });
    expect(await next.push()).toMatchObject({ exit: 0, remaining: 0 });
    const again = next.writes().length;
    expect(again).toBe(edits - done);
    expect(await disagreements(next)).toEqual([]);
  });
});

describe('what can be told only by what was written down before', () => {
  it('is on the disk before its request leaves: creates and deletes', async () => {
    const bench = await manyGoals();
    const { project } = bench.small;
    for (let index = 0; index < 6; index++)
      bench.make('audiences', { project_id: project, name: `Audience ${index}` });
    for (const goal of bench.goals.slice(0, 6)) bench.remove('goals', goal);
    const disk = new SlowDisk(bench);
    const unsafe: string[] = [];
    const seen: string[] = [];
    bench.wire.before = ({ method, path: at, body }) => {
      if (method !== 'POST' && method !== 'DELETE') return;
      seen.push(method);
      const intents = disk.afterCut((db) =>
        db.prepare('SELECT intent FROM outbox_state WHERE intent IS NOT NULL').pluck().all(),
      ) as string[];
      const isWritten = intents
        .map((text) => JSON.parse(text))
        .some(
          (intent) =>
            intent.method === method && intent.path === at && (!body || JSON.stringify(intent.body) === body),
        );
      if (!isWritten) unsafe.push(`${method} ${at} ${body}`);
    };
    const effects = { ...bench.effects, ...disk.effects };
    const { pushed } = await push({ ...bench.deps, effects }, { yes: true, concurrency });
    expect(pushed).toHaveLength(12);
    expect(seen).toHaveLength(12);
    expect(unsafe).toEqual([]);
  });
});
