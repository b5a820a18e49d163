/** What the program offers to decide a conflict, and how `resolve` ends: only what fits the conflict is ever offered. */
import { beforeAll, describe, expect, test } from 'vitest';
import { copyOf, first, pulledWorld, type World } from './support.ts';

let pulled: World;
beforeAll(async () => {
  pulled = await pulledWorld();
});

const someGoal = 'SELECT id FROM goals WHERE is_editable IS NOT 0 ORDER BY id';

/** A goal that is edited here and deleted on the API, and a push that found out. */
async function deletedThere(): Promise<World> {
  const world = await pulledWorld({ projects: 1, experimentsPerProject: 2 });
  const { id } = await first<{ id: number }>(world, someGoal);
  await world.json(0, 'edit', 'goals', String(id), 'title=Ours');
  world.sandbox.account.remove('goals', id);
  return world;
}

describe('an edit of what the API has deleted', () => {
  test('is offered --theirs by push, conflicts and resolve, and nothing else', async () => {
    const world = await deletedThere();
    const push = await world.optimirror('push');
    expect(push.status).toBe(3);
    expect(push.stdout).toContain(
      'In conflict, deleted on the API (see: optimirror conflicts; decide: optimirror resolve ID --theirs):',
    );
    const conflicts = await world.optimirror('conflicts');
    expect(conflicts.stdout).toMatch(/resolve 1 --theirs +the API has deleted it/);
    const undecided = await world.optimirror('resolve', '1');
    expect(undecided).toMatchObject({ status: 2, stdout: '' });
    expect(undecided.stderr).toContain('an edit of what the API has deleted: decide it with --theirs; see');
    for (const { stdout, stderr } of [push, conflicts, undecided])
      expect(stdout + stderr).not.toMatch(/--ours|--set|--adopt|--new/);
  });

  test('stays in conflict with --ours: it ends with 3 and says what is possible, again and again', async () => {
    const world = await deletedThere();
    await world.json(3, 'push');
    for (let time = 0; time < 2; time++) {
      const { status, stdout } = await world.optimirror('resolve', '1', '--ours');
      expect(status).toBe(3);
      expect(stdout).toContain('1 is still in conflict: the API has deleted it');
      expect(stdout).toContain('resolve 1 --theirs gives the edit up; one like it can be created anew');
    }
    expect(await world.json(3, 'resolve', '1', '--ours')).toMatchObject({ id: 1, status: 'conflict' });
    expect((await world.optimirror('conflicts')).stdout).not.toContain('--ours');
    expect((await world.optimirror('resolve', '1', '--theirs')).stdout).toBe(
      'Decided: nothing of 1 is left to send.\n',
    );
  });

  test('is told as a conflict by a dry run, which leaves nothing to decide', async () => {
    const world = await deletedThere();
    const { status, stdout } = await world.optimirror('push', '--dry-run');
    expect(status).toBe(3);
    expect(stdout).toContain('In conflict (a pull or a push writes it down; then: optimirror conflicts):');
  });
});

describe('resolve without a decision', () => {
  test('names the decisions that fit a conflict of values', async () => {
    const world = copyOf(pulled);
    const { id } = await first<{ id: number }>(world, someGoal);
    await world.json(0, 'edit', 'goals', String(id), 'title=Ours');
    world.sandbox.account.update('goals', id, { title: 'Theirs' });
    await world.json(3, 'push');
    const { status, stderr } = await world.optimirror('resolve', '1');
    expect(status).toBe(2);
    expect(stderr).toContain(
      'a conflict of values: decide it with --ours, --theirs or --set FIELD=VALUE; see',
    );
  });

  test('says of an edit that is not in conflict how it stands', async () => {
    const world = copyOf(pulled);
    const { id } = await first<{ id: number }>(world, someGoal);
    await world.json(0, 'edit', 'goals', String(id), 'title=Mine');
    const { status, stderr } = await world.optimirror('resolve', '1');
    expect(status).toBe(2);
    expect(stderr).toContain('outbox 1 is pending, not in conflict');
  });

  test('refuses two at once', async () => {
    const { status, stderr } = await pulled.optimirror('resolve', '1', '--ours', '--theirs');
    expect(status).toBe(2);
    expect(stderr).toContain('decide in one way, not with --ours and --theirs');
  });
});

test('a conflict that can not be looked at says so: nothing was decided about it', async () => {
  const world = await pulledWorld({ projects: 1, experimentsPerProject: 2 });
  const { id } = await first<{ id: number }>(world, someGoal);
  await world.json(0, 'edit', 'goals', String(id), 'title=Ours');
  world.sandbox.account.update('goals', id, { title: 'Theirs' });
  await world.json(3, 'push');
  world.sandbox.account.forbid(`goals/${id}`);
  const { status, stdout } = await world.optimirror('push', '--on-conflict', 'theirs');
  expect(status).toBe(3);
  expect(stdout).toMatch(
    new RegExp(
      `In conflict, and not to be read, so that nothing could be decided:\n  1  update goal ${id}: GET goals/${id}: 403 `,
    ),
  );
});

test('a push says what it gave up, and what the API had already', async () => {
  const world = await pulledWorld({ projects: 1, experimentsPerProject: 2 });
  const { id } = await first<{ id: number }>(world, someGoal);
  await world.json(0, 'edit', 'goals', String(id), 'title=Ours');
  world.sandbox.account.update('goals', id, { title: 'Theirs' });
  const given = await world.optimirror('push', '--on-conflict', 'theirs');
  expect(given.status).toBe(0);
  expect(given.stdout).toContain(
    `Given up, since the API decides (--on-conflict theirs):\n  1  update goal ${id}: title\n`,
  );
  await world.json(0, 'edit', 'goals', String(id), 'title=Same');
  world.sandbox.account.update('goals', id, { title: 'Same' });
  const converged = await world.optimirror('push');
  expect(converged.stdout).toContain(
    `The API had it already, so that nothing was sent:\n  2  update goal ${id}: title\n`,
  );
});
