/** A few seconds of `npm run stress`: the same processes, the same checks. */
import { expect, test } from 'vitest';
import { stress } from './stress.ts';

test('writers, readers, pulls and pushes on one mirror, with kill -9 among them: all wait, none fails, nothing is lost', async () => {
  const figures = await stress({ seconds: 5, seed: 7 });
  for (const many of Object.values(figures)) expect(many).toBeGreaterThan(0);
});
