/** Entity objects: fields as properties, methods from the description, and what save sends. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/api/description.ts';
import { createResources } from '../../src/api/entities.ts';
import type { EntityName } from '../../src/api/resources.ts';
import type { Store } from '../../src/api/store.ts';
import { InvalidIDError, UsageError } from '../../src/errors.ts';

/** A store in memory that remembers what it was asked. */
class MemoryStore implements Store {
  readonly negativeIds: boolean = false;
  readonly asked: Json[][] = [];
  readonly records = new Map<string, JsonObject>();
  rows: JsonObject[] = [];

  put(resource: string, record: JsonObject): void {
    this.records.set(`${resource}/${record.id}`, record);
  }
  #at(resource: string, id: number): JsonObject {
    const record = this.records.get(`${resource}/${id}`);
    if (!record) throw new Error(`no ${resource}/${id}`);
    return structuredClone(record);
  }
  async get(resource: EntityName, id: number): Promise<JsonObject> {
    this.asked.push(['get', resource, id]);
    return this.#at(resource, id);
  }
  async list(
    resource: string,
    parentId: number | null,
    query?: Record<string, string>,
  ): Promise<JsonObject[]> {
    this.asked.push(['list', resource, parentId, query ?? null]);
    return this.rows;
  }
  async create(resource: EntityName, data: JsonObject): Promise<JsonObject> {
    this.asked.push(['create', resource, data]);
    this.put(resource, { id: 99, ...data });
    return this.#at(resource, 99);
  }
  async update(resource: EntityName, id: number, changes: JsonObject): Promise<JsonObject> {
    this.asked.push(['update', resource, id, changes]);
    this.put(resource, { ...this.#at(resource, id), ...changes, last_modified: 'now' });
    return this.#at(resource, id);
  }
  async delete(resource: EntityName, id: number): Promise<void> {
    this.asked.push(['delete', resource, id]);
    this.records.delete(`${resource}/${id}`);
  }
}

function stocked() {
  const store = new MemoryStore();
  store.put('projects', { id: 1, project_name: 'Shop', novelty: { a: [1] }, goals: ['not the method'] });
  store.put('experiments', { id: 15, project_id: 1, description: 'Test', audience_ids: [8], details: 'x' });
  store.put('goals', { id: 7, project_id: 1, title: 'Clicks', experiment_ids: [3] });
  store.put('audiences', { id: 8, project_id: 1, name: 'Canadians' });
  return { store, client: createResources(store) };
}

describe('an entity', () => {
  it('has its fields, unlisted ones included, as its own properties, and nothing else', async () => {
    const { client } = stocked();
    const experiment = await client.experiments.get(15);
    const fields = { id: 15, project_id: 1, description: 'Test', audience_ids: [8], details: 'x' };
    expect({ ...experiment }).toEqual(fields);
    expect(JSON.parse(JSON.stringify(experiment))).toEqual(fields);
    expect(experiment.toJSON()).toEqual(fields);
    expect(inspect(experiment)).toMatch(/^Experiment \{/);
  });

  it('keeps its methods where a field has the same name', async () => {
    const { client } = stocked();
    const project = await client.projects.get(1);
    expect(await project.goals()).toEqual([]);
    expect(Object.keys(project)).toEqual(['id', 'project_name', 'novelty']);
  });

  it('saves only the editable fields that changed, and takes over the answer', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    experiment.description = 'Better';
    Object.assign(experiment, { details: 'not editable', unheard: 'of' });
    expect(await experiment.save()).toBe(experiment);
    expect(store.asked.at(-1)).toEqual(['update', 'experiments', 15, { description: 'Better' }]);
    expect(experiment).toMatchObject({ description: 'Better', details: 'x', last_modified: 'now' });
    expect(experiment).not.toHaveProperty('unheard');
  });

  it('sends nothing where nothing changed, or changed back', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    experiment.description = 'Better';
    experiment.description = 'Test';
    experiment.audience_ids = [8];
    await experiment.save();
    expect(store.asked).toEqual([['get', 'experiments', 15]]);
  });

  it('notices a list that was changed in place', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    experiment.audience_ids?.push(9);
    await experiment.save();
    expect(store.asked.at(-1)).toEqual(['update', 'experiments', 15, { audience_ids: [8, 9] }]);
    await experiment.save();
    expect(store.asked).toHaveLength(2);
  });

  it('keeps an edit that was made while it was being saved, to be saved next', async () => {
    const { client, store } = stocked();
    const goal = await client.goals.get(7);
    goal.title = 'First';
    const saving = goal.save();
    goal.title = 'Second';
    goal.description = 'Also new';
    await saving;
    expect(goal).toMatchObject({ title: 'Second', description: 'Also new', last_modified: 'now' });
    await goal.save();
    expect(store.asked.at(-1)).toEqual(['update', 'goals', 7, { title: 'Second', description: 'Also new' }]);
  });

  it('keeps its edits where saving fails', async () => {
    const { client, store } = stocked();
    const goal = await client.goals.get(7);
    goal.title = 'New';
    store.records.clear();
    await expect(goal.save()).rejects.toThrow('no goals/7');
    expect(goal.title).toBe('New');
  });

  it('is saved under the id it was read with', async () => {
    const { client, store } = stocked();
    const goal = await client.goals.get(7);
    Object.assign(goal, { id: 8, title: 'New' });
    await goal.save();
    expect(store.asked.at(-1)).toEqual(['update', 'goals', 7, { title: 'New' }]);
  });

  it('forgets its edits when it is read anew', async () => {
    const { client } = stocked();
    const goal = await client.goals.get(7);
    goal.title = 'New';
    goal.selector = 'p';
    expect(await goal.refresh()).toBe(goal);
    expect(goal.title).toBe('Clicks');
    expect(goal).not.toHaveProperty('selector');
  });

  it('deletes itself where the API can, and says so where it can not', async () => {
    const { client, store } = stocked();
    const goal = await client.goals.get(7);
    expect(await goal.delete()).toBeUndefined();
    expect(store.asked.at(-1)).toEqual(['delete', 'goals', 7]);
    const project = (await client.projects.get(1)) as unknown as { delete(): Promise<void> };
    await expect(project.delete()).rejects.toThrow(UsageError);
    await expect(project.delete()).rejects.toThrow('does not delete projects');
  });
});

describe('children', () => {
  it('are listed below their parent, as entities', async () => {
    const { client, store } = stocked();
    const project = await client.projects.get(1);
    store.rows = [{ id: 4 }];
    for (const list of ['experiments', 'goals', 'audiences', 'dimensions'] as const) {
      const [child] = await project[list]();
      expect(child?.id).toBe(4);
      expect(typeof child?.save).toBe('function');
      expect(store.asked.at(-1)).toEqual(['list', list, 1, null]);
    }
    const experiment = await client.experiments.get(15);
    for (const list of ['variations', 'schedules'] as const) {
      await experiment[list]();
      expect(store.asked.at(-1)).toEqual(['list', list, 15, null]);
    }
  });

  it('that are results come as rows, with their experiment and either name of a field', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    store.rows = [{ variation_id: '1', goal_id: 2, visitors_until_statistically_significant: 100 }];
    const [row] = await experiment.stats();
    expect(row).toEqual({ experiment_id: 15, ...store.rows[0] });
    expect((row as unknown as JsonObject).visitors_until_significance).toBe(100);
    await experiment.results();
    expect(store.asked.at(-1)).toEqual(['list', 'results', 15, null]);
  });

  it('that are results can be asked for one segment', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    await experiment.results({ audience_id: 8 });
    expect(store.asked.at(-1)).toEqual(['list', 'results', 15, { audience_id: '8' }]);
    await experiment.stats({ dimension_id: 5, dimension_value: 'x&y' });
    expect(store.asked.at(-1)).toEqual(['list', 'stats', 15, { dimension_id: '5', dimension_value: 'x&y' }]);
  });
});

describe('adding and removing a goal', () => {
  it('reads the goal and sends its list alone', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    const goal = await experiment.addGoal(7);
    expect(goal).toMatchObject({ id: 7, experiment_ids: [3, 15] });
    expect(store.asked.slice(1)).toEqual([
      ['get', 'goals', 7],
      ['update', 'goals', 7, { experiment_ids: [3, 15] }],
    ]);
    await experiment.removeGoal(7);
    expect(store.asked.at(-1)).toEqual(['update', 'goals', 7, { experiment_ids: [3] }]);
  });

  it('sends nothing where it is so already', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    await experiment.removeGoal(7);
    expect(store.asked.at(-1)).toEqual(['get', 'goals', 7]);
  });

  it('loses nothing where several experiments do it at once', async () => {
    const { client, store } = stocked();
    store.put('experiments', { id: 16 });
    const [first, second] = await client.experiments.get([15, 16]);
    await Promise.all([first?.addGoal(7), second?.addGoal(7), first?.removeGoal(7), first?.addGoal(7)]);
    expect(store.records.get('goals/7')).toMatchObject({ experiment_ids: [3, 16, 15] });
  });

  it('goes on after one that failed', async () => {
    const { client, store } = stocked();
    const experiment = await client.experiments.get(15);
    await expect(experiment.addGoal(70)).rejects.toThrow('no goals/70');
    store.put('goals', { id: 70 });
    expect(await experiment.addGoal(70)).toMatchObject({ experiment_ids: [15] });
  });

  it('takes no id that is none', async () => {
    const { client } = stocked();
    const experiment = await client.experiments.get(15);
    await expect(experiment.addGoal(0)).rejects.toThrow(InvalidIDError);
  });

  it('works for whatever else holds a set of ids', async () => {
    const { client } = stocked();
    const audience = await client.audiences.get(8);
    expect(await audience.removeExperiment(15)).toMatchObject({ id: 15, audience_ids: [] });
  });
});

describe('a store of one’s own', () => {
  class Mirror extends MemoryStore {
    override readonly negativeIds = true;
    async listAll(resource: EntityName): Promise<JsonObject[]> {
      this.asked.push(['listAll', resource]);
      return [{ id: -1 }];
    }
  }

  it('may have negative ids, and delete whatever only exists there', async () => {
    const store = new Mirror();
    const mirror = createResources(store);
    store.put('projects', { id: -3 });
    expect((await mirror.projects.get(-3)).id).toBe(-3);
    const projects = mirror.projects as unknown as { delete(id: number): Promise<void> };
    await projects.delete(-3);
    await expect(projects.delete(3)).rejects.toThrow(UsageError);
    await expect(mirror.projects.get(0)).rejects.toThrow(InvalidIDError);
  });

  it('may list every member of a resource', async () => {
    const store = new Mirror();
    const goals = await createResources(store).goals.get();
    expect(goals.map(({ id }) => id)).toEqual([-1]);
    expect(store.asked).toEqual([['listAll', 'goals']]);
  });
});
