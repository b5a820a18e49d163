/** Ids that there is nothing of: a project is refused, an edit that names others says so on stderr. */
import { beforeAll, describe, expect, test } from 'vitest';
import { day, idOf, Scene } from '../query/scene.ts';
import { runHere } from './in-process.ts';
import { copyOf, createWorld, first, pulledWorld, type World } from './support.ts';

let pulled: World;
let projects: { id: number; project_name: string }[];
beforeAll(async () => {
  pulled = await pulledWorld({ projects: 2, experimentsPerProject: 3 });
  projects = await pulled.json(0, 'sql', 'SELECT id, project_name FROM projects ORDER BY id');
});

describe('a project that there is none of', () => {
  test.each([
    ['list', ['list', 'experiments']],
    ['list --as-of', ['list', 'experiments', '--as-of', '0d']],
    ['report overview', ['report', 'overview']],
    ['report stale', ['report', 'stale']],
  ])('is refused by %s, which says which there are', async (_, args) => {
    const { status, stdout, stderr } = await pulled.optimirror(...args, '--project', '1', '--json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    const there = projects.map(({ id, project_name: name }) => `${id} ${JSON.stringify(name)}`).join(', ');
    expect(stderr).toContain(`the mirror has no project 1; it has: ${there}`);
    const known = await pulled.optimirror(...args, '--project', String(projects[0]?.id), '--json');
    expect(known).toMatchObject({ status: 0, stderr: '' });
  });

  test('a pull says which the API lists, and promises nothing of the next one', async () => {
    const world = await createWorld({ projects: 2, experimentsPerProject: 1 });
    const ids = world.sandbox.account.list('projects').map(({ id }) => id);
    const { status, stdout } = await world.optimirror('pull', '--project', '1');
    expect(status).toBe(4);
    expect(stdout).toContain(
      `About the list of projects:\n  the API lists no project 1; it lists ${ids.join(', ')}\n`,
    );
    expect(stdout).not.toContain('tries again');
  });

  test('nor any other, is a matter for a pull', async () => {
    const scene = new Scene();
    expect(await runHere(scene.file, scene.effects, ['list', 'goals', '--project', '1'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('the mirror has no project 1, nor any other: optimirror pull'),
    });
    await scene.close();
  });

  test('yet, at the moment that is looked at, has an empty answer and a word', async () => {
    const scene = new Scene({ projects: 1 });
    await scene.pull();
    const before = new Date(scene.now).toISOString();
    scene.pass(day);
    const id = idOf(scene.account.create('projects', null, { project_name: 'Later' }));
    await scene.pull();
    const args = ['list', 'goals', '--project', String(id), '--json'];
    const then = await runHere(scene.file, scene.effects, [...args, '--as-of', before]);
    expect(then).toEqual({
      status: 0,
      stdout: '[]\n',
      stderr: `the mirror knew no project ${id} at ${before}\n`,
    });
    expect(await runHere(scene.file, scene.effects, args)).toMatchObject({ status: 0, stderr: '' });
    await scene.close();
  });

  test('is near to one of many', async () => {
    const world = await pulledWorld({ projects: 9, experimentsPerProject: 0 });
    const { id } = await first<{ id: number }>(world, 'SELECT max(id) AS id FROM projects');
    const { stderr } = await world.optimirror('list', 'goals', '--project', String(id + 1));
    expect(stderr).toMatch(new RegExp(`the mirror has no project ${id + 1}; did you mean ${id}\\b`));
  });
});

describe('an edit that names what the mirror does not have', () => {
  test('is taken, and says so: what is there already is not named', async () => {
    const world = copyOf(pulled);
    const { id, audience } = await first<{ id: number; audience: number }>(
      world,
      "SELECT e.id, (SELECT min(id) FROM audiences) AS audience FROM experiments AS e WHERE experiment_type = 'ab'",
    );
    const edited = await world.optimirror(
      'edit',
      'experiments',
      String(id),
      `audience_ids=${audience},17,18`,
    );
    expect(edited.status).toBe(0);
    expect(edited.stderr).toBe(
      'audience_ids: the mirror has no audiences 17, 18; the API decides when it is pushed\n',
    );
    expect(await first(world, 'SELECT count(*) AS many FROM outbox')).toEqual({ many: 1 });
    const unrelated = await world.optimirror('edit', 'experiments', String(id), 'description=New');
    expect(unrelated).toMatchObject({ status: 0, stderr: '' });
  });

  test('so does a create, which may name what was made offline', async () => {
    const world = copyOf(pulled);
    const project = `project_id=${projects[0]?.id}`;
    await world.json(0, 'create', 'experiments', project, 'description=A', 'edit_url=https://example.com/');
    const made = await world.optimirror(
      ...['create', 'goals', project, 'title=G', 'goal_type=3', 'experiment_ids=-1,4711'],
      ...['urls=https://example.com/', 'url_match_types=3'],
    );
    expect(made).toMatchObject({
      status: 0,
      stderr: 'experiment_ids: the mirror has no experiment 4711; the API decides when it is pushed\n',
    });
  });
});
