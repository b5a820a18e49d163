/** Ids that there is nothing of: an empty answer, or an edit that names them, says so on stderr. */
import { beforeAll, describe, expect, test } from 'vitest';
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
  ])('%s says so beside its empty answer, and which there are', async (_, args) => {
    const { status, stderr } = await pulled.optimirror(...args, '--project', '1', '--json');
    expect(status).toBe(0);
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
