/** The library as its users meet it: one way of working with entities, online and in a mirror. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BusyError,
  type Mirror,
  MirrorError,
  NotFoundError,
  OptimizelyClient,
  openMirror,
  UsageError,
} from '../../src/index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

let folder: string;
let sandbox: Sandbox;
let client: OptimizelyClient;
let mirror: Mirror;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-'));
  sandbox = await startSandbox({ projects: 2, experimentsPerProject: 6 });
  client = new OptimizelyClient({ token: sandbox.token, base: sandbox.url, rate: 0 });
  mirror = openMirror({ db: path.join(folder, 'mirror.db'), client });
  await mirror.pull();
});

afterEach(async () => {
  mirror.close();
  await client.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

async function aRunningTest() {
  const [project] = await mirror.projects.get();
  const experiments = (await project?.experiments()) ?? [];
  const found = experiments.find(
    ({ experiment_type, status }) => experiment_type === 'ab' && status === 'Paused',
  );
  if (!project || !found) throw new Error('the sandbox has no paused A/B test');
  return { project, experiment: found };
}

describe('a mirror', () => {
  it('gives the objects that the client gives, without asking the network', async () => {
    const online = await client.projects.get();
    const asked = sandbox.requests.length;
    const local = await mirror.projects.get();
    expect(local.map((project) => ({ ...project }))).toEqual(online.map((project) => ({ ...project })));
    const { experiment } = await aRunningTest();
    await experiment.variations();
    await experiment.schedules();
    await experiment.results();
    await experiment.stats();
    expect(sandbox.requests.length).toBe(asked);
    expect({ ...(await client.experiments.get(experiment.id)) }).toEqual({ ...experiment });
  });

  it('fills the outbox on save, and pushes only the field that was edited', async () => {
    const { experiment } = await aRunningTest();
    experiment.description = 'Renamed offline';
    await experiment.save();
    expect(mirror.sql('SELECT op, status FROM outbox')).toEqual([{ op: 'update', status: 'pending' }]);
    expect((await client.experiments.get(experiment.id)).description).not.toBe('Renamed offline');
    const report = await mirror.push();
    expect(report.pushed).toMatchObject([
      { resource: 'experiments', entity_id: experiment.id, op: 'update' },
    ]);
    expect(sandbox.requests.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual([
      '{"description":"Renamed offline"}',
    ]);
    expect((await client.experiments.get(experiment.id)).description).toBe('Renamed offline');
  });

  it('creates, adds goals to and deletes offline', async () => {
    const { project } = await aRunningTest();
    const made = await mirror.experiments.create({
      project_id: project.id,
      description: 'Made offline',
      edit_url: 'https://example.com/',
    });
    expect(made.id).toBeLessThan(0);
    const goals = await project.goals();
    const goal = goals.find(({ is_editable }) => is_editable !== false);
    if (!goal) throw new Error('no goal can be edited');
    await made.addGoal(goal.id);
    const report = await mirror.push();
    const real = report.pushed?.find(({ resource }) => resource === 'experiments')?.remote_id ?? 0;
    expect((await client.goals.get(goal.id)).experiment_ids).toContain(real);
    const pushed = await mirror.experiments.get(real);
    expect(await pushed.variations()).toHaveLength(2);
    await pushed.delete();
    await expect(mirror.experiments.get(real)).rejects.toThrow(NotFoundError);
    const held = await mirror.push();
    expect(held.held).toMatchObject([{ op: 'delete', entity_id: real }]);
    await mirror.push({ yes: true });
    await expect(client.experiments.get(real)).rejects.toThrow(NotFoundError);
    await mirror.pull();
    expect(mirror.sql('SELECT count(*) AS n FROM outbox')).toEqual([{ n: 0 }]);
  });

  it('answers SQL with parameters', () => {
    expect(mirror.sql('SELECT ? + 1 AS n', [1])).toEqual([{ n: 2 }]);
    expect(mirror.sql('SELECT count(*) AS n FROM projects WHERE id > $least', { least: 0 })).toEqual([
      { n: 2 },
    ]);
  });

  it('refuses what the API would refuse, and a value of another kind', async () => {
    const { experiment } = await aRunningTest();
    await expect(mirror.experiments.update(experiment.id, { status: 'Sleeping' })).rejects.toThrow(
      UsageError,
    );
    await expect(mirror.experiments.update(experiment.id, { percentage_included: 1.5 })).rejects.toThrow(
      'whole number',
    );
  });

  it('lets one pull or push at a time work on it', async () => {
    const other = openMirror({ db: mirror.file, client });
    const first = mirror.pull();
    await expect(other.pull()).rejects.toThrow(BusyError);
    await first;
    await other.pull();
    other.close();
  });

  it('is not made by reading, and needs a client to pull', async () => {
    expect(() => openMirror({ db: path.join(folder, 'none.db') })).toThrow(MirrorError);
    expect(fs.existsSync(path.join(folder, 'none.db'))).toBe(false);
    const offline = openMirror({ db: mirror.file });
    await expect(offline.pull()).rejects.toThrow('without a client');
    offline.close();
  });
});
