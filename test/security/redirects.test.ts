/** No redirect carries the token away: not to another host, port or scheme, not along with a write, not by a detour. */
import { describe, expect, test } from 'vitest';
import { createTransport } from '../../src/api/undici-transport.ts';
import { MalformedResponseError } from '../../src/errors.ts';
import { afterwards, createWorld, run } from '../processes/support.ts';
import { type Listening, listen } from './servers.ts';

const token = 'wqzkxjvbtoken:424242';

interface Pair {
  readonly api: Listening;
  /** Another server on the same machine, which must never hear of us. */
  readonly thief: Listening;
}

/** An API that sends every request on to what `location` makes of the thief's port, and its own. */
async function redirecting(
  location: (ports: { thief: number; api: number }) => string,
  status: number,
): Promise<Pair> {
  const thief = await listen((_request, response) => response.end('[]'));
  let port = 0;
  const api = await listen((request, response) => {
    if (request.url === '/here') response.end('["here"]');
    else response.writeHead(status, { location: location({ thief: thief.port, api: port }) }).end('{}');
  });
  port = api.port;
  return { api, thief };
}

function send({ api }: Pair, method: 'GET' | 'POST' | 'PUT' | 'DELETE' = 'GET') {
  const transport = createTransport({ base: api.base, token });
  afterwards(() => transport.close());
  const body = method === 'POST' || method === 'PUT' ? { body: '{}' } : {};
  return transport.send({ method, path: 'projects', ...body });
}

const away: readonly (readonly [string, Parameters<typeof redirecting>[0]])[] = [
  ['another port', ({ thief }) => `http://127.0.0.1:${thief}/steal`],
  ['another name of the same machine', ({ thief }) => `http://localhost:${thief}/steal`],
  ['another scheme', ({ thief }) => `https://127.0.0.1:${thief}/steal`],
  ['another scheme on the same port', ({ api }) => `https://127.0.0.1:${api}/here`],
  ['a place without a scheme', ({ thief }) => `//127.0.0.1:${thief}/steal`],
  ['the same with backslashes', ({ thief }) => `\\\\127.0.0.1:${thief}\\steal`],
  ['the same, and more slashes', ({ thief }) => `///127.0.0.1:${thief}/steal`],
  ['the API as a user name', ({ thief, api }) => `http://127.0.0.1:${api}@127.0.0.1:${thief}/steal`],
  ['a port that looks like a password', ({ thief, api }) => `http://x:${api}@127.0.0.1:${thief}/steal`],
  ['the API as a part of a name', ({ api }) => `http://127.0.0.1.evil.example:${api}/steal`],
  ['another name of the API', ({ api }) => `http://localhost:${api}/here`],
  ['a script', () => 'javascript:alert(1)'],
  ['a file', () => 'file:///etc/passwd'],
];

describe.each(away)('a redirect to %s', (_name, location) => {
  test.each([301, 302, 303, 307, 308])('with %i is not followed', async (status) => {
    const pair = await redirecting(location, status);
    await expect(send(pair)).rejects.toThrow(MalformedResponseError);
    expect(pair.thief.seen).toEqual([]);
    expect(pair.api.seen.map(({ url }) => url)).toEqual(['/experiment/v1/projects']);
  });
});

describe.each(['POST', 'PUT', 'DELETE'] as const)('a %s', (method) => {
  test.each([301, 302, 303, 307, 308])('is not sent on with %i, even within the API', async (status) => {
    const pair = await redirecting(() => '/here', status);
    await expect(send(pair, method)).rejects.toThrow('only reads are sent on');
    expect(pair.api.seen).toHaveLength(1);
    const other = await redirecting(({ thief }) => `http://127.0.0.1:${thief}/`, status);
    await expect(send(other, method)).rejects.toThrow('another origin');
    expect(other.thief.seen).toEqual([]);
  });
});

test('a redirect within the API that is redirected away is not followed further', async () => {
  const thief = await listen((_request, response) => response.end('[]'));
  const api = await listen((request, response) => {
    const location = request.url === '/detour' ? `http://127.0.0.1:${thief.port}/` : '/detour';
    response.writeHead(302, { location }).end();
  });
  await expect(send({ api, thief })).rejects.toThrow('another origin');
  expect(thief.seen).toEqual([]);
  expect(api.seen).toHaveLength(2);
});

test('a redirect within the API is followed, with the token', async () => {
  const pair = await redirecting(() => '/here', 302);
  expect(await send(pair)).toMatchObject({ status: 200, body: '["here"]' });
  expect(pair.api.seen.map(({ headers }) => headers)).toMatchObject([{ token }, { token }]);
});

test('a pull that is redirected away fails, says where to, and deletes nothing', async () => {
  const world = await createWorld({ projects: 1 });
  await world.run('pull');
  const { api, thief } = await redirecting(({ thief: port }) => `http://127.0.0.1:${port}/`, 302);
  const env = { ...world.env, OPTIMIZELY_API_BASE: api.base };
  const { status, stdout } = await run(['pull', '--full'], { env });
  expect(status).toBe(4);
  expect(stdout).toContain(`127.0.0.1:${thief.port}, another origin`);
  expect(thief.seen).toEqual([]);
  const left = await world.run('sql', 'SELECT count(*) AS n FROM experiments', '--json');
  expect(left.stdout).toBe('[{"n":4}]\n');
});
