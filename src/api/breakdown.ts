/** What went wrong on the way, in words: an exchange's error code as a sentence that names no secret. */
import type { ExchangeError } from './exchange.ts';

export interface Way {
  /** Host, with the port where one is given. */
  readonly host: string;
  readonly timeoutMs: number;
}

/** A sentence for an exchange that brought no whole answer. Only codes go in, never an error's own message. */
export function sayBroken({ code, phase }: ExchangeError, { host, timeoutMs }: Way): string {
  const seconds = timeoutMs / 1000;
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `no answer within ${seconds} s`;
    case 'UND_ERR_BODY_TIMEOUT':
      return `the answer stopped: not a byte for ${seconds} s`;
    case 'tooSlow':
      return 'the answer came too slowly: it was not waited for any longer';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return `no connection to ${host} within ${seconds} s`;
    case 'ECONNREFUSED':
      return `${host} refuses connections`;
    case 'ENOTFOUND':
      return `there is no host ${host}`;
    case 'EAI_AGAIN':
      return `the name ${host} could not be looked up: is there a network?`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return `${host} can't be reached: is there a network?`;
    default:
      return `${sayPhase(phase, host)} (${code})`;
  }
}

function sayPhase(phase: ExchangeError['phase'], host: string): string {
  if (phase === 'waiting') return `no connection to ${host} could be made`;
  return phase === 'sent' ? 'the connection broke before an answer came' : 'the answer was cut short';
}
