/** The calls that the official Python client makes, as it makes them: whole saves, nulls, parents' ids in bodies. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import {
  can,
  type EntityName,
  editableFields,
  entityNames,
  listPath,
  parentField,
  parentOf,
} from '../../src/api/resources.ts';
import { idOf, startApi, type TestApi } from './help.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi({ projects: 1 });
});
afterEach(() => api.sandbox.close());

/** The parent's id stands in the body, and the path is made of it. */
async function create(name: EntityName, data: JsonObject): Promise<JsonObject> {
  const parent = parentField(name);
  const answer = await api.call('POST', listPath(name, parent === null ? null : Number(data[parent])), data);
  expect(answer.status, answer.text).toBe(201);
  return answer.json;
}

/** Every editable field is sent, changed or not. */
async function save(name: EntityName, entity: JsonObject): Promise<JsonObject> {
  const data = Object.fromEntries(editableFields(name).map(([field]) => [field, entity[field]]));
  const answer = await api.call('PUT', `${name}/${entity.id}`, data);
  expect(answer.status, answer.text).toBe(202);
  return answer.json;
}

async function refresh(name: EntityName, entity: JsonObject): Promise<JsonObject> {
  const answer = await api.call('GET', `${name}/${entity.id}`);
  expect(answer.status).toBe(200);
  return answer.json;
}

async function setGoal(goalId: number, change: (ids: Set<number>) => void): Promise<void> {
  const goal = await refresh('goals', { id: goalId });
  const ids = new Set(goal.experiment_ids as number[]);
  change(ids);
  await save('goals', { ...goal, experiment_ids: [...ids] });
}

const samples: Record<EntityName, { create: JsonObject; change: JsonObject }> = {
  projects: {
    create: { project_name: 'My new project name' },
    change: { project_name: 'My even newer project name' },
  },
  audiences: {
    create: { name: 'Chinese food buyers' },
    change: { description: 'People who bought Chinese food' },
  },
  dimensions: {
    create: {
      name: 'My Dimension',
      client_api_name: 'my_dimension_api_name',
      description: 'Description of it',
    },
    change: { description: 'A new description of my dimension' },
  },
  experiments: {
    create: { description: 'My Experiment Name', edit_url: 'https://mysite.com/products/' },
    change: { status: 'Running' },
  },
  variations: {
    create: {
      description: 'Variation #1',
      js_component: "$('.headline').text('New headline');",
      weight: 3333,
    },
    change: { js_component: "$('.headline').text('Updated headline');" },
  },
  schedules: {
    create: { start_time: '2015-01-01T08:00:00Z' },
    change: { stop_time: '2015-01-02T08:00:00Z' },
  },
  goals: {
    create: {
      title: 'Add to cart clicks',
      goal_type: 0,
      selector: 'div.cart > button',
      target_to_experiments: true,
    },
    change: { title: 'Updated goal name' },
  },
};

test.each(entityNames)('%s: create, get, save all, list, delete', async (name) => {
  const above = parentOf(name);
  const parent = parentField(name);
  const parentId = above === null ? null : idOf(api.sandbox.account.list(above)[0]);
  const sample = samples[name];
  const created = await create(name, {
    ...(parent === null ? {} : { [parent]: parentId }),
    ...sample.create,
  });
  expect(created).toMatchObject({ ...sample.create, id: expect.any(Number) });
  expect(await refresh(name, created)).toEqual(created);

  const saved = await save(name, { ...created, ...sample.change });
  expect(saved).toMatchObject({ ...sample.create, ...sample.change });
  const listed = (await api.call('GET', listPath(name, parentId))).list;
  expect(listed.find(({ id }) => id === created.id)).toEqual(saved);

  const deleted = await api.call('DELETE', `${name}/${created.id}`);
  expect(deleted.status).toBe(can(name, 'delete') ? 204 : 405);
  expect((await api.call('GET', `${name}/${created.id}`)).status).toBe(can(name, 'delete') ? 404 : 200);
});

test('every made-up entity that the API updates at all can be saved as it is', async () => {
  for (const name of entityNames)
    for (const entity of api.sandbox.account.list(name)) {
      if (entity.is_multivariate === true || entity.is_editable === false) continue;
      const saved = await save(name, entity);
      expect({ ...saved, last_modified: null }).toEqual({ ...entity, last_modified: null });
    }
});

test('add_goal and remove_goal', async () => {
  const [project] = api.sandbox.account.list('projects').map(idOf);
  const experiment = await create('experiments', {
    project_id: project ?? 0,
    description: 'E',
    edit_url: 'u',
  });
  const goal = await create('goals', { project_id: project ?? 0, title: 'G', goal_type: 1, event: 'e' });
  await setGoal(idOf(goal), (ids) => ids.add(idOf(experiment)));
  expect((await refresh('experiments', experiment)).display_goal_order_lst).toEqual([goal.id]);
  await setGoal(idOf(goal), (ids) => ids.delete(idOf(experiment)));
  expect((await refresh('experiments', experiment)).display_goal_order_lst).toEqual([]);
});
