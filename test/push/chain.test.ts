/** A chain made offline comes to exist exactly once, whatever becomes of the answers and of the process. */
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/sandbox/index.ts';
import { vendorSparseLists } from '../../src/sandbox/index.ts';
import { type Bench, startBench } from './bench.ts';
import { expectChain, expectSettled, makeChain } from './chain.ts';
import { smallAccount, smallBench } from './small.ts';

const isPost = ({ method }: { method: string }) => method === 'POST';
const posts = (bench: Bench) => bench.writes().filter(isPost);

describe('a chain made offline', () => {
  it('is created once and whole', async () => {
    const bench = await smallBench();
    makeChain(bench, 'chain');
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], failed: [], remaining: 0 });
    expect(posts(bench)).toHaveLength(7);
    expectChain(bench, 'chain');
    await expectSettled(bench);
  });

  it.each<[string, FaultKind]>([
    ['every reply to a POST is lost', 'lostReply'],
    ['every POST is carried out and answered with 503', 'unavailable'],
    ['every POST is carried out and answered with nonsense', 'garbage'],
    ['the answer to every POST is cut short', 'truncate'],
  ])('is created once and whole, though %s', async (_, kind) => {
    const bench = await smallBench();
    makeChain(bench, 'chain');
    bench.sandbox.faults.next({ kind, applied: true, times: 1000, match: isPost });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], failed: [], remaining: 0 });
    expect(posts(bench)).toHaveLength(7);
    expectChain(bench, 'chain');
    await expectSettled(bench);
  });

  it('is created once and whole, though every reply is lost and the lists leave fields out', async () => {
    const { account } = smallAccount({
      sparseLists: { ...vendorSparseLists, experiments: ['url_conditions', 'audience_ids'], goals: ['urls'] },
    });
    const bench = await startBench(account);
    makeChain(bench, 'chain');
    bench.sandbox.faults.next({ kind: 'lostReply', times: 1000, match: isPost });
    expect(await bench.push()).toMatchObject({ exit: 0, conflicts: [], failed: [], remaining: 0 });
    expectChain(bench, 'chain');
    await expectSettled(bench);
  });

  it.each<[string, FaultKind]>([
    ['every other write never arrives', 'reset'],
    ['every other write loses its answer', 'lostReply'],
    ['every other write is answered with 503', 'unavailable'],
  ])('and pushed again until it is done, though %s', async (_, kind) => {
    const bench = await smallBench();
    makeChain(bench, 'chain');
    let count = 0;
    bench.sandbox.faults.next({
      kind,
      times: 1000,
      match: ({ method }) => method !== 'GET' && ++count % 2 === 1,
    });
    for (let pushes = 0; bench.outbox().length > 0 && pushes < 20; pushes++) await bench.push();
    expectChain(bench, 'chain');
    await expectSettled(bench);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'and pushed through a storm of faults is created once and whole (seed %i)',
    async (seed) => {
      const account = smallAccount().account;
      const standing = (
        ['lostReply', 'reset', 'unavailable', 'truncate', 'garbage', 'rateLimit'] as const
      ).map((kind) => ({ kind, rate: 0.08, ...(kind === 'rateLimit' ? { retryAfter: 1 } : {}) }));
      const bench = await startBench(account);
      makeChain(bench, 'one');
      makeChain(bench, 'two');
      const { Faults } = await import('../../src/sandbox/index.ts');
      const faults = new Faults({ seed, standing });
      bench.sandbox.faults.strike = (request) => faults.strike(request);
      for (let pushes = 0; bench.outbox().length > 0 && pushes < 50; pushes++) await bench.push();
      bench.sandbox.faults.strike = () => undefined;
      for (const name of ['one', 'two']) expectChain(bench, name);
      await expectSettled(bench);
    },
  );
});

/** Compiled once for all of the processes. */
const compiled = path.join(os.tmpdir(), 'optimirror-compiled');
const pusher = fileURLToPath(new URL('./pusher.ts', import.meta.url));

/** Pushes in a process of its own, which is killed at its so-manieth request; says whether it was. */
async function pushKilled({ sandbox, file }: Bench, at: number, arrives: boolean): Promise<boolean> {
  const child = spawn(process.execPath, [pusher, file, sandbox.url, sandbox.token], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compiled },
  });
  let seen = 0;
  sandbox.faults.next({
    kind: arrives ? 'lostReply' : 'reset',
    times: 1000,
    match: () => {
      seen++;
      if (seen === at) child.kill('SIGKILL');
      // What was under way beside it arrives or not as well.
      return seen >= at;
    },
  });
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  sandbox.faults.clear();
  return signal === 'SIGKILL';
}

describe('a process that is killed while it pushes', () => {
  /** Numbers that look like chance and are the same each time. */
  function chance(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
  }

  it('thirty times over leaves each of a chain exactly once, and no temporary id', {
    timeout: 900_000,
  }, async () => {
    const bench = await smallBench();
    const pick = chance(20161010);
    const names: string[] = [];
    let kills = 0;
    while (kills < 30) {
      if (bench.outbox().length === 0) {
        names.push(`chain${names.length}`);
        makeChain(bench, names.at(-1) ?? '');
      }
      if (await pushKilled(bench, 1 + pick(12), pick(3) > 0)) kills++;
    }
    for (let pushes = 0; bench.outbox().length > 0 && pushes < 20; pushes++) await bench.push();
    for (const name of names) expectChain(bench, name);
    await expectSettled(bench);
    expect(names.length).toBeGreaterThan(2);
  });
});
