/** A mirror that no pull has finished says so to whoever reads it. */
import { expect, it } from 'vitest';
import { openReading } from '../../src/cli/reading.ts';
import { createOutput } from '../../src/cli/streams.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { finishRun, startRun } from '../../src/db/runs.ts';
import { guarded } from '../../src/db/transaction.ts';
import { systemEffects } from '../../src/system.ts';
import { temporaryFile } from '../pull/support.ts';

it.each([
  ['interrupted', 1],
  ['complete', 0],
] as const)('after a first pull that ended as %s', async (status, hints) => {
  const file = temporaryFile();
  const db = openMirrorFile(file, { create: true });
  const now = '2016-06-10T12:00:00.000Z';
  guarded<void>(db, () => {
    const run = startRun(db, { kind: 'pull', mode: 'full', now });
    finishRun(db, run, { status, now, requests: 1, retries: 0, error: null });
  });
  db.close();
  const said: string[] = [];
  const line = async (text = '') => void said.push(text);
  const stderr = { ...createOutput(process.stderr, { color: false }), line };
  const settings = {
    db: file,
    apiBase: '',
    auth: 'token',
    concurrency: 4,
    rate: 0,
    token: () => '',
  } as const;
  const reading = await openReading({ settings, effects: systemEffects, stderr }, undefined);
  reading.db.close();
  expect(said.filter((text) => /not complete/.test(text))).toHaveLength(hints);
});
