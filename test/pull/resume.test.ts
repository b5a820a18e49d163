/** An interrupted pull is gone on with. */

import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.ts';
import type { PullOptions } from '../../src/sync/pull.ts';
import fc from '../draws.ts';
import { expectEqual } from './equal.ts';
import { everyList, hour, isPaused, Rig } from './support.ts';

/** As many as are under way at once may be asked for again. */
const underWay = 4;

/** Pulls until so many lists were taken, and then interrupts; returns what was asked for. */
async function interrupted(rig: Rig, lists: number, options: PullOptions = {}): Promise<string[]> {
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }) => void (done >= lists && stop.abort());
  await expect(rig.pull({ ...options, signal: stop.signal, onProgress })).rejects.toThrow(InterruptedError);
  return [...rig.asked];
}

const askedAgain = (before: readonly string[], now: readonly string[]) =>
  now.filter((list) => before.includes(list));
const lastRun = (rig: Rig) => rig.all('SELECT mode, status FROM sync_runs ORDER BY run_id DESC LIMIT 1');

describe('the next pull of the same kind', () => {
  it('wherever the first was stopped, asks for what is left and ends equal', async () => {
    const total = everyList(new Rig()).length;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: total - 5 }), async (lists) => {
        const rig = new Rig();
        const before = await interrupted(rig, lists);
        expect(lastRun(rig)).toEqual([{ mode: 'full', status: 'interrupted' }]);
        const report = await rig.pull();
        expect(report).toMatchObject({ mode: 'full', status: 'complete' });
        expect(askedAgain(before, rig.asked).length).toBeLessThanOrEqual(underWay);
        expect(new Set([...before, ...rig.asked])).toEqual(new Set(everyList(rig)));
        expectEqual(rig.db, rig.account);
      }),
      { numRuns: 20 },
    );
  });

  it('may itself be stopped, again and again', async () => {
    const rig = new Rig();
    const asked: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      asked.push(...(await interrupted(rig, 8)));
      rig.clock.pass(hour / 2);
    }
    await rig.pull();
    asked.push(...rig.asked);
    expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(5 * underWay);
    expectEqual(rig.db, rig.account);
  });

  it('takes up what changed meanwhile in the lists that are left', async () => {
    const rig = new Rig({ account: { projects: 4 } });
    await interrupted(rig, 10);
    const left = rig.list('projects').at(-1)?.id as number;
    for (const { id } of rig.list('experiments', left).filter(isPaused).slice(0, 1)) {
      rig.account.update('experiments', id as number, { description: 'Meanwhile' });
    }
    await rig.pull();
    expectEqual(rig.db, rig.account);
  });

  it('asks for a list that failed before the interruption', async () => {
    const rig = new Rig();
    const project = rig.some('projects').id;
    rig.account.forbid(`projects/${project}/audiences`);
    await interrupted(rig, 20);
    rig.account.allow();
    expect(await rig.pull()).toMatchObject({ status: 'complete' });
    expectEqual(rig.db, rig.account);
  });

  it('of an incremental pull goes on as well', async () => {
    const rig = new Rig();
    await rig.pull();
    const before = await interrupted(rig, 9, { maxAge: 0 });
    expect(lastRun(rig)).toEqual([{ mode: 'incremental', status: 'interrupted' }]);
    await rig.pull({ maxAge: 0 });
    expect(askedAgain(before, rig.asked).length).toBeLessThanOrEqual(underWay);
    expect(new Set([...before, ...rig.asked])).toEqual(new Set(everyList(rig)));
  });

  it('goes on although one of another kind came between', async () => {
    const rig = new Rig();
    await rig.pull();
    const before = await interrupted(rig, everyList(rig).length - 8, { full: true });
    const belowPaused = before.filter((list) => {
      const [, id] = /^experiments\/(\d+)\//.exec(list) ?? [];
      const experiment = id ? rig.account.get('experiments', Number(id)) : undefined;
      return experiment && experiment.status !== 'Running';
    });
    rig.clock.pass(hour / 2);
    await rig.pull();
    expect(lastRun(rig)).toEqual([{ mode: 'incremental', status: 'complete' }]);
    await rig.pull({ full: true });
    expect(belowPaused.length).toBeGreaterThan(20);
    expect(askedAgain(belowPaused, rig.asked).length).toBeLessThanOrEqual(underWay);
    expectEqual(rig.db, rig.account);
  });
});

describe('a pull begins afresh', () => {
  it('an hour after the interruption', async () => {
    const rig = new Rig();
    await interrupted(rig, 30);
    rig.clock.pass(hour + 1000);
    await rig.pull();
    expect(rig.asked.toSorted()).toEqual(everyList(rig));
    expectEqual(rig.db, rig.account);
  });

  it('when it is of another mode', async () => {
    const rig = new Rig();
    await rig.pull();
    await interrupted(rig, 9, { maxAge: 0 });
    await rig.pull({ full: true });
    expect(rig.asked.toSorted()).toEqual(everyList(rig));
  });

  it('when it is of other projects', async () => {
    const rig = new Rig();
    const [first = 0, second = 0] = rig.list('projects').map(({ id }) => id as number);
    await interrupted(rig, 12, { projects: [first] });
    await rig.pull({ projects: [first, second] });
    expect(rig.asked).toEqual(expect.arrayContaining(['projects', `projects/${first}/goals`]));
    await interrupted(rig, 7, { projects: [second, first] });
    await rig.pull({ projects: [first, second, first] });
    expect(rig.asked).not.toContain('projects');
  });

  it('after one that came to its end', async () => {
    const rig = new Rig();
    await rig.pull();
    await rig.pull({ full: true });
    expect(rig.asked.toSorted()).toEqual(everyList(rig));
  });
});

describe('an interruption', () => {
  it('before anything was asked asks for nothing', async () => {
    const rig = new Rig();
    await expect(rig.pull({ signal: AbortSignal.abort() })).rejects.toThrow(InterruptedError);
    expect(rig.asked).toEqual([]);
    expect(lastRun(rig)).toEqual([{ mode: 'full', status: 'interrupted' }]);
  });

  it('does not wait for a pause to be over', async () => {
    const rig = new Rig();
    const stop = new AbortController();
    rig.faults.next({ kind: 'rateLimit', times: 1, match: ({ path }) => path.endsWith('/goals') });
    rig.clock.sleep = (ms, signal) =>
      new Promise((resolve, reject) => {
        if (ms < 1000) return resolve();
        signal?.addEventListener('abort', () => reject(signal.reason));
        queueMicrotask(() => stop.abort());
      });
    await expect(rig.pull({ signal: stop.signal })).rejects.toThrow(InterruptedError);
  });

  it('a run that died without a word is closed when the next begins, at its last progress', async () => {
    const rig = new Rig();
    await interrupted(rig, 12);
    const ended = rig.one('SELECT finished_at FROM sync_runs');
    rig.db.exec("INSERT INTO sync_guard VALUES ('sync')");
    rig.db.exec("UPDATE sync_runs SET status = 'running', finished_at = NULL; DELETE FROM sync_guard");
    rig.clock.pass(hour / 2);
    await rig.pull();
    const [first] = rig.all('SELECT status, finished_at, error FROM sync_runs ORDER BY run_id');
    expect(first).toMatchObject({ status: 'interrupted', error: 'the process ended without a word' });
    expect(String(first?.finished_at) <= String(ended)).toBe(true);
    expectEqual(rig.db, rig.account);
  });
});
