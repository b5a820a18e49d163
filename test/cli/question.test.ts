/** The question before what can't be taken back, on a terminal that the test types at. */
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { edit } from '../../src/cli/commands/edit.ts';
import { pull } from '../../src/cli/commands/pull.ts';
import { push } from '../../src/cli/commands/push.ts';
import { failureOf } from '../../src/cli/failures.ts';
import { createInput } from '../../src/cli/streams.ts';
import { openReadOnly } from '../../src/db/open.ts';
import { InterruptedError } from '../../src/errors.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { catchOutput, outside, QuickClock } from './caught.ts';
import { temporaryFolder } from './support.ts';

const ctrlC = '\u0003';

/** A terminal; `onQuestion` hears when the question stands there, and types; null is the end of the input. */
function terminal(onQuestion: (type: (keys: string | null) => void) => void) {
  let shown = '';
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const screen = new Writable({
    write(chunk: Buffer, _, done) {
      const before = shown;
      shown += chunk.toString('utf8');
      if (!before.includes('[y/N] ') && shown.includes('[y/N] '))
        onQuestion((typed) => void (typed === null ? keys.end() : keys.write(typed)));
      done();
    },
  });
  const input = createInput(keys, Object.assign(screen, { isTTY: true, columns: 80 }));
  return { input, shown: () => shown };
}

const question = 'Send it? [y/N] ';

describe('a question', () => {
  test.each([
    ['an answer', 'yes\r', 'yes'],
    ['no more than Enter', '\r', ''],
    ['an input that ends', null, ''],
  ])('takes %s', async (_, typed, answer) => {
    const { input } = terminal((type) => type(typed));
    expect(await input.ask(question)).toBe(answer);
  });

  test.each([
    ['Ctrl-C', ctrlC],
    ['Ctrl-D', '\u0004'],
  ])('ends with 130 at %s, on a line of its own', async (_, key) => {
    const { input, shown } = terminal((type) => type(key));
    const error = await input.ask(question).catch((caught: unknown) => caught);
    expect(failureOf(error, false)).toEqual({
      status: 130,
      message: 'interrupted; what was finished is kept',
    });
    expect(shown().endsWith('\n')).toBe(true);
  });

  test('ends likewise where the program is told to stop', async () => {
    const stop = new AbortController();
    const { input, shown } = terminal(() => stop.abort(new InterruptedError()));
    await expect(input.ask(question, stop.signal)).rejects.toThrow(InterruptedError);
    expect(shown().endsWith('\n')).toBe(true);
  });
});

/** A pull, an edit that starts an experiment, and a push that asks about it; `typed` is the answer. */
async function pushAsked(typed: string) {
  const sandbox = await startSandbox({ projects: 1, experimentsPerProject: 8 });
  try {
    const db = path.join(temporaryFolder(), 'mirror.db');
    const { deps } = outside({ db, api: sandbox, clock: new QuickClock() });
    await pull.run({}, deps);
    const target = { where: "status = 'Paused' AND experiment_type = 'ab'" };
    await edit.run({ resource: 'experiments', target, assignments: ['status=Running'] }, deps);
    const { input } = terminal((type) => type(typed));
    const stderr = catchOutput(80).output;
    const status = await push
      .run(
        { dryRun: false, yes: false, strict: false, onConflict: 'manual' },
        { ...deps, stdin: input, stderr },
      )
      .catch((error: unknown) => failureOf(error, false).status);
    const mirror = openReadOnly(db);
    const run = mirror.prepare("SELECT status FROM sync_runs WHERE kind = 'push'").pluck().get();
    const waiting = mirror.prepare("SELECT count(*) FROM outbox WHERE status = 'pending'").pluck().get();
    mirror.close();
    const sent = sandbox.requests.filter(({ method }) => method === 'PUT').length;
    return { status, run, waiting: waiting as number, sent };
  } finally {
    await sandbox.close();
  }
}

describe('a push on a terminal', () => {
  test('sends what the person says yes to', async () => {
    const pushed = await pushAsked('y\r');
    expect(pushed).toMatchObject({ status: 0, run: 'complete', waiting: 0 });
    expect(pushed.sent).toBeGreaterThan(0);
  });

  test('holds what the person does not', async () => {
    expect(await pushAsked('n\r')).toMatchObject({ status: 3, run: 'complete', sent: 0 });
  });

  test('sends nothing at Ctrl-C, and its run is interrupted: the edits wait', async () => {
    const pushed = await pushAsked(ctrlC);
    expect(pushed).toMatchObject({ status: 130, run: 'interrupted', sent: 0 });
    expect(pushed.waiting).toBeGreaterThan(0);
  });
});
