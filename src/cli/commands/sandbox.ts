/** `optimirror sandbox`: the whole API on this machine, with made-up data. */
import type { Command } from 'commander';
import { UsageError } from '../../errors.ts';
import {
  type SandboxFlag,
  type SandboxFlagValues,
  sandboxFlags,
  sandboxOptionsFrom,
} from '../../sandbox/flags.ts';
import type { SandboxOptions } from '../../sandbox/server.ts';
import type { CommandFile } from '../command.ts';
import { toJson } from '../format/values.ts';
import { wholeNumber } from '../options.ts';

const flags: readonly SandboxFlag[] = sandboxFlags;

export const sandbox: CommandFile<SandboxOptions> = {
  define(command) {
    command.description(
      'Runs the whole API on 127.0.0.1, in memory, with realistic made-up data, until it is interrupted. ' +
        'It prints its address and its token. The faults it can make strike at a RATE: below 1 a probability, ' +
        'from 1 on every so-manieth request.',
    );
    for (const { name, value, help } of flags) command.option(`--${name}${value ? ` <${value}>` : ''}`, help);
    command.addHelpText('after', examples);
  },

  read(command: Command) {
    const given = command.opts<Record<string, string | true>>();
    const values = flags.flatMap((flag) => {
      const text = given[camelCase(flag.name)];
      return text === undefined ? [] : [[flag.name, flagValue(flag, text)]];
    });
    return sandboxOptionsFrom(Object.fromEntries(values) as SandboxFlagValues);
  },

  async run(options, { stdout, json, signal }) {
    const { startSandbox } = await import('../../sandbox/server.ts');
    const running = await startSandbox(options).catch((error: unknown) => {
      throw sayRefusedPort(error, options.port ?? 0);
    });
    const { url, token } = running;
    await stdout.write(json ? `${toJson({ url, token })}\n` : `listening ${url}\ntoken ${token}\n`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    await running.close();
    return 0;
  },
};

/** A port that can't be had, in words; any other error as it is. */
function sayRefusedPort(error: unknown, port: number): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { code } = error;
  const why =
    code === 'EADDRINUSE'
      ? 'another program listens there'
      : code === 'EACCES'
        ? 'this user has no right to it'
        : error.message;
  return new UsageError(
    `the sandbox can't listen on port ${port}: ${why}. Name another one with --port, or leave it out for a free one.`,
    { cause: error },
  );
}

/** A flag's name as commander keeps it. */
const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function flagValue({ name, value }: SandboxFlag, text: string | true): number | string | true {
  if (text === true || value === 'TOKEN') return text;
  if (value === 'N') return wholeNumber(`--${name}`, text, name === 'port' ? { max: 65_535 } : {});
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw new UsageError(`--${name} is a number from 0 on, not ${JSON.stringify(text.slice(0, 200))}`);
}

const examples = `
Examples:
  $ optimirror sandbox                                    on a free port
  $ optimirror sandbox --port 8080 --seed 7               the same account at the same place, every time
  $ optimirror sandbox --projects 20 --experiments 100    a large account
  $ optimirror sandbox --all-faults --latency 50          a bad day

What is changed there is gone when it ends. In another terminal:
  $ export OPTIMIZELY_API_BASE=http://127.0.0.1:8080/experiment/v1/
  $ export OPTIMIZELY_TOKEN=…                             as printed
  $ optimirror pull
`;
