/** What every rule of the sandbox works on: the entities, the time, the ids still to be given, and the settings. */
import { SandboxClock } from './clock.ts';
import type { AccountOptions, SparseLists } from './options.ts';
import { between, type Random, seededRandom } from './random.ts';
import type { Runs } from './runs.ts';
import { Store } from './store.ts';

export interface World {
  readonly store: Store;
  readonly clock: SandboxClock;
  readonly runs: Runs;
  readonly seed: number;
  readonly accountId: number;
  /** Chance for what the server makes up in live requests. */
  readonly random: Random;
  /** The next free id. */
  newId(): number;
  /** Whether a change that an entity sees through another one's edit bumps its `last_modified`. */
  readonly bumpsReferrers: boolean;
  /** How many audiences and dimensions may segment results. */
  readonly segmentationLimit: number;
  readonly sparseLists: SparseLists;
  readonly useAliases: boolean;
}

/** Many ids of a real account are above 2^31, and so are all but the first few of these. */
const firstId = 2 ** 31 - 2000;

export function createWorld(options: AccountOptions): World {
  const seed = options.seed ?? 1;
  const random = seededRandom(seed);
  let lastId = firstId;
  return {
    store: new Store(),
    clock: new SandboxClock(options.now),
    runs: new Map(),
    seed,
    accountId: between(random, 100_000_000, 900_000_000),
    random,
    newId: () => {
      lastId += between(random, 1, 997);
      return lastId;
    },
    bumpsReferrers: options.bumpsReferrers ?? false,
    segmentationLimit: options.segmentationLimit ?? 10,
    sparseLists: options.sparseLists ?? {},
    useAliases: options.useAliases ?? false,
  };
}

/** A made-up word, as the API has in links and tokens. */
export function secret(random: Random): string {
  return Math.floor(random() * 36 ** 8)
    .toString(36)
    .padStart(8, '0');
}
