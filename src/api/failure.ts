/** Answers that say no, as errors: a status becomes a class, a body becomes a sentence. */
import { STATUS_CODES } from 'node:http';
import {
  BadRequestError,
  ForbiddenError,
  NotFoundError,
  OptimizelyError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
} from '../errors.ts';
import { JsonError, parseJson } from './json.ts';
import { plain } from './plain.ts';
import { parseRetryAfter } from './retry.ts';
import type { Method, WireResponse } from './transport.ts';

const classes: Readonly<Record<number, typeof OptimizelyError>> = {
  400: BadRequestError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  429: TooManyRequestsError,
  503: ServiceUnavailableError,
};
/** Characters of the API's own message that an error keeps. */
const longestMessage = 500;
const spokenKeys = ['message', 'error', 'detail'];

export interface FailureContext {
  /** Takes secrets out of what the server said. */
  readonly redact: (text: string) => string;
  /** Milliseconds since 1970, against which a date in Retry-After is read. */
  readonly now: number;
}

/** The error for an answer whose status is no success. Source: the seeds, Exceptions. */
export function failure(
  method: Method,
  path: string,
  { status, headers, body }: WireResponse,
  { redact, now }: FailureContext,
): OptimizelyError {
  // Before, since a cut may leave a part of a secret behind; and after, since JSON can spell it in escapes.
  const said = redact(spokenText(redact(body)));
  const apiMessage = plain(said, longestMessage) || (STATUS_CODES[status] ?? 'no message');
  const wait = parseRetryAfter(headers['retry-after'], now);
  const Class = classes[status] ?? OptimizelyError;
  return new Class(
    { method, path, status, apiMessage },
    { retryAfter: wait === null ? null : Math.ceil(wait / 1000) },
  );
}

/** The message inside a JSON body, or the whole of it; of a page, the words without its markup. */
function spokenText(body: string): string {
  try {
    const value = parseJson(body);
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return body;
    const found = spokenKeys.map((key) => value[key]).find((part) => part !== undefined && part !== null);
    if (found === undefined) return body;
    return typeof found === 'string' ? found : JSON.stringify(found);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return body.trimStart().startsWith('<') ? withoutMarkup(body) : body;
  }
}

function withoutMarkup(page: string): string {
  return page
    .slice(0, 20_000)
    .replace(/<(script|style)\b.*?<\/\1\s*>/gis, ' ')
    .replace(/<[^<>]*>/g, ' ');
}
