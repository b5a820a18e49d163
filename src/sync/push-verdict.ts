/** What an error says of a write: refused for good, surely not carried out, or nobody knows. (pure) */
import type { Op } from '../db/outbox.ts';
import { ConnectionError, type OptimizelyError } from '../errors.ts';

export type Verdict = 'refused' | 'unsent' | 'unknown';

/**
 * Judges an error of the API. A create that a limit turned away is looked for all the same, since a second one on a guess
 * would be for good.
 */
export function verdictOf(op: Op, error: OptimizelyError): Verdict {
  const { status } = error;
  if (status === null) return error instanceof ConnectionError && !error.sent ? 'unsent' : 'unknown';
  if (status === 429) return op === 'create' ? 'unknown' : 'unsent';
  // The token was refused, not the request.
  if (status === 401) return 'unsent';
  return status >= 400 && status < 500 && status !== 408 ? 'refused' : 'unknown';
}
