/** Runs one seed: draws its rates and its steps, carries them out, and says what was wrong, if anything. */
import { between, hashOf, pick, type Random, seededRandom } from '../../src/sandbox/random.ts';
import { settle } from './ending.ts';
import { type Task, Violation } from './life.ts';
import { byHand, changeRights, sync } from './process.ts';
import { drawRates, type Rates } from './rates.ts';
import { returnMachine } from './reuse.ts';
import { World } from './world.ts';

/** One thing that is done; its own seed decides all of it, so that leaving others out changes little about it. */
export interface Step {
  readonly kind: 'pull' | 'push' | 'verify' | 'user' | 'colleague' | 'rights' | 'time';
  readonly seed: number;
}

/** All that a seed stands for. A shrunk script has fewer steps, and fewer rates that are not 0. */
export interface Script {
  readonly seed: number;
  readonly rates: Rates;
  readonly steps: readonly Step[];
}

export interface Outcome {
  readonly script: Script;
  readonly wrong: string | null;
  readonly trace: readonly string[];
  readonly tally: Readonly<Record<string, number>>;
}

export function scriptOf(seed: number): Script {
  const random = seededRandom(hashOf(seed, 'script'));
  const rates = drawRates(random);
  const often = ['pull', 'push', 'push', 'user', 'user', 'user', 'user', 'colleague'] as const;
  const kinds: Step['kind'][] = [...often, ...often, 'rights', 'rights', 'time', 'time', 'verify'];
  const steps = Array.from({ length: between(random, 3, pick(random, [5, 8, 12])) }, (_, index): Step => {
    const kind = index === 0 ? 'pull' : pick(random, kinds);
    return { kind, seed: hashOf(seed, 'step', index) };
  });
  return { seed, rates, steps };
}

export async function simulate(script: Script): Promise<Outcome> {
  const world = new World(seededRandom(hashOf(script.seed, 'world')));
  const outcome = (wrong: string | null): Outcome => ({
    script,
    wrong,
    trace: world.trace,
    tally: world.tally,
  });
  let sound = false;
  try {
    for (const step of script.steps) {
      await take(world, script.rates, step);
      world.check();
    }
    await settle(world, seededRandom(hashOf(script.seed, 'ending')));
    sound = true;
    return outcome(null);
  } catch (error) {
    return outcome(error instanceof Violation ? error.message : ((error as Error).stack ?? String(error)));
  } finally {
    returnMachine(world.machine, { sound });
  }
}

async function take(world: World, rates: Rates, { kind, seed }: Step): Promise<void> {
  const random = seededRandom(seed);
  switch (kind) {
    case 'user':
      return byHand(world, random);
    case 'colleague':
      return world.colleague.act(random);
    case 'rights':
      return rates.permission > 0 ? changeRights(world, random) : undefined;
    case 'time':
      world.schedule.now += between(random, 1, 30) * 3_600_000;
      return undefined;
    default:
      world.server.revoked = rates.revoked > 0 && random() < rates.revoked * 5;
      if (world.server.revoked) world.strike('the token is revoked', 'token revoked');
      await sync(world, random, rates, taskOf(world, kind, random));
      world.server.revoked = false;
      return undefined;
  }
}

function taskOf(world: World, kind: Task['kind'], random: Random): Task {
  const acceptDeletions = random() < 0.2;
  if (kind === 'verify') return { kind, options: { repair: random() < 0.7, acceptDeletions } };
  if (kind === 'pull') {
    const projects = world.server.account
      .list('projects')
      .flatMap(({ id }) => (random() < 0.5 ? [id as number] : []));
    const maxAge = pick(random, [0, 3_600_000, 86_400_000]);
    const selected = random() < 0.15 && projects.length > 0 ? { projects } : {};
    return { kind, options: { full: random() < 0.3, acceptDeletions, maxAge, ...selected } };
  }
  const onConflict = pick(random, ['manual', 'manual', 'manual', 'ours', 'theirs'] as const);
  return {
    kind,
    options: { yes: random() < 0.5, strict: random() < 0.1, dryRun: random() < 0.05, onConflict },
  };
}
