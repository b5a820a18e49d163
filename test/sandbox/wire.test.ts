/** The sandbox on the wire: authentication, paths, verbs, bodies, compression, the log. */
import { request as rawRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { can, entityNames } from '../../src/api/resources.ts';
import { idOf, noon, startApi, type TestApi } from './help.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi({ projects: 1 });
});
afterEach(() => api.sandbox.close());

const firstOf = (resource: (typeof entityNames)[number]) => idOf(api.sandbox.account.list(resource)[0]);

describe('authentication', () => {
  test('a request without a token is answered 401', async () => {
    expect((await api.call('GET', 'projects', undefined, {})).status).toBe(401);
  });
  test('a wrong token is answered 403, in either header', async () => {
    expect((await api.call('GET', 'projects', undefined, { token: 'no:1' })).status).toBe(403);
    expect((await api.call('GET', 'projects', undefined, { authorization: 'Bearer no:1' })).status).toBe(403);
  });
  test('the right token is let in, in either header', async () => {
    const { token } = api.sandbox;
    expect((await api.call('GET', 'projects', undefined, { token })).status).toBe(200);
    expect((await api.call('GET', 'projects', undefined, { authorization: `Bearer ${token}` })).status).toBe(
      200,
    );
  });
  test('an Authorization header of another kind counts as no token', async () => {
    expect((await api.call('GET', 'projects', undefined, { authorization: 'Basic eA==' })).status).toBe(401);
  });
  test('a forbidden path is answered 403 until it is allowed again, and its neighbours are not', async () => {
    const experiment = firstOf('experiments');
    api.sandbox.account.forbid(`experiments/${experiment}/`);
    expect((await api.call('GET', `experiments/${experiment}`)).status).toBe(403);
    expect((await api.call('GET', `experiments/${experiment}/stats?audience_id=1`)).status).toBe(403);
    expect((await api.call('GET', `experiments/${experiment}1`)).status).toBe(404);
    expect((await api.call('GET', 'projects')).status).toBe(200);
    api.sandbox.account.allow(`experiments/${experiment}`);
    expect((await api.call('GET', `experiments/${experiment}`)).status).toBe(200);
  });
});

describe('paths and verbs', () => {
  test('a trailing slash changes nothing', async () => {
    const project = firstOf('projects');
    for (const path of ['projects', `projects/${project}`, `projects/${project}/experiments`])
      expect((await api.call('GET', `${path}/`)).text).toBe((await api.call('GET', path)).text);
  });
  test.each([
    'nothing',
    'experiments',
    'projects/x',
    'projects/1',
    'projects/1/goals',
    'projects/1/results',
    '',
  ])('there is nothing at /%s', async (path) => {
    const answer = await api.call('GET', path);
    expect(answer.status).toBe(404);
    expect(answer.json.message).toEqual(expect.any(String));
  });
  test('a list below the wrong kind of parent is answered 404', async () => {
    expect((await api.call('GET', `projects/${firstOf('projects')}/variations`)).status).toBe(404);
    expect((await api.call('GET', `goals/${firstOf('goals')}/experiments`)).status).toBe(404);
  });
  test.each(entityNames.filter((name) => !can(name, 'delete')))(
    '%s can not be deleted: 405',
    async (name) => {
      const answer = await api.call('DELETE', `${name}/${firstOf(name)}`);
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('GET, PUT');
    },
  );
  test('results are only read: 405', async () => {
    const path = `experiments/${firstOf('experiments')}/results`;
    expect((await api.call('POST', path, {})).status).toBe(405);
    expect((await api.call('PUT', `projects/${firstOf('projects')}/goals`, {})).status).toBe(405);
    expect((await api.call('PATCH', 'projects')).status).toBe(405);
  });
  test('a path outside the base is answered 404', async () => {
    expect((await fetch(new URL('/other/', api.sandbox.url))).status).toBe(404);
  });
});

describe('bodies', () => {
  test.each(['', '{', 'null', '[]', '"text"', '17'])(
    'a body that is no JSON object is a 400: %s',
    async (body) => {
      expect((await api.call('PUT', `projects/${firstOf('projects')}`, body)).status).toBe(400);
      expect((await api.call('POST', 'projects', body)).status).toBe(400);
    },
  );
  test('a body is read as JSON whatever its content type says', async () => {
    const headers = { token: api.sandbox.token, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await api.call('PUT', `projects/${firstOf('projects')}`, { project_name: 'Ω' }, headers);
    expect([answer.status, answer.json.project_name]).toEqual([202, 'Ω']);
  });
  test('a 400 names the fields in its message and beside it', async () => {
    const answer = await api.call('PUT', `projects/${firstOf('projects')}`, {
      include_jquery: 'yes',
      ip_filter: 3,
    });
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.json.fields as object)).toEqual(['include_jquery', 'ip_filter']);
    expect(answer.json.message).toMatch(/include_jquery.*ip_filter/);
  });
  test('a deletion is answered 204 without a body', async () => {
    const answer = await api.call('DELETE', `goals/${firstOf('goals')}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
  });
});

test('a big list comes compressed where the client accepts that', async () => {
  const path = new URL(`projects/${firstOf('projects')}/experiments`, api.sandbox.url);
  const plain = await encodingOf(path, {});
  const zipped = await encodingOf(path, { 'accept-encoding': 'gzip' });
  expect(plain.encoding).toBeUndefined();
  expect(zipped.encoding).toBe('gzip');
  expect(zipped.length).toBeLessThan(plain.length);
  expect((await api.call('GET', `projects/${firstOf('projects')}/experiments`)).list).toHaveLength(12);
});

function encodingOf(
  url: URL,
  headers: Record<string, string>,
): Promise<{ encoding?: string; length: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = rawRequest(url, { headers: { token: api.sandbox.token, ...headers } }, (incoming) => {
      incoming.resume();
      const { 'content-encoding': encoding, 'content-length': length } = incoming.headers;
      resolve({ ...(encoding === undefined ? {} : { encoding }), length: Number(length) });
    });
    outgoing.on('error', reject).end();
  });
}

test('fields hidden in lists are still there when an entity is read by itself', async () => {
  const sparse = await startApi({ projects: 1, sparseLists: { projects: ['project_javascript'] } });
  const listed = (await sparse.call('GET', 'projects')).list[0];
  const single = (await sparse.call('GET', `projects/${listed?.id}`)).json;
  await sparse.sandbox.close();
  expect(listed).not.toHaveProperty('project_javascript');
  expect(single).toMatchObject({ ...listed, project_javascript: expect.anything() });
});

test('the log holds each request below the base with its body, status and time', async () => {
  await api.call('GET', 'projects/?x=1');
  await api.call('POST', 'projects', { project_name: 'New' });
  expect(api.sandbox.requests).toEqual([
    { method: 'GET', path: 'projects/?x=1', status: 200, at: noon },
    { method: 'POST', path: 'projects', body: '{"project_name":"New"}', status: 201, at: noon },
  ]);
});

test('the log keeps only so many requests as it is told', async () => {
  const short = await startApi({ logLimit: 1 });
  await short.call('GET', 'projects');
  await short.call('GET', 'projects/1');
  await short.sandbox.close();
  expect(short.sandbox.requests.map(({ path }) => path)).toEqual(['projects/1']);
});
