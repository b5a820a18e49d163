/** One request and what the client sees of its answer, with whatever fault it meets on the way. */
import type { SandboxAccount } from './account.ts';
import { breaksConnection, type Faults, faultyResponse, isApplied } from './faults.ts';
import type { SandboxRequest, SandboxResponse } from './wire.ts';

export interface Outcome {
  /** The whole answer; null where the connection breaks instead. */
  readonly response: SandboxResponse | null;
  /** Where it breaks in the middle of an answer: that answer. */
  readonly cut: SandboxResponse | null;
  /** Nothing comes, and the connection doesn't break either. */
  readonly stalled: boolean;
}

export function exchange(account: SandboxAccount, faults: Faults, request: SandboxRequest): Outcome {
  const fault = faults.strike(request);
  if (fault === undefined) return whole(account.handle(request));
  const truth = isApplied(fault) ? account.handle(request) : null;
  if (!breaksConnection(fault)) return whole(faultyResponse(fault, truth, account.now()));
  return { response: null, cut: fault.kind === 'truncate' ? truth : null, stalled: fault.kind === 'stall' };
}

export function whole(response: SandboxResponse): Outcome {
  return { response, cut: null, stalled: false };
}
