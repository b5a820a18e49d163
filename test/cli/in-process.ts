/** Runs the command line in this process, with the test's own streams and clock. */
import { Writable } from 'node:stream';
import type { OptimizelyClient } from '../../src/api/client.ts';
import type { Deps } from '../../src/cli/command.ts';
import { failureOf } from '../../src/cli/failures.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createInput, createOutput, type Output } from '../../src/cli/streams.ts';
import { readSettings } from '../../src/config.ts';
import type { Effects } from '../../src/effects.ts';

export interface Terminal {
  /** Cells in a line; none where stdout is no terminal. */
  readonly columns?: number;
  readonly color?: boolean;
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function output({ columns, color = false }: Terminal): { out: Output; text: () => string } {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  return { out: createOutput(Object.assign(stream, terminal), { color }), text: () => written.join('') };
}

/** How commands reach the API, where a test has one. */
export interface Online {
  readonly token: string;
  connect(): Promise<OptimizelyClient>;
}

const offline: Online = { token: '', connect: () => Promise.reject(new Error('there is no network here')) };

/** `optimirror` with these arguments on that mirror; a command that needs the network has none unless it is given. */
export async function runHere(
  file: string,
  effects: Effects,
  args: readonly string[],
  terminal: Terminal = {},
  { token, connect }: Online = offline,
): Promise<Ran> {
  const [stdout, stderr] = [output(terminal), output({})];
  let status = 0;
  const program = createProgram({
    version: '0.0.0',
    deps: (flags): Deps => ({
      settings: readSettings(flags, { OPTIMIRROR_DB: file, OPTIMIZELY_TOKEN: token, OPTIMIRROR_RATE: '0' }),
      json: flags.json ?? false,
      verbose: false,
      stdin: createInput(process.stdin),
      stdout: stdout.out,
      stderr: stderr.out,
      effects,
      signal: new AbortController().signal,
      connect,
    }),
    writeOut: (text) => void stdout.out.write(text),
    writeErr: (text) => void stderr.out.write(text),
    ...(terminal.columns !== undefined && { helpWidth: terminal.columns }),
    onStatus: (given) => {
      status = given;
    },
  });
  try {
    await program.parseAsync(['node', 'optimirror', ...args]);
  } catch (error) {
    const failure = failureOf(error, false);
    status = failure.status;
    if (failure.message !== null) await stderr.out.line(failure.message);
  }
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}
