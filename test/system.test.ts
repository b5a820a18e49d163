/** The real clock: what it promises to those who sleep. */
import { expect, it } from 'vitest';
import { systemEffects } from '../src/system.ts';

const { clock, random } = systemEffects;

it('a sleep rejects with the signal’s own reason, at once', async () => {
  const stop = new AbortController();
  const reason = new Error('Ctrl-C');
  const asleep = clock.sleep(2 ** 40, stop.signal);
  stop.abort(reason);
  await expect(asleep).rejects.toBe(reason);
  await expect(clock.sleep(5, stop.signal)).rejects.toBe(reason);
});

it('a sleep of nothing, or less, ends', async () => {
  await clock.sleep(0);
  await clock.sleep(-5);
  await clock.sleep(0.2);
});

it('the moment and the dice are real', () => {
  expect(clock.now()).toBeGreaterThan(Date.UTC(2020, 0));
  expect(random()).toBeLessThan(1);
});
