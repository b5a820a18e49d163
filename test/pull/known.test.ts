/** Answers that say what the last one said are not looked into, and never where the mirror holds anything else by now. */
import Sqlite, { type Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { guarded } from '../../src/db/transaction.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import { push } from '../../src/sync/push.ts';
import { expectEqual } from './equal.ts';
import { everyList, isPaused, Rig } from './support.ts';

let rig: Rig;
/** Somebody's sqlite3 shell. */
let shell: Database;
let alter: (asked: string, body: string) => string;
let between: (path: string) => void;

beforeEach(async () => {
  alter = (_, body) => body;
  between = () => {};
  rig = new Rig({
    alter: (asked, body) => alter(asked, body),
    transport: {
      onRequest: ({ path }) => {
        rig.asked.push(path);
        between(path);
      },
    },
  });
  await rig.pull();
  shell = new Sqlite(rig.file);
});
afterEach(() => {
  shell.close();
});

const digests = (where = 'true') =>
  rig.all(`SELECT resource, parent_id FROM listings WHERE digest IS NOT NULL AND ${where} ORDER BY 1, 2`);
const totals = (resources: Record<string, object>, kind: string) =>
  Object.values(resources).map((counts) => (counts as Record<string, number>)[kind]);

/** A variation of an experiment that can be edited, and the list that it is in. */
function someVariation() {
  const { id: experimentId } = rig.some('experiments', isPaused);
  const variation = rig.some('variations', ({ experiment_id }) => experiment_id === experimentId);
  return { experimentId, id: variation.id, list: `experiments/${experimentId}/variations` };
}

/** An experiment that has results and is over. */
function finished(): number {
  const fits = ({ id, ...rest }: JsonObject) =>
    isPaused(rest) && rig.one('SELECT count(*) FROM stats WHERE experiment_id = ?', id) !== 0;
  return rig.some('experiments', fits).id;
}

/** A full pull, during which somebody deletes the experiment just as its results are asked for. */
async function deleteWhileAsked(id: number): Promise<void> {
  between = (path) => {
    if (path === `experiments/${id}/stats`) shell.prepare('DELETE FROM experiments WHERE id = ?').run(id);
  };
  await rig.pull({ full: true });
  between = () => {};
  expect(rig.one('SELECT count(*) FROM stats WHERE experiment_id = ?', id)).toBe(0);
  const listing = rig.all("SELECT due, digest FROM listings WHERE resource = 'stats' AND parent_id = ?", id);
  expect(listing).toEqual([{ due: 0, digest: null }]);
}

function takeBack(): void {
  const ids = rig.all('SELECT id FROM outbox').map(({ id }) => id as number);
  dropEdits(rig.db, ids, '2016-09-01T00:00:00.000Z');
}

describe('a list that says what it said the last time', () => {
  it('is asked for by a full pull, counted as ever, and leaves everything as it is', async () => {
    const { resources: before } = await rig.pull({ full: true });
    const { status, resources } = await rig.pull({ full: true });
    expect(status).toBe('complete');
    expect([...rig.asked].sort()).toEqual(everyList(rig));
    expect(resources).toEqual(before);
    expect(totals(resources, 'seen')).toEqual(totals(resources, 'unchanged'));
    for (const [name, { seen }] of Object.entries(resources))
      expect([name, seen]).toEqual([name, rig.one(`SELECT count(*) FROM ${name}`)]);
    expectEqual(rig.db, rig.account);
  });

  it('is known for what nothing lies below, but for results of which there are none', () => {
    const known = new Set(digests().map(({ resource }) => resource));
    expect([...known].sort()).toEqual(
      ['audiences', 'dimensions', 'goals', 'results', 'schedules', 'stats', 'variations'].sort(),
    );
    expect(digests("resource IN ('results', 'stats') AND rows = 0")).toEqual([]);
  });

  it('is looked into where its text differs in nothing but spaces, and nothing comes of it', async () => {
    alter = (_, body) => JSON.stringify(JSON.parse(body), null, 1);
    const { resources } = await rig.pull({ full: true });
    expect(totals(resources, 'updated').every((count) => count === 0)).toBe(true);
    expectEqual(rig.db, rig.account);
  });

  it('is completed again by each full pull where it leaves fields out', async () => {
    alter = (asked, body) =>
      asked.endsWith('/goals') ? body.replaceAll(/"description":("(?:[^"\\]|\\.)*"|null),/g, '') : body;
    await rig.pull({ full: true });
    const { id } = rig.some('goals');
    expect(rig.asked).toContain(`goals/${id}`);
    expect(digests("resource = 'goals'")).toEqual([]);
    await rig.pull({ full: true });
    expect(rig.asked).toContain(`goals/${id}`);
  });

  it('is looked into again as long as anything was wrong with it', async () => {
    const { list } = someVariation();
    alter = (asked, body) => (asked === list ? body.replace(/"weight":\d+/, '"weight":"much"') : body);
    for (const round of [1, 2]) {
      const { status, errors } = await rig.pull({ full: true });
      expect([round, status, errors.length]).toEqual([round, 'partial', 1]);
    }
  });
});

describe('what an answer said is known no longer', () => {
  it('where a push changed it, and a colleague changed it back to the letter', async () => {
    const { id, list } = someVariation();
    const before = rig.some('variations', (each) => each.id === id);
    let said = '';
    alter = (asked, body) => {
      if (asked === list) said = body;
      return body;
    };
    await rig.pull({ full: true });
    alter = (_, body) => body;
    shell.prepare('UPDATE variations SET description = ? WHERE id = ?').run('Ours', id);
    const { pushed } = await push(rig.deps);
    expect(pushed).toHaveLength(1);
    rig.account.update('variations', id, { description: before.description ?? null });
    alter = (asked, body) => (asked === list ? said : body);
    await rig.pull({ full: true });
    expect(rig.one('SELECT description FROM variations WHERE id = ?', id)).toBe(before.description ?? null);
  });

  it('where a row of what the API said is written by anything else', async () => {
    const { id, experimentId } = someVariation();
    const stats = rig.one('SELECT experiment_id FROM stats LIMIT 1');
    const ofVariations = `resource = 'variations' AND parent_id = ${experimentId}`;
    const ofStats = `resource = 'stats' AND parent_id = ${stats}`;
    expect([digests(ofVariations), digests(ofStats)].map(({ length }) => length)).toEqual([1, 1]);
    guarded(rig.db, () => {
      rig.db.prepare("UPDATE remote_variations SET body = '{}' WHERE id = ?").run(id);
      rig.db.prepare('DELETE FROM stats WHERE experiment_id = ?').run(stats);
    });
    expect([digests(ofVariations), digests(ofStats)]).toEqual([[], []]);
    await rig.pull({ full: true });
    expectEqual(rig.db, rig.account);
  });

  it('where its experiment is deleted here while it is on its way, and nothing is lost when that is taken back', async () => {
    await deleteWhileAsked(finished());
    takeBack();
    await rig.pull({ full: true });
    expectEqual(rig.db, rig.account);
  });

  it('where the first results of an experiment came while it was deleted here', async () => {
    const id = finished();
    alter = (asked, body) =>
      /^experiments\/\d+\/(stats|results)$/.test(asked) && asked.includes(`/${id}/`) ? '[]' : body;
    await rig.pull({ full: true, acceptDeletions: true });
    alter = (_, body) => body;
    await deleteWhileAsked(id);
    takeBack();
    await rig.pull({ full: true });
    expectEqual(rig.db, rig.account);
  });
});
