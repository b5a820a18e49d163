/** `optimirror pull` and `status`: what they print, how they end, how they are interrupted. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { resourceNames } from '../../src/api/resources.ts';
import { takeLock } from '../../src/db/lock.ts';
import { createWorld, first, onceSaid, pulledWorld, run, temporaryFolder } from './support.ts';

describe('status', () => {
  test('says how to begin where there is no mirror, and makes none', async () => {
    const db = path.join(temporaryFolder(), 'mirror.db');
    const human = await run(['status'], { env: { OPTIMIRROR_DB: db } });
    expect(human).toMatchObject({ status: 0, stderr: '' });
    expect(human.stdout).toContain('optimirror pull');
    const { stdout } = await run(['status', '--json'], { env: { OPTIMIRROR_DB: db } });
    expect(JSON.parse(stdout)).toMatchObject({
      db,
      last_pull: null,
      counts: Object.fromEntries(resourceNames.map((name) => [name, 0])),
      outbox: { pending: 0, in_flight: 0, conflict: 0, failed: 0 },
      at_work: false,
      watching: false,
      age_ms: null,
    });
    expect(fs.existsSync(db)).toBe(false);
  });

  test('counts what a pull brought, and what waits', async () => {
    const world = await pulledWorld();
    const { id } = await first<{ id: number }>(world, 'SELECT id FROM goals');
    await world.json(0, 'edit', 'goals', String(id), 'description=x');
    const status = await world.json<Record<string, unknown>>(0, 'status');
    expect(status).toMatchObject({
      db: world.db,
      last_pull: { run_id: 1, mode: 'full', status: 'complete', finished_at: expect.any(String) },
      counts: { projects: 2, experiments: 12 },
      outbox: { pending: 1, in_flight: 0, conflict: 0, failed: 0 },
    });
    const { stdout } = await world.optimirror('status');
    expect(stdout).toMatch(/experiments +12/);
    expect(stdout).toContain('1 edit waits to be pushed');
  });
});

describe('pull', () => {
  test('prints one JSON document of the promised shape, and nothing else on stdout', async () => {
    const world = await createWorld();
    const report = await world.json<Record<string, unknown>>(0, 'pull');
    const counts = { seen: expect.any(Number), inserted: expect.any(Number), updated: 0, deleted: 0 };
    expect(report).toEqual({
      run_id: 1,
      mode: 'full',
      status: 'complete',
      requests: expect.any(Number),
      retries: 0,
      duration_ms: expect.any(Number),
      resources: Object.fromEntries(resourceNames.map((name) => [name, { ...counts, unchanged: 0 }])),
      errors: [],
    });
  });

  test('tells people what came, and how much was asked', async () => {
    const world = await createWorld();
    const { status, stdout } = await world.optimirror('pull');
    expect(status).toBe(0);
    expect(stdout).toMatch(/projects +2 +2 +0 +0/);
    expect(stdout).toMatch(/Full pull 1 complete in .*, with \d+ requests\./);
  });

  test('says with --verbose what is asked and answered, and never the token', async () => {
    const world = await createWorld();
    const { stderr } = await world.optimirror('pull', '--verbose');
    expect(stderr).toContain('> GET projects');
    expect(stderr).toContain('< 200 GET projects');
    expect(stderr).not.toContain(world.sandbox.token);
  });

  test('takes only the projects that are named', async () => {
    const world = await createWorld();
    const [project] = world.sandbox.account.list('projects');
    await world.json(0, 'pull', '--project', String(project?.id));
    expect(await first(world, 'SELECT DISTINCT project_id FROM experiments')).toEqual({
      project_id: project?.id,
    });
  });

  test('ends with 4 where a part could not be read, and keeps the rest', async () => {
    const world = await createWorld();
    world.sandbox.faults.next({
      kind: 'unavailable',
      status: 403,
      match: ({ path: asked }) => /goals$/.test(asked),
    });
    const report = await world.json<{ status: string; errors: object[] }>(4, 'pull');
    expect(report.status).toBe('partial');
    expect(report.errors).toEqual([
      { resource: 'goals', parent_id: expect.any(Number), status: 403, message: expect.any(String) },
    ]);
  });

  test('ends with 5 where the API refuses the token', async () => {
    const world = await createWorld();
    const result = await world.with({ env: { OPTIMIZELY_TOKEN: 'wrong:1' } }, 'pull', '--json');
    expect(result).toMatchObject({ status: 5, stdout: '' });
    expect(result.stderr).not.toContain('wrong:1');
  });

  test('reads the token from a file', async () => {
    const world = await createWorld();
    const file = path.join(world.folder, 'token');
    fs.writeFileSync(file, `${world.sandbox.token}\n`);
    const result = await world.with({ env: { OPTIMIZELY_TOKEN: '' } }, 'pull', '--token-file', file);
    expect(result.status).toBe(0);
  });

  test('ends with 6 at once where another one is at work; every other command works meanwhile', async () => {
    const world = await pulledWorld();
    const lock = takeLock(world.db);
    try {
      expect(await world.optimirror('pull')).toMatchObject({ status: 6, stdout: '' });
      expect(await world.optimirror('status')).toMatchObject({ status: 0 });
      expect(await world.optimirror('sql', 'SELECT 1')).toMatchObject({ status: 0 });
    } finally {
      lock.release();
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'ends with 130 on %s, and keeps what was finished',
    async (name) => {
      const world = await createWorld({ faults: { latency: 100 } });
      const { status, stdout } = await world.with(
        // Once: a second one would let nothing be finished.
        { onStart: (child) => onceSaid(child.stderr, /> GET projects\//, () => child.kill(name)) },
        'pull',
        '--verbose',
      );
      expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
      expect(await first(world, 'SELECT status FROM sync_runs')).toEqual({ status: 'interrupted' });
      expect(await first(world, 'SELECT count(*) AS many FROM projects')).toEqual({ many: 2 });
      // The next one goes on from there, and says so.
      world.sandbox.faults.latency = 0;
      const next = await world.optimirror('pull');
      expect(next.status).toBe(0);
      expect(next.stderr).toContain('Going on from pull 1, which was interrupted: ');
    },
  );
});

test('the sandbox prints its address and its token, and runs until it is interrupted', async () => {
  const result = await run(['sandbox', '--projects', '1', '--experiments', '1'], {
    onStart: (child) => onceSaid(child.stdout, /^token .*\n/m, () => child.kill('SIGINT')),
  });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(result.stdout).toMatch(/^listening http:\/\/127\.0\.0\.1:\d+\/experiment\/v1\/\ntoken \S+\n$/);
});
