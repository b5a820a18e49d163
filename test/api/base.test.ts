/** Which base URLs and which tokens are taken, and what is said of the others. */
import { describe, expect, it, test } from 'vitest';
import { authHeader, checkBase } from '../../src/api/base.ts';
import { TokenError, UsageError } from '../../src/errors.ts';
import { failureWithout } from './support.ts';

const token = 'abcdefghijklmnop:123456';

describe('a token', () => {
  test.each([`${token}\n`, `${token}\r\nx: y`, `a ${token}`, `${token}é`, `\u0000${token}`])(
    'that can not stand in a header is refused without being shown: %j',
    async (bad) => {
      const error = await failureWithout(token, (async () => authHeader(bad, 'bearer'))());
      expect(error).toBeInstanceOf(TokenError);
    },
  );

  test.each([undefined, ''])('that is missing is asked for', (none) => {
    expect(() => authHeader(none, 'token')).toThrow(/OPTIMIZELY_TOKEN/);
  });
});

it('a token stands in the header of its kind', () => {
  expect(authHeader(token, 'token')).toEqual(['token', token]);
  expect(authHeader(token, 'bearer')).toEqual(['authorization', `Bearer ${token}`]);
});

describe('a base URL', () => {
  test.each([
    ['https://api.example/v1', 'https://api.example/v1/'],
    ['https://api.example', 'https://api.example/'],
    ['http://localhost:8080/x/', 'http://localhost:8080/x/'],
    ['http://127.1.2.3:80/x', 'http://127.1.2.3/x/'],
    ['http://127.1/x', 'http://127.0.0.1/x/'],
    ['http://[::1]:5/x', 'http://[::1]:5/x/'],
  ])('%s is taken', (given, url) => {
    expect(checkBase(given).href).toBe(url);
  });

  test.each([
    'http://api.example/v1',
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'http://10.0.0.1/',
    'http://0.0.0.0/',
    'ftp://127.0.0.1/',
    'file:///tmp/x',
    'api.example/v1',
    '',
  ])('%s is refused, and shown', (given) => {
    expect(() => checkBase(given)).toThrow(UsageError);
    expect(() => checkBase(given)).toThrow(JSON.stringify(given));
  });

  test.each([
    'https://user:s3cret@api.example/',
    'https://user:s3/cret@api.example/',
    'https:user:s3cret@api.example/',
    'https:\\\\user:s3cret@api.example/',
    'http://s3cret@',
    'https://s3cret@127.0.0.1/',
    'https://api.example/v1?key=s3cret',
    'https://api.example/v1#s3cret',
  ])('with credentials, a query or a fragment is refused, and they are not shown: %s', (given) => {
    expect(() => checkBase(given)).toThrow(UsageError);
    expect(() => checkBase(given)).not.toThrow(/s3\/?cret/);
  });
});
