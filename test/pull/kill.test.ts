/** Pulls that are killed without warning, and the lock that the operating system releases with them. */
import { describe, expect, it } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import { isLocked, takeLock } from '../../src/db/lock.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { BusyError } from '../../src/errors.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { pull } from '../../src/sync/pull.ts';
import { systemEffects } from '../../src/system.ts';
import { expectEqual } from './equal.ts';
import { startPull, until } from './processes.ts';
import { everyList, noon, temporaryFile } from './support.ts';

const kills = 30;

async function withSandbox(act: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox({ projects: 2, experimentsPerProject: 10, now: () => noon });
  try {
    await act(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** Goes on with the pull in this process; returns the lists that were finished before, and those that it asked for. */
async function goOn(file: string, sandbox: Sandbox) {
  const db = openMirrorFile(file, { relaxed: true });
  const client = new OptimizelyClient({ base: sandbox.url, token: sandbox.token, rate: 0 });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const rows = db.prepare('SELECT resource, parent_id FROM listings WHERE due = 0').all() as {
      resource: string;
      parent_id: number;
    }[];
    const finished = rows.map(({ resource, parent_id }) => {
      const above = ['variations', 'schedules', 'results', 'stats'].includes(resource)
        ? 'experiments'
        : 'projects';
      return parent_id === 0 ? resource : `${above}/${parent_id}/${resource}`;
    });
    const before = sandbox.requests.length;
    const report = await pull({ db, api: client.api, effects: systemEffects });
    expect(report).toMatchObject({ mode: 'full', status: 'complete', errors: [] });
    expectEqual(db, sandbox.account);
    return { finished, asked: sandbox.requests.slice(before).map(({ path }) => path) };
  } finally {
    await client.close();
    db.close();
  }
}

describe('kill -9 during a pull', () => {
  it(`${kills} times at random moments: the file is whole, the next pull ends equal and asks for nothing twice`, async () => {
    await withSandbox(async (sandbox) => {
      const total = everyList(sandbox).length;
      for (let turn = 0; turn < kills; turn++) {
        const file = temporaryFile(`mirror-${turn}.db`);
        const before = sandbox.requests.length;
        const moment = Math.floor(((turn * 7) % kills) * (total / kills)) + 1;
        const running = startPull(file, sandbox);
        await until(running, () => sandbox.requests.length - before >= moment);
        running.child.kill('SIGKILL');
        await running.ended;
        const answered = sandbox.requests.slice(before).map(({ path }) => path);
        const { finished, asked } = await goOn(file, sandbox);
        expect(asked.filter((list) => finished.includes(list))).toEqual([]);
        // Four may have been under way, and twice as many have come and not been applied: none of these was finished.
        expect(asked.filter((list) => answered.includes(list)).length).toBeLessThanOrEqual(12);
        expect(new Set([...answered, ...asked])).toEqual(new Set(everyList(sandbox)));
        sandbox.requests.length = 0;
      }
    });
  }, 900_000);
});

describe('the lock', () => {
  it('lets one program at a time pull, and goes with its process', async () => {
    await withSandbox(async (sandbox) => {
      const file = temporaryFile();
      sandbox.faults.latency = 60_000;
      const first = startPull(file, sandbox);
      await until(first, () => isLocked(file));
      const second = await startPull(file, sandbox).ended;
      expect(second).toMatchObject({
        code: 6,
        stderr: expect.stringContaining('another pull or push is at work'),
      });
      expect(() => takeLock(file)).toThrow(BusyError);
      first.child.kill('SIGKILL');
      await first.ended;
      expect(isLocked(file)).toBe(false);
      sandbox.faults.latency = 0;
      expect(await startPull(file, sandbox).ended).toMatchObject({ code: 0 });
    });
  });

  it('is not lost by asking for it again, or whether it is held', async () => {
    await withSandbox(async (sandbox) => {
      const file = temporaryFile();
      openMirrorFile(file, { create: true }).close();
      const lock = takeLock(file);
      expect(() => takeLock(file)).toThrow(BusyError);
      expect(isLocked(file)).toBe(true);
      // POSIX locks of a process fall with the first descriptor it closes, whichever that is.
      expect(await startPull(file, sandbox).ended).toMatchObject({ code: 6 });
      lock.release();
      expect(await startPull(file, sandbox).ended).toMatchObject({ code: 0 });
    });
  });
});
