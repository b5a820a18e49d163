/** Plain http goes to this machine and nowhere else, however the address is spelled. */
import { describe, expect, test } from 'vitest';
import { checkBase } from '../../src/api/base.ts';
import { readSettings } from '../../src/config.ts';
import { UsageError } from '../../src/errors.ts';
import { run } from '../processes/support.ts';

/** Spellings of this machine, and the host that is really asked. */
const here: readonly (readonly [given: string, host: string])[] = [
  ['http://127.0.0.1:8080/v1', '127.0.0.1:8080'],
  ['http://127.1/v1', '127.0.0.1'],
  ['http://127.255.255.254/', '127.255.255.254'],
  ['http://2130706433/', '127.0.0.1'],
  ['http://0x7f000001/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://①②⑦.0.0.1/', '127.0.0.1'],
  ['http://LOCALHOST:81/', 'localhost:81'],
  ['http:\\\\127.0.0.1\\v1', '127.0.0.1'],
  ['http://127.0.0.1\\@evil.example/', '127.0.0.1'],
  ['http://[::1]/', '[::1]'],
  ['http://[0:0:0:0:0:0:0:1]/', '[::1]'],
];

/** Spellings that look like this machine, or like https, and are neither. */
const elsewhere = [
  'http://127.0.0.1.evil.example/',
  'http://127.0.0.1.nip.io/',
  'http://localhost.evil.example/',
  'http://localhost./',
  'http://xlocalhost/',
  'http://localhost%2eevil.example/',
  'http://127.0.0.1%00.evil.example/',
  'http://127.0.0.1\n.evil.example/',
  'http://evil.example#127.0.0.1/',
  'http://evil.example?127.0.0.1/',
  'http://evil.example/127.0.0.1/',
  'http://evil.example\\127.0.0.1/',
  'http://localhost@evil.example/',
  'http://localhost:80@evil.example/',
  'http://127.0.0.1&@evil.example/',
  'http://user@127.0.0.1/',
  'http://:password@127.0.0.1/',
  'http://0.0.0.0/',
  'http://0/',
  'http://126.255.255.255/',
  'http://128.0.0.1/',
  'http://0x80000001/',
  'http://127.0.0.1e0/',
  'http://10.0.0.1/',
  'http://169.254.169.254/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::127.0.0.1]/',
  'http://[::1%25eth0]/',
  'http://[fe80::1]/',
  'http://ip6-localhost/',
  'http://loopback/',
  'ws://127.0.0.1/',
  'ftp://127.0.0.1/',
  'file://localhost/etc/passwd',
  'javascript://127.0.0.1/%0aalert(1)',
  'data:text/html,127.0.0.1',
  'blob:http://127.0.0.1/x',
  '//127.0.0.1/',
  '127.0.0.1',
  'http://',
];

describe('a base URL', () => {
  test.each(here)('%j is this machine', (given, host) => {
    expect(checkBase(given).host).toBe(host);
  });

  test.each(elsewhere)('%j is refused, by flag and by environment', (given) => {
    expect(() => checkBase(given)).toThrow(UsageError);
    expect(() => readSettings({ apiBase: given }, {})).toThrow(UsageError);
    expect(() => readSettings({}, { OPTIMIZELY_API_BASE: given })).toThrow(UsageError);
  });

  test.each(['https://127.0.0.1.evil.example/', 'https://10.0.0.1/v1'])(
    '%s is https, and may be anywhere',
    (given) => {
      expect(checkBase(given).protocol).toBe('https:');
    },
  );
});

test('the program refuses it before it asks anything, with 2', async () => {
  const result = await run(['pull', '--api-base', 'http://127.0.0.1.evil.example/'], {
    env: { OPTIMIZELY_TOKEN: 'x' },
  });
  expect(result).toMatchObject({ status: 2, stdout: '' });
  expect(result.stderr).toContain('https');
});
