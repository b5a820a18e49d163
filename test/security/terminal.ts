/** The command line on a terminal that only remembers, with an account in this process behind it. */
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { Transport } from '../../src/api/transport.ts';
import type { Deps } from '../../src/cli/command.ts';
import { failureOf } from '../../src/cli/failures.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createInput, createOutput } from '../../src/cli/streams.ts';
import { readSettings } from '../../src/config.ts';
import type { Effects } from '../../src/effects.ts';
import { type SandboxAccount, sandboxTransport } from '../../src/sandbox/index.ts';
import { temporaryFolder } from '../processes/support.ts';

export interface Shown {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whoever waits does not wait: the clock goes forward instead. */
function hurried(): Effects {
  let ahead = 0;
  return {
    clock: {
      now: () => Date.now() + ahead,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        ahead += Math.ceil(ms);
        await new Promise((resolve) => setImmediate(resolve));
      },
    },
    random: () => 0.5,
  };
}

export interface Terminal {
  readonly account: SandboxAccount;
  readonly db: string;
  run(...args: string[]): Promise<Shown>;
}

/** Remembers what is written. `isTTY` makes the program take it for a terminal. */
function screen(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const output = createOutput(Object.assign(stream, isTTY ? { isTTY, columns: 300 } : {}), { color: false });
  return { output, text: () => written.join('') };
}

/** `between` may answer some of the requests in place of the account. */
export function createTerminal(
  account: SandboxAccount,
  between: (transport: Transport) => Transport = (transport) => transport,
  isTTY = true,
): Terminal {
  const db = path.join(temporaryFolder(), 'mirror.db');
  const transport = between(sandboxTransport(account));
  const effects = hurried();
  return {
    account,
    db,
    async run(...args) {
      const [stdout, stderr] = [screen(isTTY), screen(false)];
      let status = 0;
      const program = createProgram({
        version: '0.0.0',
        deps: (flags): Deps => ({
          settings: readSettings(flags, { OPTIMIRROR_DB: db, OPTIMIZELY_TOKEN: 'x' }),
          json: flags.json ?? false,
          verbose: flags.verbose ?? false,
          stdin: createInput(Readable.from([])),
          stdout: stdout.output,
          stderr: stderr.output,
          effects,
          signal: new AbortController().signal,
          connect: async (budget) => new OptimizelyClient({ transport, rate: 0, budget, effects }),
        }),
        writeOut: (text) => void stdout.output.write(text),
        writeErr: (text) => void stderr.output.write(text),
        onStatus: (given) => {
          status = given;
        },
      });
      try {
        await program.parseAsync(args, { from: 'user' });
      } catch (error) {
        const failure = failureOf(error, false);
        status = failure.status;
        if (failure.message !== null) await stderr.output.line(failure.message);
      }
      return { status, stdout: stdout.text(), stderr: stderr.text() };
    },
  };
}
