/** Every call that the seeds document, in camelCase, against the sandbox over a real socket. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { Effects } from '../../src/effects.ts';
import { BadRequestError, ForbiddenError, NotFoundError } from '../../src/errors.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts';

let sandbox: Sandbox;
let client: OptimizelyClient;

beforeAll(async () => {
  sandbox = await startSandbox({ projects: 2, experimentsPerProject: 8 });
  client = new OptimizelyClient({ token: sandbox.token, base: sandbox.url, rate: 0 });
});
afterAll(async () => {
  await client.close();
  await sandbox.close();
});

/** What the last request was, as the server saw it. */
function lastRequest() {
  const request = sandbox.requests.at(-1);
  return request && [request.method, request.path, request.body ? JSON.parse(request.body) : null];
}

async function newProject() {
  return client.projects.create({ project_name: 'My new project name' });
}
async function newExperiment() {
  const { id } = await newProject();
  const edit_url = 'https://mysite.com/products/';
  return client.experiments.create({ project_id: id, edit_url, description: 'My Experiment Name' });
}

describe('projects', () => {
  it('are read one by one, several at once, and all', async () => {
    const all = await client.projects.get();
    const ids = all.map(({ id }) => id);
    expect((await client.projects.get(ids)).map(({ id }) => id)).toEqual(ids);
    expect((await client.projects.get(ids[0] ?? 0)).project_name).toBe(all[0]?.project_name);
  });

  it('are created and updated', async () => {
    const project = await newProject();
    expect(project).toMatchObject({ project_name: 'My new project name', project_status: 'Active' });
    project.project_name = 'My even newer project name';
    await project.save();
    expect(lastRequest()).toEqual([
      'PUT',
      `projects/${project.id}`,
      { project_name: 'My even newer project name' },
    ]);
    await client.projects.update(project.id, { ip_filter: '1.2.3.4' });
    expect((await project.refresh()).ip_filter).toBe('1.2.3.4');
  });

  it('list their children', async () => {
    const [project] = await client.projects.get();
    const lists = await Promise.all([
      project?.experiments(),
      project?.goals(),
      project?.audiences(),
      project?.dimensions(),
    ]);
    for (const children of lists) expect(children?.[0]?.project_id).toBe(project?.id);
  });
});

describe('experiments', () => {
  it('are created with their variations, started and deleted', async () => {
    const experiment = await newExperiment();
    expect(experiment).toMatchObject({ status: 'Not started', percentage_included: 10000 });
    expect(await experiment.variations()).toHaveLength(2);
    experiment.status = 'Running';
    await experiment.save();
    await client.experiments.update(experiment.id, { status: 'Paused' });
    expect((await client.experiments.get(experiment.id)).status).toBe('Paused');
    expect(await experiment.delete()).toBeUndefined();
    await expect(experiment.refresh()).rejects.toBeInstanceOf(NotFoundError);
  });

  it('have results of either kind, for a segment too', async () => {
    const [project] = await client.projects.get();
    const experiments = (await project?.experiments()) ?? [];
    const results = await Promise.all(experiments.map((experiment) => experiment.results()));
    const stats = await Promise.all(experiments.map((experiment) => experiment.stats()));
    expect(results.flat()[0]).toMatchObject({
      variation_id: expect.any(String),
      goal_id: expect.any(Number),
    });
    expect(stats.flat()[0]).toHaveProperty('statistical_significance');
    const [audience] = (await project?.audiences()) ?? [];
    await experiments[0]?.results({ audience_id: audience?.id ?? 0 });
    expect(lastRequest()?.[1]).toBe(`experiments/${experiments[0]?.id}/results?audience_id=${audience?.id}`);
  });

  it('take goals and let go of them', async () => {
    const experiment = await newExperiment();
    const project_id = experiment.project_id;
    const goal = await client.goals.create({ project_id, title: 'Bought', goal_type: 1, event: 'bought' });
    expect((await experiment.addGoal(goal.id)).experiment_ids).toEqual([experiment.id]);
    expect(lastRequest()).toEqual(['PUT', `goals/${goal.id}`, { experiment_ids: [experiment.id] }]);
    expect((await experiment.removeGoal(goal.id)).experiment_ids).toEqual([]);
  });
});

describe('schedules', () => {
  it('are created, read, updated and deleted', async () => {
    const experiment = await newExperiment();
    const first = { experiment_id: experiment.id, start_time: '2015-01-01T08:00:00Z' };
    const { id } = await client.schedules.create(first);
    const schedule = await client.schedules.get(id);
    expect(schedule).toMatchObject({ status: 'ACTIVE', ...first, stop_time: null });
    schedule.stop_time = '2015-01-02T08:00:00Z';
    await schedule.save();
    await client.schedules.update(id, { stop_time: '2015-01-03T08:00:00Z' });
    expect(await experiment.schedules()).toMatchObject([{ id, stop_time: '2015-01-03T08:00:00Z' }]);
    await schedule.delete();
    expect(await experiment.schedules()).toEqual([]);
  });
});

describe('variations', () => {
  it('are created, read, updated and deleted', async () => {
    const experiment = await newExperiment();
    const js_component = "$('.headline').text('New headline');";
    const given = { experiment_id: experiment.id, description: 'Variation #2', js_component, weight: 3333 };
    const { id } = await client.variations.create(given);
    const variation = await client.variations.get(id);
    expect(variation).toMatchObject(given);
    variation.js_component = 'alert(1)';
    await variation.save();
    expect(lastRequest()).toEqual(['PUT', `variations/${id}`, { js_component: 'alert(1)' }]);
    await client.variations.update(id, { is_paused: true });
    expect((await experiment.variations()).map((each) => each.id)).toContain(id);
    await variation.delete();
    expect(await experiment.variations()).toHaveLength(2);
  });
});

describe('goals', () => {
  it('are created, read, updated and deleted', async () => {
    const project = await newProject();
    const { id } = await client.goals.create({
      project_id: project.id,
      title: 'Add to cart clicks',
      goal_type: 0,
      selector: 'div.cart > button',
      target_to_experiments: true,
    });
    const goal = await client.goals.get(id);
    goal.title = 'Updated goal name';
    await goal.save();
    await client.goals.update(id, { archived: true });
    expect((await project.goals()).find((each) => each.id === id)).toMatchObject({
      title: 'Updated goal name',
      archived: true,
    });
    expect(await goal.delete()).toBeUndefined();
    await expect(client.goals.get(id)).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('audiences', () => {
  it('are created, read and updated', async () => {
    const project = await newProject();
    const { id } = await client.audiences.create({ project_id: project.id, name: 'Chinese food buyers' });
    const audience = await client.audiences.get(id);
    expect(audience).toMatchObject({ conditions: '[]', segmentation: false });
    audience.description = 'People who bought Chinese food';
    await audience.save();
    await client.audiences.update(id, { name: 'Eaters' });
    expect(await project.audiences()).toMatchObject([
      { name: 'Eaters', description: 'People who bought Chinese food' },
    ]);
  });
});

describe('dimensions', () => {
  it('are created, read, updated and deleted, and never doubled', async () => {
    const project = await newProject();
    const given = {
      project_id: project.id,
      name: 'My Dimension',
      client_api_name: 'my_dimension_api_name',
      description: 'Description of my dimension',
    };
    const { id } = await client.dimensions.create(given);
    await expect(client.dimensions.create(given)).rejects.toBeInstanceOf(BadRequestError);
    const dimension = await client.dimensions.get(id);
    dimension.description = 'A new description of my dimension';
    await dimension.save();
    await client.dimensions.update(id, { name: 'Mine' });
    expect(await project.dimensions()).toMatchObject([{ id, name: 'Mine' }]);
    await dimension.delete();
    expect(await project.dimensions()).toEqual([]);
  });
});

it('a wrong token is forbidden', async () => {
  const stranger = new OptimizelyClient({ token: 'wrong:1', base: sandbox.url });
  await expect(stranger.projects.get()).rejects.toBeInstanceOf(ForbiddenError);
  await stranger.close();
});

afterEach(() => void vi.useRealTimers());

it('everything comes through a bad network in the end, and nothing twice', async () => {
  let now = Date.now();
  const sleep = async (ms: number) => {
    now += ms;
  };
  const impatient: Effects = { clock: { now: () => now, sleep }, random: () => 0 };
  // One request at a time, and a time that passes when one has stalled: no other one is ever too slow.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const patience = { timeoutMs: 200, concurrency: 1 };
  const options = { token: sandbox.token, base: sandbox.url, effects: impatient, rate: 0, ...patience };
  const brave = new OptimizelyClient(options);
  const calm = await client.projects.get();
  for (const kind of ['rateLimit', 'unavailable', 'reset', 'truncate', 'garbage', 'lostReply'] as const) {
    sandbox.faults.next({ kind });
  }
  const match = () => setImmediate(() => vi.advanceTimersByTime(2000)).hasRef();
  sandbox.faults.next({ kind: 'stall', match });
  const projects = await brave.projects.get(calm.map(({ id }) => id));
  expect(projects.map((project) => ({ ...project }))).toEqual(calm.map((project) => ({ ...project })));
  expect(sandbox.faults.pending).toBe(0);
  expect(brave.api.counters).toEqual({ requests: calm.length + 7, retries: 7 });
  await brave.close();
});
