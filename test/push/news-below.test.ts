/** What somebody else did below an experiment comes with the next pull, also where a push saw first that it changed. */
import { expect, it } from 'vitest';
import { smallBench } from './small.ts';

it.each([
  ['a new variation', { description: 'Theirs', edit: false }],
  ['a new variation, and a change of the experiment', { description: 'Theirs', edit: true }],
])('%s, seen first in the answer to our own PUT, is asked for', async (_, { description, edit }) => {
  const bench = await smallBench();
  const { account, experiment } = bench.small;
  bench.set('experiments', experiment, { description: 'ours' });
  bench.wire.before = ({ method }) => {
    if (method !== 'PUT') return;
    account.create('variations', experiment, { description });
    if (edit) account.update('experiments', experiment, { custom_js: 'theirs()' });
    bench.wire.before = () => {};
  };
  expect(await bench.push()).toMatchObject({ exit: 0 });
  const { mode } = await bench.pull();
  expect(mode).toBe('incremental');
  expect(bench.rows('SELECT description FROM variations WHERE experiment_id > 0')).toContainEqual({
    description,
  });
});

it('the last results of an experiment that we paused ourselves are asked for', async () => {
  const bench = await smallBench();
  const { account, experiment } = bench.small;
  account.update('experiments', experiment, { status: 'Running' });
  await bench.pull();
  bench.set('experiments', experiment, { status: 'Paused' });
  expect(await bench.push({ yes: true })).toMatchObject({ exit: 0 });
  bench.sandbox.requests.length = 0;
  await bench.pull();
  expect(bench.reads()).toContainEqual(expect.stringContaining(`experiments/${experiment}/stats`));
});
