/** `optimirror watch`: a line a pull, whatever happens, and what `status` says of it meanwhile. */
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watch } from '../../src/cli/commands/watch.ts';
import { isLocked, isWatched, type Lock, takeLock } from '../../src/db/lock.ts';
import { InterruptedError } from '../../src/errors.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';
import { nowhere, type Outside, outside, QuickClock } from './caught.ts';
import { createWorld, onceSaid, temporaryFolder } from './support.ts';

const every = 15 * 60_000;
let sandbox: Sandbox;
let db: string;
let clock: QuickClock;

beforeEach(async () => {
  clock = new QuickClock();
  sandbox = await startSandbox({ projects: 1, experimentsPerProject: 3, now: () => Date.UTC(2026, 0, 1) });
  db = path.join(temporaryFolder(), 'mirror.db');
});
afterEach(() => sandbox.close());

/** Watches through so many pauses between two pulls, with something to do in each; then it is interrupted. */
async function watching(
  inPauses: readonly (() => void | Promise<void>)[],
  world: Outside,
): Promise<string[]> {
  const left = [...inPauses];
  clock.onSleep = async (ms) => {
    // Shorter ones are the network's: attempts that follow each other.
    if (ms < every / 2) return;
    const next = left.shift();
    if (next) await next();
    else world.interrupt();
  };
  const run = watch.run({ every, pull: {} }, world.deps);
  await expect(run).rejects.toThrow(InterruptedError);
  return world.stdout.text().trimEnd().split('\n');
}

function anExperiment(): number {
  const mirror = new Sqlite(db, { readonly: true });
  const id = mirror
    .prepare("SELECT id FROM experiments WHERE experiment_type = 'ab'")
    .pluck()
    .get() as number;
  mirror.close();
  return id;
}

describe('watch', () => {
  test('says in one line what each pull brought, and lets others work in between', async () => {
    const lines = await watching(
      [
        () => {
          expect({ locked: isLocked(db), watched: isWatched(db) }).toEqual({ locked: false, watched: true });
        },
        () => {
          sandbox.account.update('experiments', anExperiment(), { description: 'Renamed' });
        },
        () => {},
      ],
      outside({ db, api: sandbox, clock }),
    );
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(
      /^2026-01-01T00:00:00Z {2}pull 1: projects 1 new; .*experiments 3 new.*\(\d+ requests, /,
    );
    expect(lines[1]).toMatch(/^2026-01-01T00:15:00Z {2}pull 2: nothing changed \(/);
    expect(lines[2]).toMatch(/^2026-01-01T00:30:00Z {2}pull 3: experiments 1 changed \(/);
    expect(isWatched(db)).toBe(false);
  });

  test('survives the loss of the network, and goes on when it is back', async () => {
    const { url, token } = sandbox;
    const api = { url, token };
    const world = outside({ db, api, clock });
    const lines = await watching(
      [() => void Object.assign(api, { url: nowhere.url }), () => void Object.assign(api, { url }), () => {}],
      world,
    );
    const { host } = nowhere;
    expect(lines[1]).toContain(
      `pull 2: the API could not be reached: GET projects: ${host} refuses connections (6 requests, `,
    );
    expect(world.stderr.text()).toContain(`GET projects: ${host} refuses connections, trying again in `);
    expect(lines[2]).toMatch(/pull 3: nothing changed \(\d+ requests, [^)]*\)$/);
  });

  test('waits where another one is at work, and says so once', async () => {
    const world = outside({ db, api: sandbox, clock });
    let other: Lock | undefined;
    let attempts = 0;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms, signal) => {
      if (other && ++attempts === 3) {
        other.release();
        other = undefined;
      }
      return sleep(ms, signal);
    };
    const lines = await watching(
      [
        () => {
          other = takeLock(db);
          attempts = -1;
        },
      ],
      world,
    );
    expect(lines[1]).toMatch(/another pull or push is at work: waiting/);
    expect(lines[2]).toMatch(/pull 2: /);
    expect(lines).toHaveLength(3);
  });

  test('survives a token that is refused later, but not at the start', async () => {
    const api = { url: sandbox.url, token: sandbox.token };
    const lines = await watching(
      [
        () => {
          api.token = 'refused';
        },
        () => {
          api.token = sandbox.token;
        },
      ],
      outside({ db, api, clock }),
    );
    expect(lines[1]).toMatch(/no pull: the API refused the token/);
    expect(lines[2]).toMatch(/pull 3: /);
    const { deps } = outside({ db, api: { ...api, token: 'refused' }, clock });
    await expect(watch.run({ every, pull: {} }, deps)).rejects.toMatchObject({ exit: 5 });
  });

  test('writes a line of JSON for each pull with --json', async () => {
    const lines = await watching([() => {}], outside({ db, api: sandbox, clock, json: true }));
    const reports = lines.map((line) => JSON.parse(line) as object);
    expect(reports).toMatchObject([
      {
        at: expect.stringMatching(/^2026-01-01T00:00:00/),
        run_id: 1,
        mode: 'full',
        status: 'complete',
        errors: [],
      },
      {
        at: expect.stringMatching(/^2026-01-01T00:15:00/),
        run_id: 2,
        mode: 'incremental',
        status: 'complete',
      },
    ]);
  });
});

describe('the program', () => {
  test('watches until Ctrl-C, ends with 130, and status knows it', async () => {
    const world = await createWorld({ projects: 1, experimentsPerProject: 2 });
    const began = Date.now();
    const status = () => world.json<Record<string, unknown>>(0, 'status');
    let during: Promise<unknown> | undefined;
    const meanwhile = async () => {
      // The line comes a moment before the pull lets go of the mirror.
      await expect.poll(status, { timeout: 120_000 }).toMatchObject({ watching: true, at_work: false });
      return world.optimirror('watch');
    };
    const result = await world.with(
      {
        onStart: (child) =>
          onceSaid(child.stdout, /pull 1: .*\n/, () => {
            during = meanwhile().finally(() => child.kill('SIGINT'));
          }),
      },
      ...['watch', '--every', '1h'],
    );
    expect(result.status).toBe(130);
    expect(result.stdout).toMatch(/^\S+Z {2}pull 1: .*\n$/);
    expect(await during).toMatchObject({ status: 6, stdout: '' });
    const after = await status();
    expect(after).toMatchObject({ watching: false, at_work: false });
    expect(after.age_ms).toBeLessThanOrEqual(Date.now() - began);
  });

  test.each([
    ['no time', ['--every', '15'], /--every is a time such as/],
    ['no pause at all', ['--every', '0'], /a second at least/],
  ])('refuses %s with 2', async (_, args, says) => {
    const world = await createWorld({ projects: 1, experimentsPerProject: 1 });
    const result = await world.optimirror('watch', ...args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(says);
  });
});
