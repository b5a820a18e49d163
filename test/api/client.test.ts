/** The client as its users see it, answered by nock: calls, URLs, bodies and errors. */

import { inspect } from 'node:util';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { type ClientOptions, OptimizelyClient } from '../../src/api/client.ts';
import {
  BadRequestError,
  ForbiddenError,
  InvalidIDError,
  MalformedResponseError,
  NotFoundError,
  OptimizelyError,
  ServiceUnavailableError,
  TokenError,
  TooManyRequestsError,
  UnauthorizedError,
  UsageError,
} from '../../src/errors.ts';
import { FakeClock, failureWithout, fakeEffects } from './support.ts';

const token = 'abcdefghijklmnopqrstuvwxyz:123456';
const origin = 'https://www.optimizelyapis.com';
const clients: OptimizelyClient[] = [];
const failureOf = (promise: Promise<unknown>) => failureWithout(token, promise);

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending).toEqual([]);
});

function made(options: Partial<ClientOptions> = {}): OptimizelyClient {
  const client = new OptimizelyClient({ token, rate: 0, ...options });
  clients.push(client);
  return client;
}
const api = () => nock(`${origin}/experiment/v1`, { reqheaders: { token } });

describe('reading', () => {
  it('gets one by its id', async () => {
    api().get('/projects/1234').reply(200, { id: 1234, project_name: 'One' });
    const project = await made().projects.get(1234);
    expect({ ...project }).toEqual({ id: 1234, project_name: 'One' });
  });

  it('gets several, in the order of their ids', async () => {
    api().get('/projects/1234').delay(20).reply(200, { id: 1234 });
    api().get('/projects/5678').reply(200, { id: 5678 });
    const projects = await made().projects.get([1234, 5678]);
    expect(projects.map(({ id }) => id)).toEqual([1234, 5678]);
  });

  it('gets all projects of the account, and none by an empty list', async () => {
    api()
      .get('/projects')
      .reply(200, [{ id: 1 }, { id: 2 }]);
    const client = made();
    expect(await client.projects.get()).toHaveLength(2);
    expect(await client.projects.get([])).toEqual([]);
  });

  it('works with a token alone, and as an OAuth bearer', async () => {
    api().get('/projects').reply(200, []);
    const client = new OptimizelyClient(token);
    clients.push(client);
    expect(await client.projects.get()).toEqual([]);
    nock(origin, { reqheaders: { authorization: `Bearer ${token}` }, badheaders: ['token'] })
      .get('/experiment/v1/projects')
      .reply(200, []);
    expect(await made({ auth: 'bearer' }).projects.get()).toEqual([]);
  });

  it('says where other resources are listed, without asking', async () => {
    const { goals } = made();
    // As JavaScript may call it, where the types would not let it.
    const error = await failureOf(Reflect.apply(goals.get, goals, []));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain('below one of projects');
  });

  it('refuses the answer for another id', async () => {
    api().get('/projects/5').reply(200, { id: 6 });
    expect(await failureOf(made().projects.get(5))).toBeInstanceOf(MalformedResponseError);
  });

  it('refuses a list with an entity that can not be trusted', async () => {
    api().get('/projects/5').reply(200, { id: 5 });
    api()
      .get('/projects/5/goals')
      .reply(200, [{ id: 1, title: [] }]);
    const project = await made().projects.get(5);
    expect((await failureOf(project.goals())).message).toContain('goals 1: title: expected a text');
  });
});

describe('an id', () => {
  test.each([0, -1, 1.5, Number.NaN, 2 ** 53, '15', null, undefined, {}, '../goals/1'])(
    'that is none is refused before any request: %j',
    async (bad) => {
      const client = made();
      const id = bad as number;
      for (const call of [
        () => client.experiments.get(id),
        () => client.experiments.get([1, id]),
        () => client.experiments.update(id, { description: 'x' }),
        () => client.experiments.delete(id),
        () => client.experiments.create({ project_id: id, description: 'x', edit_url: 'http://x/' }),
      ]) {
        const error = await failureOf(call());
        const missingParent = call.toString().includes('create') && (bad === null || bad === undefined);
        expect(error).toBeInstanceOf(missingParent ? UsageError : InvalidIDError);
      }
      expect(client.api.counters.requests).toBe(0);
    },
  );

  it('that is none is named in the error', async () => {
    const { experiments } = made();
    const error = await failureOf(Reflect.apply(experiments.get, experiments, ['15']));
    expect(error.message).toBe(
      'GET experiments/"15": an id is a whole number from 1 to 9007199254740991, not "15"',
    );
  });
});

describe('writing', () => {
  it('creates below the parent, whose id stays out of the body', async () => {
    const data = { description: 'New', edit_url: 'https://mysite.com/products/' };
    api()
      .post('/projects/1234/experiments', data)
      .reply(201, { id: 15, project_id: 1234, ...data });
    const experiment = await made().experiments.create({ project_id: 1234, ...data });
    expect(experiment.id).toBe(15);
  });

  it('creates projects below the account', async () => {
    api().post('/projects', { project_name: 'New' }).reply(201, { id: 5678, project_name: 'New' });
    expect((await made().projects.create({ project_name: 'New' })).id).toBe(5678);
  });

  it('asks for the parent where it is missing', async () => {
    const experiments = made().experiments as unknown as { create(data: object): Promise<unknown> };
    const error = await failureOf(experiments.create({ description: 'x' }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain('project_id is missing');
  });

  it('updates only what is given', async () => {
    api().put('/experiments/15', { status: 'Running' }).reply(202, { id: 15, status: 'Running' });
    expect((await made().experiments.update(15, { status: 'Running' })).status).toBe('Running');
  });

  it('refuses the answer for another id', async () => {
    api().put('/experiments/15').reply(202, { id: 16 });
    const error = await failureOf(made().experiments.update(15, { status: 'Running' }));
    expect(error).toBeInstanceOf(MalformedResponseError);
  });

  it('deletes, and resolves with nothing', async () => {
    api().delete('/goals/7').reply(204);
    expect(await made().goals.delete(7)).toBeUndefined();
  });

  it('never deletes what the API does not', async () => {
    const audiences = made().audiences as unknown as { delete(id: number): Promise<unknown> };
    const error = await failureOf(audiences.delete(7));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain('does not delete audiences');
  });
});

describe('an error', () => {
  test.each([
    [400, BadRequestError],
    [401, UnauthorizedError],
    [403, ForbiddenError],
    [404, NotFoundError],
    [429, TooManyRequestsError],
    [501, OptimizelyError],
    [503, ServiceUnavailableError],
  ])(
    'of status %i is an error of its class, with the words of the API and never the token',
    async (status, Class) => {
      api()
        .put('/goals/7')
        .reply(status, { message: `no: ${token}` }, { 'Retry-After': '1' });
      const error = await failureOf(made().goals.update(7, { title: 'x' }));
      expect(error).toBeInstanceOf(Class);
      expect(error).toBeInstanceOf(OptimizelyError);
      expect(error).toMatchObject({ status, method: 'PUT', path: 'goals/7', apiMessage: 'no: [token]' });
    },
  );

  it('for a resource that nobody knows names those that there are', async () => {
    const { api } = made();
    const unheard = 'sections' as 'goals';
    for (const call of [api.list(unheard, 5), api.get(unheard, 5), api.get('results' as 'goals', 5)]) {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(UsageError);
      expect(error.message).toContain('it has projects, audiences');
    }
  });

  it('of the set-up is thrown at once', () => {
    expect(() => new OptimizelyClient('')).toThrow(TokenError);
    expect(() => made({ token: 'a\nb' })).toThrow(TokenError);
    expect(() => made({ base: 'http://api.example/' })).toThrow(UsageError);
    expect(() => made({ concurrency: 0 })).toThrow(UsageError);
    expect(() => made({ concurrency: 1.5 })).toThrow(UsageError);
    expect(() => made({ rate: -1 })).toThrow(UsageError);
    expect(() => made({ rate: Number.NaN })).toThrow(UsageError);
  });
});

it('waits on 429 and then goes on', async () => {
  api().get('/projects').reply(429, 'slow', { 'Retry-After': '30' });
  api().get('/projects').reply(200, []);
  const clock = new FakeClock();
  const client = made({ effects: fakeEffects(clock) });
  const projects = client.projects.get();
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.wakeNext();
  expect(await projects).toEqual([]);
  expect(clock.slept).toEqual([30_000]);
  expect(client.api.counters).toEqual({ requests: 2, retries: 1 });
});

it('shows neither token nor connection when it is printed', () => {
  expect(inspect(made(), { depth: 10, showHidden: true })).not.toContain(token);
});
