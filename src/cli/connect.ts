/** A client of the API by the settings; the HTTP library is loaded only when there is something to ask. */
import type { OptimizelyClient } from '../api/client.ts';
import type { ConnectionEvent } from '../api/events.ts';
import type { RateBudget } from '../api/throttle.ts';
import type { Settings } from '../config.ts';
import type { Clock } from '../effects.ts';
import { sayRetries } from './retries.ts';
import type { Output } from './streams.ts';

export interface Outside {
  /** Hears of requests that have to be repeated, and with `verbose` of all that is asked and answered. */
  readonly stderr: Output;
  readonly verbose: boolean;
  readonly clock: Clock;
  readonly version: string;
}

/** Throws `TokenError` where there is no token. */
export async function connect(
  settings: Settings,
  { stderr, verbose, clock, version }: Outside,
  budget?: RateBudget,
): Promise<OptimizelyClient> {
  const token = settings.token();
  const client = await import('../api/client.ts');
  return new client.OptimizelyClient({
    token,
    base: settings.apiBase,
    auth: settings.auth,
    concurrency: settings.concurrency,
    rate: settings.rate,
    budget,
    userAgent: `optimirror/${version}`,
    onEvent: verbose ? (event) => void stderr.line(sayEvent(event)) : sayRetries(stderr, clock),
  });
}

function sayEvent(event: ConnectionEvent): string {
  const asked = `${event.method} ${event.path}${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
  const seconds = 'ms' in event ? `${(event.ms / 1000).toFixed(2)} s` : '';
  switch (event.kind) {
    case 'request':
      return `> ${asked}`;
    case 'response':
      return `< ${event.status ?? event.message ?? 'no answer'} ${asked} in ${seconds}`;
    case 'wait':
      return `! everything waits ${seconds}: the API asks for patience`;
    case 'retry':
      return `! ${asked} again in ${seconds}`;
  }
}
