/** The turns of a push: whatever goes wrong in one, what is on the wire is waited for, and the disk is found or done without. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMirrorFile } from '../../src/db/open.ts';
import type { Effects } from '../../src/effects.ts';
import { push } from '../../src/sync/push.ts';
import { verify } from '../../src/sync/verify.ts';
import { systemEffects } from '../../src/system.ts';
import { type SmallBench, smallBench } from './small.ts';

const { openFile } = systemEffects;

function pushWith(bench: SmallBench, openFile: Effects['openFile'], db = bench.db) {
  const effects = { ...bench.effects, ...(openFile && { openFile }) };
  return push({ ...bench.deps, db, effects });
}

describe('a push whose caller throws', () => {
  it('ends only when what is on the wire has been answered, so that nothing is made twice', async () => {
    const bench = await smallBench();
    bench.make('audiences', { project_id: bench.small.project, name: 'Ours' });
    const held = Promise.withResolvers<void>();
    bench.wire.before = ({ method }) => (method === 'POST' ? held.promise : undefined);
    let isOver = false;
    const onProgress = () => {
      throw new Error('no such bar');
    };
    const over = bench.push({ onProgress }).finally(() => {
      isOver = true;
    });
    const refused = expect(over).rejects.toThrow('no such bar');
    for (let round = 0; round < 200; round++) await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    held.resolve();
    await refused;
    expect(bench.outbox()).toEqual([]);
    expect(await bench.push()).toMatchObject({ exit: 0 });
    expect(bench.account.list('audiences').filter(({ name }) => name === 'Ours')).toHaveLength(1);
  });
});

describe('the write-ahead log that a push brings to the disk', () => {
  it('lies beside the mirror itself, whatever path leads to it', async () => {
    const bench = await smallBench();
    const link = path.join(bench.folder, 'link', 'mirror.db');
    fs.mkdirSync(path.dirname(link));
    fs.symlinkSync(bench.file, link);
    bench.set('goals', bench.small.goal, { title: 'Ours' });
    const opened: string[] = [];
    const db = openMirrorFile(link);
    const report = await pushWith(
      bench,
      async (file) => {
        opened.push(file);
        return (openFile as NonNullable<Effects['openFile']>)(file);
      },
      db,
    );
    db.close();
    expect(report.pushed).toHaveLength(1);
    expect(opened.map((file) => fs.realpathSync(path.dirname(file)))).toEqual([
      fs.realpathSync(bench.folder),
    ]);
  });

  it('is done without where it can not be opened: each commit waits then', async () => {
    const bench = await smallBench();
    bench.set('goals', bench.small.goal, { title: 'Ours' });
    const report = await pushWith(bench, () => Promise.reject(new Error('EMFILE')));
    expect(report.pushed).toHaveLength(1);
    expect(bench.rows('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toEqual([
      { status: 'complete' },
    ]);
  });

  it('ends the push where it can not be brought there: no create leaves, and the next push sends it', async () => {
    const bench = await smallBench();
    bench.make('audiences', { project_id: bench.small.project, name: 'Ours' });
    const broken = { flush: () => Promise.reject(new Error('EIO')), close: async () => {} };
    await expect(pushWith(bench, async () => broken)).rejects.toThrow('EIO');
    expect(bench.writes()).toEqual([]);
    expect(bench.rows('SELECT status FROM sync_runs ORDER BY run_id DESC LIMIT 1')).toEqual([
      { status: 'failed' },
    ]);
    expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
    expect(bench.account.list('audiences').filter(({ name }) => name === 'Ours')).toHaveLength(1);
  });
});

it('a push that nobody lets write any more ends, and the next one finds out what was done', async () => {
  const bench = await smallBench();
  const { goal, audience } = bench.small;
  bench.set('goals', goal, { title: 'Ours' });
  bench.set('audiences', audience, { name: 'Ours' });
  bench.db.pragma('busy_timeout = 1');
  bench.wire.after = ({ method }) => {
    if (method === 'PUT' && !bench.plain.inTransaction) bench.plain.exec('BEGIN IMMEDIATE');
  };
  await expect(bench.push()).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
  bench.plain.exec('ROLLBACK');
  bench.wire.after = () => {};
  expect(await bench.push()).toMatchObject({ exit: 0, remaining: 0 });
  expect(bench.log().map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
  expect(bench.writes()).toEqual([]);
});

it.each([0, 1.5, Number.NaN])(
  'a concurrency of %d is refused by every sync, before it begins',
  async (concurrency) => {
    const bench = await smallBench();
    const runs = bench.rows('SELECT * FROM sync_runs');
    const wrong = { name: 'UsageError', message: expect.stringContaining('concurrency') };
    await expect(bench.push({ concurrency })).rejects.toMatchObject(wrong);
    await expect(bench.pull({ concurrency })).rejects.toMatchObject(wrong);
    await expect(verify(bench.deps, { concurrency })).rejects.toMatchObject(wrong);
    expect(bench.rows('SELECT * FROM sync_runs')).toEqual(runs);
  },
);
