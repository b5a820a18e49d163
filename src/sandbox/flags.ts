/** What a command line can ask of the sandbox: each flag once, and how they become options. */
import type { StandingFault } from './faults.ts';
import { vendorSparseLists } from './options.ts';
import type { SandboxOptions } from './server.ts';

export interface SandboxFlag {
  /** As in `--name VALUE`; without a `value` it is a switch. */
  readonly name: string;
  readonly value?: 'N' | 'MS' | 'RATE' | 'SECONDS' | 'TOKEN';
  readonly help: string;
}

/** A RATE below 1 is a probability, from 1 on it means every so-manieth request; 0 is never. */
export const sandboxFlags = [
  { name: 'port', value: 'N', help: 'the port on 127.0.0.1; a free one by default' },
  { name: 'seed', value: 'N', help: 'another seed makes up another account (default 1)' },
  { name: 'projects', value: 'N', help: 'how many projects (default 3)' },
  { name: 'experiments', value: 'N', help: 'how many experiments in each project (default 12)' },
  { name: 'token', value: 'TOKEN', help: 'the token that is let in' },
  { name: 'latency', value: 'MS', help: 'milliseconds that every answer takes (default 0)' },
  { name: 'rate-limit', value: 'RATE', help: 'answer 429, with Retry-After' },
  { name: 'retry-after', value: 'SECONDS', help: 'what Retry-After says (default 1; 0 leaves it out)' },
  { name: 'fault-503', value: 'RATE', help: 'answer 503' },
  { name: 'fault-reset', value: 'RATE', help: 'break the connection before a request is carried out' },
  { name: 'fault-truncate', value: 'RATE', help: 'break the connection in the middle of an answer' },
  { name: 'fault-garbage', value: 'RATE', help: 'answer 200 with something that is no JSON' },
  { name: 'fault-lost-reply', value: 'RATE', help: 'carry a request out and break the connection' },
  { name: 'sparse-lists', help: "leave out of lists what the vendor's sample leaves out" },
  { name: 'all-faults', help: 'a little of everything' },
] as const satisfies readonly SandboxFlag[];

type Flag = (typeof sandboxFlags)[number];
/** The flags' values by name: numbers, but for the token and the switches. */
export type SandboxFlagValues = {
  readonly [F in Flag as F['name']]?: F extends { value: 'TOKEN' }
    ? string
    : F extends { value: string }
      ? number
      : boolean;
};

/** So often does each fault strike where `--all-faults` asks for them and no rate of its own says more. */
const littleOften = 0.02;

export function sandboxOptionsFrom(values: SandboxFlagValues): SandboxOptions {
  const given = (name: 'port' | 'seed' | 'projects') => {
    const value = values[name];
    return value === undefined ? {} : { [name]: value };
  };
  const { experiments, token, latency } = values;
  const all = values['all-faults'] ?? false;
  return {
    ...given('port'),
    ...given('seed'),
    ...given('projects'),
    ...(experiments === undefined ? {} : { experimentsPerProject: experiments }),
    ...(token === undefined ? {} : { token }),
    ...(all || values['sparse-lists'] ? { sparseLists: vendorSparseLists } : {}),
    faults: { latency: latency ?? (all ? [0, 20] : 0), standing: standingFaults(values) },
  };
}

function standingFaults(values: SandboxFlagValues): StandingFault[] {
  const usual = values['all-faults'] ? littleOften : 0;
  const seconds = values['retry-after'] ?? 1;
  const retryAfter = seconds === 0 ? null : seconds;
  return [
    { kind: 'rateLimit', rate: values['rate-limit'] ?? usual, retryAfter },
    { kind: 'unavailable', rate: values['fault-503'] ?? usual },
    { kind: 'reset', rate: values['fault-reset'] ?? usual },
    { kind: 'truncate', rate: values['fault-truncate'] ?? usual },
    { kind: 'garbage', rate: values['fault-garbage'] ?? usual },
    { kind: 'lostReply', rate: values['fault-lost-reply'] ?? usual },
  ];
}
