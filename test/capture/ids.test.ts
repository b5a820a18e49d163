/** What is made offline has a negative id: the next free one, or one of its own choice that children can name. */
import { describe, expect, test } from 'vitest';
import { putState } from '../../src/db/outbox.ts';
import { guarded } from '../../src/db/transaction.ts';
import { dropEdits } from '../../src/sync/drop.ts';
import { clients, ids, makeMirror, now, outbox, outboxIds, rowOf } from './support.ts';

const { project, experiment, click } = ids;

describe.each(clients)('through %s', (_, connect) => {
  const made = (resource = 'audiences') => {
    const { file, db } = makeMirror();
    const client = connect(file);
    const idsOf = () =>
      db.prepare(`SELECT id FROM ${resource} WHERE id < 1000 ORDER BY id DESC`).pluck().all();
    const insert = (id: string) =>
      client.run(`INSERT INTO audiences (id, project_id, name) VALUES (${id}, ${project}, 'A')`);
    return { db, client, idsOf, insert };
  };

  test('none, a null, 0 or a positive id become the next free negative one', () => {
    const { client, idsOf, insert, db } = made();
    client.run(`INSERT INTO audiences (project_id, name) VALUES (${project}, 'A')`);
    for (const id of ['NULL', '0', '7', '9007199254740991', "'8'", '9.0']) insert(id);
    expect(idsOf()).toEqual([-1, -2, -3, -4, -5, -6, -7]);
    expect(outbox(db).map(({ op, entity_id }) => [op, entity_id])).toEqual(
      idsOf().map((id) => ['create', id]),
    );
  });

  test('one counter serves all resources', () => {
    const { client, db } = made();
    client.run(`INSERT INTO audiences (project_id, name) VALUES (${project}, 'A')`);
    client.run(`INSERT INTO dimensions (project_id, name) VALUES (${project}, 'D')`);
    client.run(
      `INSERT INTO variations (experiment_id, description) VALUES (${experiment}, 'V'), (${experiment}, 'W')`,
    );
    expect(outbox(db).map(({ entity_id }) => entity_id)).toEqual([-1, -2, -3, -4]);
  });

  test('an own negative id is kept, and the next one comes after it', () => {
    const { insert, idsOf } = made();
    for (const id of ['-10', 'NULL', '-3', 'NULL', '-4503599627370496', 'NULL']) insert(id);
    expect(idsOf()).toEqual([-3, -10, -11, -12, -4503599627370496, -4503599627370497]);
  });

  test('with nothing but negative ids in the table a null still becomes the next free one', () => {
    const { client, db } = made('projects');
    client.run("INSERT INTO projects (id, project_name) VALUES (-20, 'P')");
    client.run("INSERT INTO audiences (id, project_id, name) VALUES (-30, -20, 'A')");
    client.run("INSERT INTO projects (project_name) VALUES ('Q'), ('R')");
    expect(outbox(db).map(({ entity_id }) => entity_id)).toEqual([-20, -30, -31, -32]);
  });

  test('children can name a parent that is made in the same transaction', () => {
    const { client, db } = made();
    client.run(
      `BEGIN; INSERT INTO projects (id, project_name) VALUES (-50, 'P');
      INSERT INTO experiments (id, project_id, description, edit_url) VALUES (-51, -50, 'E', 'u');
      INSERT INTO variations (id, experiment_id, description) VALUES (-52, -51, 'V');
      INSERT INTO goals (project_id, title, goal_type, event, experiment_ids) VALUES (-50, 'G', 1, 'e', '[-51]');
      UPDATE goals SET experiment_ids = json_insert(experiment_ids, '$[#]', -51) WHERE id = ${click}; COMMIT`,
    );
    expect(rowOf(db, 'variations', -52)).toMatchObject({ experiment_id: -51, project_id: -50 });
    expect(outbox(db)).toMatchObject([
      { resource: 'projects', entity_id: -50 },
      { resource: 'experiments', entity_id: -51, changes: { project_id: { local: -50 } } },
      { resource: 'variations', entity_id: -52, changes: { experiment_id: { local: -51 } } },
      { resource: 'goals', entity_id: -53, changes: { experiment_ids: { local: [-51] } } },
      { resource: 'goals', entity_id: click, op: 'update' },
    ]);
  });

  test('a deleted id may be chosen again', () => {
    const { insert, client, idsOf, db } = made();
    insert('-1');
    client.run('DELETE FROM audiences WHERE id = -1');
    insert('-1');
    expect(idsOf()).toEqual([-1]);
    expect(outbox(db)).toHaveLength(1);
  });

  test('an id whose create is on the wire is not given away when its row is deleted', () => {
    const { insert, client, db, idsOf } = made();
    insert('-1');
    sent(db, 1);
    client.run('DELETE FROM audiences WHERE id = -1');
    insert('-1');
    expect(idsOf()).toEqual([-2]);
    expect(outbox(db).map(({ op, entity_id }) => [op, entity_id])).toEqual([
      ['delete', -1],
      ['create', -2],
    ]);
  });

  test('an id that an offline delete has set aside is not given away', () => {
    const { client, db } = made();
    const insert = (id: number, parent: number) =>
      client.run(`INSERT INTO variations (id, experiment_id, description) VALUES (${id}, ${parent}, 'V')`);
    insert(-1, experiment);
    client.run(`DELETE FROM experiments WHERE id = ${experiment}`);
    insert(-1, ids.other);
    expect(rowOf(db, 'variations', -1)).toBeUndefined();
    dropEdits(db, outboxIds(db).slice(0, 1), now);
    expect(rowOf(db, 'variations', -1)).toMatchObject({ experiment_id: experiment });
    expect(rowOf(db, 'variations', -2)).toMatchObject({ experiment_id: ids.other });
  });
});

/** A push has sent it, and waits for the answer. */
function sent(db: ReturnType<typeof makeMirror>['db'], outboxId: number): void {
  guarded<void>(db, () =>
    putState(db, outboxId, {
      intent: {
        runId: 1,
        op: 'create',
        method: 'POST',
        path: `projects/${project}/audiences`,
        body: { name: 'A' },
        known: [],
      },
    }),
  );
}
