/** Time travel: what the mirror was is told from what it is, and equals what it was when it was. */

import { afterEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import {
  type EntityName,
  fieldsOf,
  isEntityName,
  type ResourceName,
  resourceNames,
} from '../../src/api/resources.ts';
import type { Database } from '../../src/db/open.ts';
import { knownProjects, type Step, undo } from '../../src/query/as-of.ts';
import { getEntity } from '../../src/query/get.ts';
import { listEntities } from '../../src/query/list.ts';
import { openPast } from '../../src/query/past.ts';
import { reports } from '../../src/query/reports/index.ts';
import { Refusal } from '../../src/sandbox/index.ts';
import fc from '../draws.ts';
import { day, hour, idOf, minute, Scene } from './scene.ts';

const scenes: Scene[] = [];
function scene(...options: ConstructorParameters<typeof Scene>): Scene {
  const made = new Scene(...options);
  scenes.push(made);
  return made;
}
afterEach(async () => {
  for (const each of scenes.splice(0)) await each.close();
});

type Dump = Record<string, JsonObject[]>;

/** Null and absent are the same: history does not tell them apart. */
const present = (entity: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(entity)
      .filter(([, value]) => value !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

function dump(db: Database): Dump {
  return Object.fromEntries(resourceNames.map((name) => [name, listEntities(db, name).map(present)]));
}

function dumpPast(file: string, at: number, resources?: readonly ResourceName[]): Dump {
  const db = openPast(file, at, resources);
  try {
    return dump(db);
  } finally {
    db.close();
  }
}

/** What a colleague may do, by numbers that fast-check makes up. */
type Deed = readonly [what: number, which: number, value: number];

const editable: readonly (readonly [EntityName, string, (value: number) => Json])[] = [
  ['experiments', 'description', (value) => `Name ${value}`],
  ['experiments', 'status', (value) => (value % 2 === 0 ? 'Paused' : 'Running')],
  ['experiments', 'custom_css', (value) => `.a { width: ${value}px }`],
  ['variations', 'weight', (value) => value % 10_000],
  ['goals', 'title', (value) => `Goal ${value}`],
  ['audiences', 'name', (value) => `Audience ${value}`],
  ['projects', 'project_name', (value) => `Project ${value}`],
];

function act({ account }: Scene, [what, which, value]: Deed): void {
  const some = (resource: EntityName): JsonObject => {
    const all = account.list(resource);
    const found = all[which % Math.max(1, all.length)];
    if (found === undefined) throw new Refusal(404, `no ${resource} are left`);
    return found;
  };
  const edit = editable[what % editable.length];
  try {
    if (what < 20 && edit) account.update(edit[0], idOf(some(edit[0])), { [edit[1]]: edit[2](value) });
    else if (what < 22) account.remove('experiments', idOf(some('experiments')));
    else if (what < 24) account.remove('variations', idOf(some('variations')));
    else if (what < 26) account.remove('goals', idOf(some('goals')));
    else if (what < 28)
      account.create('experiments', idOf(some('projects')), {
        description: `New ${value}`,
        edit_url: 'https://a.example/',
      });
    else if (what < 30)
      account.create('variations', idOf(some('experiments')), { description: `New ${value}` });
    else if (what < 32)
      account.create('goals', idOf(some('projects')), {
        title: `New ${value}`,
        goal_type: 1,
        event: `e${value}`,
      });
    else if (what < 33) account.create('projects', null, { project_name: `New ${value}` });
    else if (what < 36) {
      const goal = some('goals');
      const ids = Array.isArray(goal.experiment_ids) ? goal.experiment_ids : [];
      const near = account.list('experiments', Number(goal.project_id));
      account.update('goals', idOf(goal), {
        experiment_ids:
          value % 2 === 0 ? ids.slice(1) : [...new Set([...ids, ...near.slice(0, 2).map(idOf)])],
      });
    } else account.plant('experiments', idOf(some('experiments')), { unlisted: value });
  } catch (error) {
    // The API refuses some of it; what matters is what it holds afterwards.
    if (!(error instanceof Refusal)) throw error;
  }
}

const deed: fc.Arbitrary<Deed> = fc.tuple(
  fc.nat({ max: 38 }),
  fc.nat({ max: 1000 }),
  fc.nat({ max: 100_000 }),
);

/** What the user does here, and pushes at once. */
function actHere({ db }: Scene, [what, which, value]: Deed): void {
  const some = (table: string, where = '1') => {
    const ids = db.prepare(`SELECT id FROM ${table} WHERE ${where} ORDER BY id`).pluck().all() as number[];
    return ids[which % Math.max(1, ids.length)] ?? 0;
  };
  const ab = "experiment_type = 'ab'";
  const project = some('projects');
  const deeds = [
    () => `UPDATE experiments SET description = 'Ours ${value}' WHERE id = ${some('experiments', ab)}`,
    () => `UPDATE variations SET weight = ${value % 10_000} WHERE id = ${some('variations')}`,
    () => `DELETE FROM experiments WHERE id = ${some('experiments')}`,
    () => `DELETE FROM variations WHERE id = ${some('variations')}`,
    () => `DELETE FROM goals WHERE id = ${some('goals')}`,
    () =>
      `INSERT INTO goals (project_id, title, goal_type, event) VALUES (${project}, 'Ours ${value}', 1, 'e${value}')`,
    () => `INSERT INTO projects (project_name) VALUES ('Ours ${value}')`,
    () =>
      `INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-${value + 1}, ${project}, 'Ours ${value}', 'https://a.example/'); ` +
      `INSERT INTO variations (experiment_id, description) VALUES (-${value + 1}, 'A'), (-${value + 1}, 'B'), (-${value + 1}, 'C')`,
  ];
  try {
    db.exec(deeds[what % deeds.length]?.() ?? '');
  } catch (error) {
    // The mirror refuses what the API would.
    if (!/edit of|delete of|new /.test(String(error))) throw error;
  }
}

describe('undoing steps', () => {
  const came: Step = { kind: 'came' };
  const went = (entity: JsonObject): Step => ({ kind: 'went', entity });
  const changed = (field: string, before: Json): Step => ({ kind: 'changed', field, before });
  it.each<[string, JsonObject | undefined, Step[], JsonObject | undefined]>([
    ['nothing happened', { a: 1 }, [], { a: 1 }],
    ['a field changed twice', { a: 3 }, [changed('a', 1), changed('a', 2)], { a: 1 }],
    ['it came', { a: 1 }, [came], undefined],
    ['it came and changed', { a: 2 }, [came, changed('a', 1)], undefined],
    ['it went', undefined, [went({ a: 1 })], { a: 1 }],
    ['it changed and went', undefined, [changed('a', 1), went({ a: 2 })], { a: 1 }],
    ['it went and came back as another', { a: 9 }, [went({ a: 1 }), came], { a: 1 }],
    ['it came and went', undefined, [came, went({ a: 1 })], undefined],
  ])('%s', (_, now, steps, before) => {
    expect(undo(now, steps)).toEqual(before);
  });
});

describe('what was known', () => {
  const at = (text: string) => Date.parse(text);
  const first = { finished_at: '2016-06-01T09:00:00.000Z', selection: '[1]' };
  const second = { finished_at: '2016-06-02T09:00:00.000Z', selection: null };
  it('is nothing before the first pull, which is said with its time', () => {
    expect(() => knownProjects([first, second], at('2016-06-01T08:59:59Z'))).toThrow(
      /nothing of 2016-06-01T08:59:59.000Z: its first pull ended at 2016-06-01T09:00:00.000Z/,
    );
    expect(() => knownProjects([], at('2016-06-01T08:59:59Z'))).toThrow(/no past yet/);
  });
  it('is what had been selected until everything was', () => {
    expect(knownProjects([first, second], at('2016-06-01T09:00:00Z'))).toEqual(new Set([1]));
    expect(knownProjects([first, second], at('2016-06-02T09:00:00Z'))).toBeNull();
  });
});

describe('the mirror as of a moment', () => {
  it('is what it was after each pull, whatever colleagues did since', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.array(deed, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        async (seed, rounds) => {
          const world = scene({ seed, projects: 2, experimentsPerProject: 6, goalsPerProject: 6 });
          const past: { at: number; dump: Dump }[] = [];
          const remember = async (full: boolean) => {
            await world.pull({ full });
            past.push({ at: world.now, dump: dump(world.db) });
            world.pass(hour);
          };
          await remember(true);
          for (const [index, deeds] of rounds.entries()) {
            for (const each of deeds) act(world, each);
            world.pass(day);
            await remember(index % 2 === 1);
          }
          for (const { at, dump: then } of past) expect(dumpPast(world.file, at + minute)).toEqual(then);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('is what it was after each push as well, our own deeds undone with those of others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.tuple(fc.array(deed, { maxLength: 4 }), fc.array(deed, { maxLength: 5 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (seed, rounds) => {
          const world = scene({ seed, projects: 2, experimentsPerProject: 6, goalsPerProject: 6 });
          const past: { at: number; dump: Dump }[] = [];
          const remember = () => {
            const waiting = world.db.prepare('SELECT count(*) FROM outbox').pluck().get();
            if (waiting === 0) past.push({ at: world.now, dump: dump(world.db) });
            world.pass(hour);
          };
          await world.pull();
          remember();
          for (const [theirs, ours] of rounds) {
            for (const each of theirs) act(world, each);
            for (const each of ours) actHere(world, each);
            world.pass(hour);
            await world.push({ yes: true });
            remember();
            await world.pull({ full: true });
            remember();
          }
          for (const { at, dump: then } of past) expect(dumpPast(world.file, at + minute)).toEqual(then);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('leaves pending edits out: they are no part of what the API had said', async () => {
    const world = scene();
    await world.pull();
    const then = dump(world.db);
    const [project, experiment] = [then.projects?.[0], then.experiments?.find((e) => e.status === 'Paused')];
    world.db.exec(`UPDATE experiments SET description = 'mine' WHERE id = ${idOf(experiment)}`);
    world.db.exec(
      `INSERT INTO goals (project_id, title, goal_type, event) VALUES (${idOf(project)}, 'mine', 1, 'e')`,
    );
    world.db.exec(`DELETE FROM experiments WHERE id = ${idOf(then.experiments?.at(-1))}`);
    expect(dump(world.db)).not.toEqual(then);
    expect(dumpPast(world.file, world.now)).toEqual(then);
  });

  it('knows only the projects that had been pulled', async () => {
    const world = scene();
    const [one, other] = world.account.list('projects').map(idOf);
    await world.pull({ projects: [one ?? 0] });
    const then = dump(world.db);
    const at = world.now;
    world.pass(day);
    await world.pull();
    expect(then.experiments?.every(({ project_id }) => project_id === one)).toBe(true);
    expect(dumpPast(world.file, at)).toEqual(then);
    const now = dumpPast(world.file, world.now);
    expect(now.experiments?.some(({ project_id }) => project_id === other)).toBe(true);
  });

  it('shows what a push changed as it was before it', async () => {
    const world = scene();
    await world.pull();
    const at = world.now;
    const [experiment] = listEntities(world.db, 'experiments', {
      where: "status = 'Paused' AND is_multivariate = 0",
    });
    const project = idOf(listEntities(world.db, 'projects')[0]);
    const before = getEntity(world.db, 'experiments', idOf(experiment));
    world.pass(hour);
    world.db.exec(`UPDATE experiments SET description = 'ours' WHERE id = ${idOf(experiment)}`);
    world.db.exec(
      `INSERT INTO goals (project_id, title, goal_type, event) VALUES (${project}, 'ours', 1, 'e')`,
    );
    const { pushed } = await world.push();
    expect(pushed).toHaveLength(2);
    world.pass(hour);
    await world.pull();
    const db = openPast(world.file, at);
    const found = getEntity(db, 'experiments', idOf(experiment));
    expect({ ...found, last_modified: null }).toEqual({ ...before, last_modified: null });
    expect(listEntities(db, 'goals', { where: "title = 'ours'" })).toEqual([]);
    db.close();
  });

  it('rebuilds no more than is asked for, and the same', async () => {
    const world = scene();
    await world.pull();
    const then = dump(world.db);
    const at = world.now;
    for (const [index, [resource, field]] of editable.entries())
      for (const entity of world.account.list(resource).slice(0, 3))
        act(world, [index, idOf(entity), index + fieldsOf(resource).length + field.length]);
    world.pass(day);
    await world.pull();
    for (const resource of resourceNames) {
      const db = openPast(world.file, at, [resource]);
      expect(listEntities(db, resource).map(present)).toEqual(then[resource]);
      const [first] = then[resource] ?? [];
      if (isEntityName(resource) && first)
        expect(present(getEntity(db, resource, idOf(first)) ?? {})).toEqual(first);
      db.close();
    }
  });

  it('can be reported on, and neither the reports nor the file change by it', async () => {
    const world = scene();
    await world.pull();
    const at = world.now;
    const experimentId = idOf(listEntities(world.db, 'experiments', { where: "status = 'Running'" })[0]);
    const run = (db: Database) => reports.map((report) => report.run({ db, now: at }, { experimentId }));
    const then = run(world.db);
    world.pass(3 * day);
    for (let which = 0; which < 30; which++) act(world, [which, which * 7, which]);
    await world.pull();
    const [bytes] = world.db.pragma('data_version') as unknown[];
    const db = openPast(world.file, at);
    expect(run(db)).toEqual(then);
    expect(() => db.exec('CREATE TEMP TABLE x (y)')).toThrow(/readonly/);
    db.close();
    expect((world.db.pragma('data_version') as unknown[])[0]).toEqual(bytes);
  });
});
