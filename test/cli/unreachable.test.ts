/** What is said where the API can't be reached, or stumbles: while it is tried again, and at the end. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ConnectionEvent } from '../../src/api/events.ts';
import { pull } from '../../src/cli/commands/pull.ts';
import { verify } from '../../src/cli/commands/verify.ts';
import { sayRetries } from '../../src/cli/retries.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { catchOutput, nowhere, type Outside, outside, QuickClock } from './caught.ts';
import { first, onceSaid, pulledWorld, temporaryFolder } from './support.ts';

const { host } = nowhere;

function nobodyThere(json = false): Outside {
  const db = path.join(temporaryFolder(), 'mirror.db');
  return outside({ db, api: nowhere, clock: new QuickClock(), json });
}

describe('a pull where nobody answers', () => {
  test('says that it tries again, and at the end that nothing could be read, without a table of zeros', async () => {
    const { deps, stdout, stderr } = nobodyThere();
    expect(await pull.run({}, deps)).toBe(4);
    expect(stderr.text().split('\n')).toEqual([
      `GET projects: ${host} refuses connections, trying again in 625 ms (1 of 5)`,
      `GET projects: ${host} refuses connections, trying again in 1.3 s (2 of 5)`,
      `GET projects: ${host} refuses connections, trying again in 2.5 s (3 of 5)`,
      `GET projects: ${host} refuses connections, trying again in 5.0 s (4 of 5)`,
      `GET projects: ${host} refuses connections, trying again in 10.0 s (5 of 5)`,
      '',
    ]);
    expect(stdout.text().split('\n')).toEqual([
      'Full pull 1 failed in 19.4 s, with 6 requests, 5 of them repeated: the API could not be reached.',
      `  GET projects: ${host} refuses connections`,
      'The mirror is as it was; the next pull tries again.',
      '',
    ]);
  });

  test('keeps the promised shape with --json', async () => {
    const { deps, stdout } = nobodyThere(true);
    expect(await pull.run({}, deps)).toBe(4);
    const message = `GET projects: ${host} refuses connections`;
    expect(JSON.parse(stdout.text())).toMatchObject({
      status: 'partial',
      requests: 6,
      errors: [{ resource: 'projects', parent_id: null, status: null, message }],
    });
  });

  test('says so as a program while it tries, and can be interrupted meanwhile', async () => {
    const world = await pulledWorld();
    const result = await world.with(
      {
        env: { OPTIMIZELY_API_BASE: nowhere.url },
        onStart: (child) =>
          onceSaid(child.stderr, /refuses connections, trying again/, () => child.kill('SIGINT')),
      },
      'pull',
    );
    expect(result).toMatchObject({ status: 130, stdout: '' });
    expect(await first(world, 'SELECT count(*) AS many FROM projects')).toEqual({ many: 2 });
  });
});

test('a pull that only gets 500 says that nothing could be read, and why', async () => {
  const sandbox = await startSandbox({ projects: 1, experimentsPerProject: 1 });
  try {
    sandbox.faults.next({ kind: 'unavailable', status: 500, times: 6 });
    const db = path.join(temporaryFolder(), 'mirror.db');
    const { deps, stdout, stderr } = outside({ db, api: sandbox, clock: new QuickClock() });
    expect(await pull.run({}, deps)).toBe(4);
    expect(stderr.text()).toContain('GET projects: the API answered 500, trying again in 625 ms (1 of 5)');
    expect(stdout.text()).toMatch(/: nothing could be read\.\n {2}GET projects: 500 /);
  } finally {
    await sandbox.close();
  }
});

test('a verification where nobody answers does not say that nothing differs', async () => {
  const { deps, stdout } = nobodyThere();
  await pull.run({}, deps);
  expect(await verify.run({}, deps)).toBe(4);
  expect(stdout.text()).toContain('0 records compared, nothing could be read; ');
  expect(stdout.text()).not.toContain('nothing differs');
});

describe('a line about a repetition', () => {
  const retry = (reason: string, repetition: number | null, path = 'goals/1'): ConnectionEvent => ({
    ...{ method: 'GET', path, attempt: 1 },
    ...{ kind: 'retry', ms: 2000, reason, repetition },
  });

  test('counts the repetitions of one request for all that are in the same trouble', async () => {
    const { output, text } = catchOutput();
    const clock = new QuickClock();
    const listen = sayRetries(output, clock);
    for (const repetition of [1, 2]) {
      for (const path of ['goals/1', 'goals/2', 'goals/3']) listen(retry('busy', repetition, path));
      listen(retry('cut short', repetition, 'goals/4'));
      await clock.sleep(2000);
    }
    expect(text().trimEnd().split('\n')).toEqual([
      'GET goals/1: busy, trying again in 2.0 s (1 of 5)',
      'GET goals/4: cut short, trying again in 2.0 s (1 of 5)',
      'GET goals/1: busy, trying again in 2.0 s (2 of 5); so are 2 other requests',
      'GET goals/4: cut short, trying again in 2.0 s (2 of 5)',
    ]);
  });

  test('is about another request when the first one has had its answer', async () => {
    const { output, text } = catchOutput();
    const clock = new QuickClock();
    const listen = sayRetries(output, clock);
    listen(retry('busy', 1));
    listen(retry('busy', 1, 'goals/2'));
    await clock.sleep(5001);
    listen(retry('busy', 2, 'goals/2'));
    expect(text()).toMatch(/^GET goals\/1: .*\(1 of 5\)\nGET goals\/2: .*\(2 of 5\)\n$/);
  });

  test('is left out after a 429, which the progress tells', () => {
    const { output, text } = catchOutput();
    sayRetries(output, new QuickClock())(retry('the API answered 429', null));
    expect(text()).toBe('');
  });

  test('takes the place of a bar on a terminal', () => {
    const { output, text } = catchOutput(80);
    sayRetries(output, new QuickClock())(retry('busy', 1));
    expect(text()).toBe('\r\u001b[KGET goals/1: busy, trying again in 2.0 s (1 of 5)\n');
  });
});
