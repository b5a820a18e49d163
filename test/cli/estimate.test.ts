/** When long work will end: the estimate itself, and how it is shown. */
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectedLeft, remember, type Sample, timeLeft } from '../../src/cli/estimate.ts';
import { roughly } from '../../src/cli/format/words.ts';
import { createProgress, type Pace } from '../../src/cli/progress.ts';
import { createOutput } from '../../src/cli/streams.ts';

/** So many done each second, from the first second on. */
const steady = (perSecond: number, seconds: number): Sample[] =>
  Array.from({ length: seconds + 1 }, (_, second) => ({ at: second * 1000, done: second * perSecond }));

const free = { now: 0, rate: 0, pausedUntil: 0 };

describe('what is left', () => {
  test.each([
    ['what is known', { done: 10, waiting: 5 }, 5],
    [
      'as much for each project to come as for those begun',
      { done: 100, waiting: 9, parts: { begun: 1, left: 9 } },
      900,
    ],
    ['less as more projects are known', { done: 450, waiting: 55, parts: { begun: 5, left: 5 } }, 550],
    ['what is known, in the last project', { done: 900, waiting: 50, parts: { begun: 10, left: 0 } }, 50],
    [
      'what is known, before any project was begun',
      { done: 1, waiting: 10, parts: { begun: 0, left: 10 } },
      10,
    ],
    ['nothing', { done: 10, waiting: 0 }, 0],
  ])('is %s', (_name, standing, left) => {
    expect(expectedLeft(standing)).toBe(left);
  });
});

describe('the time left', () => {
  test.each([
    ['goes by the speed so far', steady(10, 10), { done: 100, waiting: 300 }, free, 30_000],
    [
      'is never faster than the rate allows',
      steady(100, 10),
      { done: 1000, waiting: 300 },
      { ...free, rate: 10 },
      30_000,
    ],
    ['is slower where the API is', steady(2, 10), { done: 20, waiting: 300 }, { ...free, rate: 10 }, 150_000],
    [
      'goes by the rate alone where too little was done',
      [],
      { done: 1, waiting: 300 },
      { ...free, rate: 10 },
      30_000,
    ],
    [
      'begins after the pause',
      steady(10, 10),
      { done: 100, waiting: 300 },
      { now: 1000, rate: 0, pausedUntil: 61_000 },
      90_000,
    ],
    [
      'is not longer for a pause that is over',
      steady(10, 10),
      { done: 100, waiting: 300 },
      { now: 9000, rate: 0, pausedUntil: 1000 },
      30_000,
    ],
    [
      'counts the projects to come',
      steady(10, 10),
      { done: 100, waiting: 9, parts: { begun: 1, left: 9 } },
      free,
      90_000,
    ],
    ['is unknown without a speed and a rate', [], { done: 1, waiting: 300 }, free, null],
    [
      'is unknown while no project is',
      steady(10, 10),
      { done: 1, waiting: 9, parts: { begun: 0, left: 9 } },
      { ...free, rate: 10 },
      null,
    ],
    ['is nothing at the end', steady(10, 10), { done: 100, waiting: 0 }, free, 0],
  ])('%s', (_name, samples, standing, limits, ms) => {
    expect(timeLeft(samples, standing, limits)).toBe(ms);
  });
});

describe('the speed', () => {
  const all = (moments: readonly Sample[]) =>
    moments.reduce<Sample[]>((kept, now) => remember(kept, now, false), []);

  test('is that of the last minute', () => {
    const slow = steady(1, 100);
    const fast = steady(50, 60).map(({ at, done }) => ({ at: at + 101_000, done: done + 101 }));
    expect(timeLeft(all([...slow, ...fast]), { done: 0, waiting: 500 }, free)).toBeCloseTo(10_000, -3);
  });

  test('is not that of a pause', () => {
    const kept = remember(all(steady(10, 10)), { at: 70_000, done: 100 }, true);
    expect(kept).toEqual([{ at: 70_000, done: 100 }]);
  });

  test('takes few samples, however often they come', () => {
    const often = Array.from({ length: 100_000 }, (_, index) => ({ at: index, done: index }));
    expect(all(often).length).toBeLessThan(300);
  });

  test('of work that does one thing in minutes is known all the same', () => {
    const rare = Array.from({ length: 10 }, (_, index) => ({ at: index * 120_000, done: index * 6 }));
    expect(timeLeft(all(rare), { done: 60, waiting: 6 }, free)).toBe(120_000);
  });
});

test.each([
  [0, '5 s'],
  [12_000, '15 s'],
  [59_000, '1 min'],
  [150_000, '3 min'],
  [3_600_000, '1 h'],
  [4_800_000, '1 h 20 min'],
])('%i ms are roughly %s', (ms, words) => {
  expect(roughly(ms)).toBe(words);
});

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function screen(isTTY: boolean) {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    });
    const output = createOutput(Object.assign(stream, isTTY ? { isTTY, columns: 200 } : {}), {
      color: false,
    });
    return { output, text: () => written.join('') };
  }
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const pace = (until = 0): Pace => ({ rate: 10, pausedUntil: () => until });

  test('elsewhere than on a terminal is a line every five seconds, with the end', async () => {
    const { output, text } = screen(false);
    const progress = await createProgress(output, 'lists', clock, pace());
    progress.update({ done: 1, waiting: 9 });
    expect(text()).toBe('');
    progress.update({ done: 50, waiting: 1250 });
    vi.advanceTimersByTime(5000);
    progress.update({ done: 100, waiting: 1209, parts: { begun: 1, left: 9 } });
    vi.advanceTimersByTime(5000);
    progress.stop();
    vi.advanceTimersByTime(60_000);
    expect(text()).toBe(
      '50 of 1,300 lists done, about 2 min left\n100 of about 13,000 lists done, about 22 min left\n',
    );
  });

  test('says how long the API asks to wait, to the second, also before anything is done', async () => {
    const { output, text } = screen(false);
    const progress = await createProgress(output, 'lists', clock, pace(Date.now() + 90_000));
    expect(text()).toBe('The API asks to wait 1 min 30 s: nothing is asked before that.\n');
    progress.update({ done: 10, waiting: 300 });
    vi.advanceTimersByTime(5000);
    expect(text()).toContain('10 of 310 lists done, the API asks to wait 1 min 25 s, about 2 min left\n');
    progress.stop();
  });

  test('on a terminal counts the wait down second by second', async () => {
    const { output, text } = screen(true);
    const progress = await createProgress(output, 'lists', clock, pace(Date.now() + 7000));
    progress.update({ done: 10, waiting: 300 });
    vi.advanceTimersByTime(3000);
    progress.stop();
    for (const left of ['7 s', '6 s', '5 s', '4 s']) expect(text()).toContain(`the API asks to wait ${left}`);
  });

  test('on a terminal is a bar with the end, and its clock goes on while nothing is done', async () => {
    const { output, text } = screen(true);
    const progress = await createProgress(output, 'lists', clock, pace());
    progress.update({ done: 10, waiting: 600 });
    vi.advanceTimersByTime(2000);
    progress.stop();
    expect(text()).toContain('10 of 610 lists');
    expect(text()).toContain('about 1 min left');
  });

  test('of work without a pace says no end that it can not know', async () => {
    const { output, text } = screen(false);
    const progress = await createProgress(output, 'rows', clock);
    progress.update({ done: 1, waiting: 9 });
    vi.advanceTimersByTime(5000);
    progress.stop();
    expect(text()).toBe('1 of 10 rows done\n');
  });
});
