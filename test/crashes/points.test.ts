/** Every crash point of docs/protocol.md, by its own words: what is left, and what the next program does. */

import { describe, expect, test } from 'vitest';
import { migrationsIn, ownMigrations } from '../../src/db/migrations.ts';
import { deathAt, diedAfter, indexOf, look, type Played, played, recover, values } from './deaths.ts';

const hourMs = 3_600_000;
const writing = /^send (PUT|POST|DELETE) /;
const writes = (sent: readonly string[]) => sent.filter((each) => !each.startsWith('GET '));
/** The last commit is the one that says how the run ended. */
const lastCommit = (of: Played) => indexOf(of, /^commit$/, 'last');

/** The lists that were read to their end, as they are asked for, and those that are due. */
const lists = (due: 0 | 1) => `SELECT 'GET ' || CASE
  WHEN parent_id = 0 THEN '' WHEN resource IN ('variations', 'schedules', 'results', 'stats') THEN 'experiments/' || parent_id || '/'
  ELSE 'projects/' || parent_id || '/' END || resource FROM listings WHERE due = ${due}`;

describe('opening', () => {
  test('O1. inside the transaction that migrates', async () => {
    const made = await played('making a mirror in an empty file');
    const death = deathAt(made, indexOf(made, /^commit$/));
    expect(values(made, death, 'SELECT count(*) FROM sqlite_schema')).toEqual([0]);
    const old = await played('migrating a mirror from before 0001_own_changes, with an edit that waits');
    const within = deathAt(old, indexOf(old, /^commit$/));
    expect(look(old, within, (db) => db.pragma('user_version', { simple: true }))).toBe(1);
    expect(values(old, within, 'SELECT op FROM outbox')).toEqual(['update']);
    await recover(old, within, ({ query, sent }) => {
      expect(query('PRAGMA user_version')).toEqual([migrationsIn(ownMigrations).tags.length]);
      expect(writes(sent)).toHaveLength(1);
    });
  });

  test('O2. after it, before anything else', async () => {
    const made = await played('making a mirror');
    const death = deathAt(made, indexOf(made, /^committed$/));
    expect(values(made, death, "SELECT count(*) > 50 FROM sqlite_schema WHERE type = 'trigger'")).toEqual([
      1,
    ]);
    expect(values(made, death, 'SELECT count(*) FROM sync_runs')).toEqual([0]);
    await recover(made, death, ({ query }) => {
      expect(query('PRAGMA journal_mode')).toEqual(['wal']);
      expect(query('SELECT status FROM sync_runs')).toEqual(['complete']);
    });
  });
});

describe('capture', () => {
  const edit = "UPDATE goals SET title = 'half' WHERE title = 'Click'";

  test("C1. inside the writer's transaction", async () => {
    const of = await played('a pull that finds nothing new');
    const half = diedAfter(of, (db) => db.exec(`BEGIN; ${edit}`));
    expect(values(of, half, "SELECT title FROM goals WHERE title = 'half'")).toEqual([]);
    expect(values(of, half, 'SELECT id FROM outbox')).toEqual([]);
  });

  test('C2. after it', async () => {
    const of = await played('a pull that finds nothing new');
    const whole = diedAfter(of, (db) => db.exec(edit));
    expect(values(of, whole, "SELECT title FROM goals WHERE title = 'half'")).toEqual(['half']);
    expect(values(of, whole, 'SELECT op FROM outbox')).toEqual(['update']);
  });
});

describe('pull', () => {
  test('P1. before 3 commits', async () => {
    const of = await played('the first pull of an account');
    const death = deathAt(of, indexOf(of, /^commit$/));
    expect(values(of, death, 'SELECT run_id FROM sync_runs')).toEqual([]);
    await recover(of, death, ({ query }) =>
      expect(query('SELECT status FROM sync_runs')).toEqual(['complete']),
    );
  });

  test('P2. between two listings', async () => {
    const of = await played('the first pull of two projects');
    const death = deathAt(of, indexOf(of, /^send GET experiments\/\d+\/schedules/));
    const [read, due] = [values(of, death, lists(0)), values(of, death, lists(1))] as [string[], string[]];
    expect(read.length).toBeGreaterThan(4);
    expect(due.length).toBeGreaterThan(0);
    await recover(of, death, ({ sent }) => {
      expect(sent).toEqual(expect.arrayContaining(due));
      expect(sent.filter((each) => read.includes(each))).toEqual([]);
    });
    const later = { ...death, now: death.now + 2 * hourMs };
    await recover(of, later, ({ sent }) => expect(sent).toEqual(expect.arrayContaining([...read, ...due])));
  });

  test('P3. inside 7', async () => {
    const of = await played('the first pull of an account');
    const death = deathAt(of, indexOf(of, /^reply GET projects$/) + 1);
    expect(of.effects[indexOf(of, /^reply GET projects$/) + 1]).toBe('commit');
    expect(values(of, death, 'SELECT id FROM projects')).toEqual([]);
    expect(values(of, death, lists(0))).toEqual([]);
    await recover(of, death, ({ sent }) => expect(sent).toContain('GET projects'));
  });

  test('P4. after 7 of an experiments list, before 8', async () => {
    const of = await played('the first pull of an account');
    const death = deathAt(of, indexOf(of, /^send GET experiments\//));
    const due = values(of, death, lists(1)) as string[];
    expect(due.length).toBeGreaterThan(0);
    await recover(of, death, ({ sent }) => expect(sent.toSorted()).toEqual(due.toSorted()));
  });

  test('P5. before 9', async () => {
    const of = await played('the first pull of an account');
    const death = deathAt(of, lastCommit(of));
    expect(values(of, death, 'SELECT status FROM sync_runs')).toEqual(['running']);
    await recover(of, death, ({ query }) =>
      expect(query('SELECT status FROM sync_runs')).toEqual(['interrupted', 'complete']),
    );
  });
});

/** One push of each operation. */
const pushes = [
  'a push that updates one of the goals',
  'a push that creates one of the goals',
  'a push that deletes one of the goals',
];
const intents = "SELECT json_extract(intent, '$.op') FROM outbox_state WHERE intent IS NOT NULL";

/** The same for a push of each operation, with the number of the effect that sends it. */
async function forEachPush(check: (of: Played, send: number) => Promise<void>): Promise<void> {
  for (const name of pushes) {
    const of = await played(name);
    await check(of, indexOf(of, writing));
  }
}

describe('push', () => {
  test('S1. before 7.1 commits', () =>
    forEachPush(async (of, send) => {
      const death = deathAt(of, send - 2);
      expect(of.effects.slice(send - 2, send)).toEqual(['commit', 'committed']);
      expect(values(of, death, 'SELECT status FROM outbox')).toEqual(['pending']);
      expect(values(of, death, intents)).toEqual([]);
      await recover(of, death, ({ sent }) => expect(writes(sent)).toHaveLength(1));
    }));

  test('S2. after 7.1, before the request leaves', () =>
    forEachPush(async (of, send) => {
      const death = deathAt(of, send);
      expect(values(of, death, intents)).toHaveLength(1);
      expect(death.deeds).toEqual(of.prepared.deeds);
      await recover(of, death, ({ sent }) => expect(writes(sent)).toHaveLength(1));
    }));

  test('S3. after the API carried it out, before the answer', () =>
    forEachPush(async (of, send) => {
      const death = deathAt(of, send + 1);
      expect(of.effects[send + 1]).toMatch(/^reply /);
      expect(values(of, death, intents)).toHaveLength(1);
      expect(death.deeds).toHaveLength(of.prepared.deeds.length + 1);
      await expectRecognised(of, send + 1);
    }));

  test('S4. after the answer, before 7.3 commits', () =>
    forEachPush(async (of, send) => {
      expect(deathAt(of, send + 2)).toBe(deathAt(of, send + 1));
    }));

  test('S5. inside 7.3', () =>
    forEachPush(async (of, send) => {
      expect(of.effects[send + 2]).toBe('commit');
      expect(values(of, deathAt(of, send + 2), intents)).toHaveLength(1);
      await expectRecognised(of, send + 2);
    }));

  const chain = 'a push of an experiment with one variation and a schedule';

  test('S6. after 7.3 of a create, before 8', async () => {
    const of = await played(chain);
    const death = deathAt(of, indexOf(of, /^send GET experiments\/\d+\/variations/));
    expect(values(of, death, 'SELECT id FROM variations WHERE experiment_id < 0')).toEqual([]);
    expect(values(of, death, "SELECT key FROM mirror_meta WHERE key LIKE 'unclaimed:%'")).toHaveLength(1);
    await recover(of, death, ({ sent, account }) => {
      expect(writes(sent).filter((each) => each.startsWith('POST') && each.includes('variations'))).toEqual(
        [],
      );
      // Two came with each of the three experiments.
      expect(account.list('variations')).toHaveLength(6);
    });
  });

  test('S7. after 8', async () => {
    const of = await played(chain);
    const death = deathAt(of, indexOf(of, /^send PUT variations/));
    expect(values(of, death, "SELECT op FROM outbox WHERE resource = 'variations'")).toEqual(['update']);
    await recover(of, death, ({ sent }) =>
      expect(writes(sent)).toEqual(expect.arrayContaining([expect.stringMatching(/^PUT variations/)])),
    );
  });

  test('S8. before 9', () =>
    forEachPush(async (of) => {
      const ofPushes = "SELECT status FROM sync_runs WHERE kind = 'push'";
      const death = deathAt(of, lastCommit(of));
      expect(values(of, death, ofPushes)).toEqual(['running']);
      expect(values(of, death, 'SELECT id FROM outbox')).toEqual([]);
      await recover(of, death, ({ query }) => expect(query(ofPushes)).toEqual(['interrupted', 'complete']));
    }));
});

/** The next push sends nothing, and knows that it was sent. */
const expectRecognised = (of: Played, index: number) =>
  recover(of, deathAt(of, index), ({ sent, query }) => {
    expect(writes(sent)).toEqual([]);
    expect(query('SELECT outcome FROM push_log')).toEqual(['sent']);
    expect(query('SELECT id FROM outbox')).toEqual([]);
  });

describe('decisions', () => {
  const conflicts = 'SELECT field FROM outbox_changes WHERE remote_value IS NOT NULL';

  test('D1. before the decision commits', async () => {
    const of = await played('resolving as ours');
    const death = deathAt(of, indexOf(of, /^commit$/));
    expect(values(of, death, 'SELECT status FROM outbox')).toEqual(['conflict']);
    expect(values(of, death, conflicts)).toEqual(values(of, of.prepared, conflicts));
    await recover(of, death, ({ sent }) => expect(writes(sent)).toHaveLength(1));
  });

  test('D2. after the decision commits', async () => {
    const of = await played('resolving as ours');
    const death = deathAt(of, indexOf(of, /^committed$/));
    expect(values(of, death, 'SELECT status FROM outbox')).toEqual(['pending']);
    expect(death.deeds).toEqual(of.prepared.deeds);
    await recover(of, death, ({ sent }) => expect(writes(sent)).toHaveLength(1));
  });
});
