/** The end of a simulated seed: the faults stop, and then the mirror has to get to the truth within a few rounds. */
import type { Random } from '../../src/sandbox/random.ts';
import type { PushOptions } from '../../src/sync/push.ts';
import type { PushReport } from '../../src/sync/report.ts';
import { decideAll, dropFailed, retryAll } from './deciding.ts';
import { Violation } from './life.ts';
import { sync } from './process.ts';
import { calm } from './rates.ts';
import { isDrained, isSound, mirrorsServer, outboxText, undecided } from './truth.ts';
import type { World } from './world.ts';

/** So many rounds of pull and push have to be enough. */
const rounds = 4;

export async function settle(world: World, random: Random): Promise<void> {
  const { server } = world;
  world.note('the faults stop');
  server.account.allow();
  server.hidden.clear();
  server.revoked = false;
  await quietRounds(world, random);
  if (retryAll(world)) await quietRounds(world, random);
  for (let i = 0; i < rounds && !isDrained(world); i++) {
    decideAll(world, random);
    await syncOnce(world, random, { yes: true });
    dropFailed(world);
  }
  if (!isDrained(world)) throw new Violation(`the outbox is not drained: ${outboxText(world)}`);
  await nothingLeftToDo(world, random);
  mirrorsServer(world);
  await verified(world, random);
  isSound(world);
}

/** After a few rounds nothing waits but what needs somebody's decision. */
async function quietRounds(world: World, random: Random): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const report = await syncOnce(world, random, {});
    if (undecided(world, report).length === 0) return;
  }
  const report = await syncOnce(world, random, {});
  const left = undecided(world, report);
  if (left.length > 0)
    throw new Violation(`no progress: these wait without a true reason: ${left.join('\n')}`);
}

async function syncOnce(world: World, random: Random, options: PushOptions): Promise<PushReport> {
  const pulled = await sync(world, random, calm, {
    kind: 'pull',
    options: { full: true, acceptDeletions: true },
  });
  if (pulled.how !== 'pulled') throw new Violation(`the pull ${pulled.how}`);
  if (pulled.report.errors.length > 0)
    throw new Violation(`the pull complains: ${JSON.stringify(pulled.report.errors)}`);
  const pushed = await sync(world, random, calm, { kind: 'push', options });
  if (pushed.how !== 'pushed') throw new Violation(`the push ${pushed.how}`);
  return pushed.report;
}

/** What the program itself says about the mirror. */
async function verified(world: World, random: Random): Promise<void> {
  const end = await sync(world, random, calm, { kind: 'verify', options: {} });
  if (end.how !== 'verified') throw new Violation(`the verification ${end.how}`);
  const { missing, extra, different, errors } = end.report;
  const found = [...missing, ...extra, ...different, ...errors];
  if (found.length > 0) throw new Violation(`verify finds: ${JSON.stringify(found)}`);
}

/** Another pull and push ask, find nothing, write nothing. */
async function nothingLeftToDo(world: World, random: Random): Promise<void> {
  const changes = () => world.outside.prepare('SELECT count(*) FROM changes').pluck().get();
  const traces = () => JSON.stringify({ writes: world.server.writes, changes: changes() });
  // The first may bring what our own last writes changed there.
  for (const last of [false, true]) {
    const before = traces();
    await syncOnce(world, random, { yes: true });
    const after = traces();
    if (after === before) return;
    if (last) throw new Violation(`another pull and push did something: ${before}, then ${after}`);
  }
}
