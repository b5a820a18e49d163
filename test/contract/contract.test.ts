/** The contract suite on the sandbox over a socket, and on answers as the vendor's documents print them. */
import nock from 'nock';
import { afterAll } from 'vitest';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { JsonObject } from '../../src/api/description.ts';
import {
  type EntityName,
  entityNames,
  observationNames,
  parentField,
  parentOf,
} from '../../src/api/resources.ts';
import type { Effects } from '../../src/effects.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { samples } from './samples.ts';
import { type Backend, contractSuite, needed } from './suite.ts';

/** A clock that moves only by being slept on, so that pauses between repetitions pass at once. */
function hasty(): Effects {
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
  };
  return { clock: { now: () => now, sleep }, random: () => 0 };
}

async function sandboxBackend(): Promise<Backend> {
  const sandbox = await startSandbox({ projects: 1, experimentsPerProject: 1 });
  const { account } = sandbox;
  const ids = new Map<EntityName, number>();
  for (const resource of entityNames) {
    const parent = parentOf(resource);
    // No two dimensions of a project may have one name, and the suite makes its own.
    const body = { ...needed[resource], ...(resource === 'dimensions' && { name: 'Another' }) };
    const made = account.create(resource, parent === null ? null : (ids.get(parent) ?? 0), body);
    ids.set(resource, made.id as number);
  }
  const client = new OptimizelyClient({ token: sandbox.token, base: sandbox.url, rate: 0, effects: hasty() });
  return {
    client,
    id: (resource) => ids.get(resource) ?? 0,
    writes: () =>
      sandbox.requests
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path, body }) => ({
          method,
          path,
          body: body ? (JSON.parse(body) as JsonObject) : null,
        })),
    refuseNext: (status, times) =>
      sandbox.faults.next({ kind: 'unavailable', status, times, retryAfter: null }),
    close: async () => {
      await client.close();
      await sandbox.close();
    },
  };
}

const madeId = 987654;
type Answer = [number, (JsonObject | JsonObject[])?];

/** The vendor's printed answers, served under the vendor's address; nothing but them answers. */
async function nockBackend(): Promise<Backend> {
  const writes: { method: string; path: string; body: JsonObject | null }[] = [];
  const refusals: number[] = [];
  nock.disableNetConnect();
  const api = nock('https://www.optimizelyapis.com/experiment/v1').persist();
  const answer = (give: (body: JsonObject) => Answer) => async (request: Request) => {
    const status = refusals.shift();
    if (status !== undefined) return [status, { message: 'refused' }];
    const { method } = request;
    const text = method === 'GET' ? '' : await request.text();
    const body = text === '' ? null : (JSON.parse(text) as JsonObject);
    if (method !== 'GET')
      writes.push({ method, path: new URL(request.url).pathname.replace('/experiment/v1/', ''), body });
    return give(body ?? {});
  };
  for (const resource of entityNames) {
    const parent = parentOf(resource);
    const list = parent === null ? `/${resource}` : `/${parent}/${samples[parent].id}/${resource}`;
    const one = `/${resource}/${samples[resource].id}`;
    const field = parentField(resource);
    const sample: JsonObject = { ...samples[resource] };
    if (field !== null && parent !== null) sample[field] = samples[parent].id ?? null;
    api.get(one).reply(answer(() => [200, sample]));
    api.get(list).reply(answer(() => [200, [sample]]));
    api.put(one).reply(answer((body) => [202, { ...sample, ...body }]));
    api.post(list).reply(answer((body) => [201, { ...sample, ...body, id: madeId }]));
    api.delete(`/${resource}/${madeId}`).reply(answer(() => [204]));
  }
  for (const rows of observationNames) {
    api.get(`/experiments/${samples.experiments.id}/${rows}`).reply(answer(() => [200, [samples[rows]]]));
  }
  const client = new OptimizelyClient({
    token: 'abcdefghijklmnopqrstuvwxyz:123456',
    rate: 0,
    effects: hasty(),
  });
  return {
    client,
    id: (resource) => samples[resource].id as number,
    writes: () => writes,
    refuseNext: (status, times) => refusals.push(...new Array<number>(times).fill(status)),
    close: async () => {
      await client.close();
      nock.cleanAll();
    },
  };
}

afterAll(() => {
  nock.restore();
});

contractSuite('the sandbox answers it', sandboxBackend);
contractSuite("the vendor's documents print it", nockBackend);
