/** Where the API is and who asks: the checks of a base URL and of a token, before anything is sent. */
import { TokenError, UsageError } from '../errors.ts';

export const defaultBase = 'https://www.optimizelyapis.com/experiment/v1/';

/** Which header carries the token. Source: API.md, Wire. */
export type Auth = 'token' | 'bearer';

/**
 * The base URL, with a trailing slash. It must be https, or http to loopback (127.0.0.0/8, ::1, localhost), without
 * credentials, query or fragment.
 * @throws UsageError that says what was given
 */
export function checkBase(base: string | URL): URL {
  const given = String(base);
  const url = URL.parse(given);
  if (url === null) throw unusable(given, 'it is no URL');
  if (url.username !== '' || url.password !== '') throw unusable(given, 'it holds credentials');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw unusable(given, 'it has to be https, or http to this machine (127.0.0.0/8, ::1, localhost)');
  }
  if (url.search !== '' || url.hash !== '') throw unusable(given, 'it has a query or a fragment');
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** Host names as `URL` has normalised them: `127.1` and `0x7f.1` are 127.0.0.1 by now. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Neither credentials nor a query or a fragment are repeated: people put keys into all of them. */
function unusable(given: string, because: string): UsageError {
  const shown = given
    .replace(/^.*@/s, '…@')
    .replace(/([?#]).*$/s, '$1…')
    .slice(0, 200);
  return new UsageError(`the API's base URL ${JSON.stringify(shown)} can't be used: ${because}`);
}

/**
 * The header that carries the token.
 * @throws TokenError that does not show the token, where there is none or it can't stand in a header
 */
export function authHeader(token: string | undefined, auth: Auth): [name: string, value: string] {
  if (!token) {
    throw new TokenError(
      'there is no API token: set OPTIMIZELY_TOKEN, or name a file that holds it with --token-file',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenError(
      'the API token has a blank, a line break or another character that no token has; it is not shown here',
    );
  }
  return auth === 'bearer' ? ['authorization', `Bearer ${token}`] : ['token', token];
}
