/** The sandbox: the whole API on loopback or in process, with made-up data and faults on demand. */
export { SandboxAccount } from './account.ts';
export {
  type Fault,
  type FaultKind,
  type FaultOptions,
  Faults,
  type RetryAfter,
  type ScriptedFault,
  type StandingFault,
} from './faults.ts';
export {
  type SandboxFlag,
  type SandboxFlagValues,
  sandboxFlags,
  sandboxOptionsFrom,
} from './flags.ts';
export {
  type AccountOptions,
  type DataOptions,
  defaultToken,
  type SparseLists,
  vendorSparseLists,
} from './options.ts';
export { Refusal } from './refusal.ts';
export { type LoggedRequest, type Sandbox, type SandboxOptions, startSandbox } from './server.ts';
export { type SandboxTransportOptions, sandboxTransport } from './transport.ts';
export type { SandboxRequest, SandboxResponse } from './wire.ts';
