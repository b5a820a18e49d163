/** The planner of the pull, against what the contract says in words. */

import { describe, expect, it } from 'vitest';
import { childrenOf, isEntityName, observationNames, type ResourceName } from '../../src/api/resources.ts';
import {
  chainToResume,
  dueBelow,
  isNews,
  isSuspicious,
  type KnownListing,
  otherwise,
  type ParentFacts,
  pullMode,
} from '../../src/sync/pull-plan.ts';
import fc from '../draws.ts';

const children = childrenOf('experiments');
const day = 86_400_000;

const listing: fc.Arbitrary<KnownListing> = fc
  .record({
    due: fc.boolean(),
    here: fc.boolean(),
    finishedAt: fc.option(fc.integer({ min: 0, max: 10 * day })),
  })
  // A list that is due was not finished in this chain.
  .map(({ due, here, finishedAt }) => ({
    due,
    finishedHere: here && !due && finishedAt !== null,
    finishedAt,
  }));

interface Facts extends ParentFacts {
  readonly known: Readonly<Record<string, KnownListing | undefined>>;
}

const facts: fc.Arbitrary<Facts> = fc
  .record({
    mode: fc.constantFrom('full', 'incremental'),
    received: fc.constantFrom('inserted', 'updated', 'unchanged'),
    entity: fc.record({
      status: fc.constantFrom('Not started', 'Draft', 'Running', 'Paused', 'Archived', 'Novel'),
      created: fc.constantFrom('2013-05-01T00:00:00Z', '2015-01-20T23:59:59Z', '2015-01-21T00:00:00Z', null),
    }),
    now: fc.integer({ min: 10 * day, max: 20 * day }),
    maxAge: fc.integer({ min: 0, max: 20 * day }),
    known: fc.record(
      Object.fromEntries(children.map((name) => [name, fc.option(listing, { nil: undefined })])),
    ),
  })
  .map((each) => ({ ...each, listing: (name: ResourceName) => each.known[name] }) as Facts);

const isResults = (name: ResourceName) => !isEntityName(name);
const ask = (each: ParentFacts) => dueBelow('experiments', each).ask;

/** The decision on one list, as one sentence after the other. */
function expected(name: ResourceName, { mode, received, entity, known, now, maxAge }: Facts): boolean {
  const { status, created } = entity;
  const list = known[name];
  if (isResults(name)) {
    if (status === 'Not started' || status === 'Draft') return false;
    const era = typeof created === 'string' && created < '2015-01-21' ? 'results' : 'stats';
    if (name !== era) return mode === 'incremental' && list?.due === true;
  }
  if (received === 'inserted' || received === 'updated') return true;
  if (list?.finishedHere) return false;
  if (mode === 'full' || status === 'Running') return true;
  if (list === undefined || list.finishedAt === null || list.due) return true;
  return now - list.finishedAt >= maxAge;
}

describe('the lists below an experiment', () => {
  it('are those that the contract names', () => {
    fc.assert(
      fc.property(facts, (each) => {
        expect(ask(each)).toEqual(children.filter((name) => expected(name, each)));
      }),
      { numRuns: 2000 },
    );
  });

  it('are never of both kinds of results, unless one of them is owed', () => {
    fc.assert(
      fc.property(facts, (each) => {
        const both = observationNames.every((name) => ask(each).includes(name));
        expect(both && !observationNames.some((name) => each.known[name]?.due)).toBe(false);
      }),
    );
  });

  it('are at least those of a longer age', () => {
    fc.assert(
      fc.property(facts, fc.nat(20 * day), (each, more) => {
        const longer = ask({ ...each, maxAge: each.maxAge + more });
        expect(longer.filter((name) => !ask(each).includes(name))).toEqual([]);
      }),
    );
  });

  it('are all, but for results, where the experiment is new', () => {
    fc.assert(
      fc.property(facts, (each) => {
        const lists = ask({ ...each, received: 'inserted' });
        expect(lists.filter((name) => !isResults(name))).toEqual(children.filter((name) => !isResults(name)));
      }),
    );
  });

  it('are forgotten where they were owed and are not asked for', () => {
    fc.assert(
      fc.property(facts, (each) => {
        const { ask: asked, forget } = dueBelow('experiments', each);
        for (const name of children) {
          const isOwed = each.known[name]?.due === true;
          expect(forget.includes(name)).toBe(isOwed && !asked.includes(name));
        }
      }),
    );
  });
});

describe('a project', () => {
  it('has all of its lists read', () => {
    const listing = () => undefined;
    const given = { mode: 'full', received: 'inserted', entity: {}, listing, now: 0, maxAge: 0 } as const;
    expect(dueBelow('projects', given)).toEqual({
      ask: ['audiences', 'dimensions', 'experiments', 'goals'],
      forget: [],
    });
  });
});

describe('the other kind of results', () => {
  it('is asked for by a full pull, where the first kind is empty', () => {
    for (const name of observationNames) {
      const [other] = observationNames.filter((each) => each !== name);
      expect(otherwise('full', name, 0)).toBe(other);
      expect(otherwise('full', name, 1)).toBeNull();
      expect(otherwise('incremental', name, 0)).toBeNull();
    }
  });
});

describe('a chain of runs', () => {
  it('is gone on with within an hour of an interruption, and in no other case', () => {
    const runs = fc.record({
      status: fc.constantFrom('running', 'complete', 'partial', 'interrupted', 'failed'),
      chain: fc.option(fc.nat()),
      endedAt: fc.nat(),
    });
    fc.assert(
      fc.property(
        fc.option(runs, { nil: undefined }),
        fc.integer({ min: 0, max: 2 * 3_600_000 }),
        (run, later) => {
          const chain = chainToResume(run, (run?.endedAt ?? 0) + later);
          if (run?.status === 'interrupted' && later <= 3_600_000) expect(chain).toBe(run.chain);
          else expect(chain).toBeNull();
        },
      ),
    );
  });

  it('is of a full pull where none was ever finished, or where that is asked for', () => {
    expect([
      pullMode(false, false),
      pullMode(true, true),
      pullMode(true, false),
      pullMode(false, true),
    ]).toEqual(['full', 'full', 'full', 'incremental']);
  });
});

describe('what a list lacks', () => {
  it('is believed up to a fifth, and below ten rows', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(2000), (lacking, rows) => {
        expect(isSuspicious(lacking, () => rows)).toBe(lacking >= 10 && lacking / rows > 0.2);
      }),
    );
  });
});

describe('what a pull finds', () => {
  it.each([
    ['the first time', [], 1, false],
    ['after a pull of everything', [null], 1, true],
    ['after a pull of that project', ['[1,2]'], 1, true],
    ['after a pull of another project', ['[2]', '[12]'], 1, false],
    ['of the projects themselves, after any pull', ['[2]'], null, true],
    ['of the projects themselves, the first time', [], null, false],
  ])('is news or not: %s', (_, finished, project, news) => {
    expect(isNews(finished, project)).toBe(news);
  });
});
