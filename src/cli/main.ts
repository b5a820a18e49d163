/** The outermost layer: the only reader of argv, environment, streams, clock and signals, and the only one to exit. */
import fs from 'node:fs';
import { readSettings, tokenSetting } from '../config.ts';
import { exitStatus, InterruptedError } from '../errors.ts';
import { systemEffects } from '../system.ts';
import type { Deps } from './command.ts';
import { connect } from './connect.ts';
import { failureOf } from './failures.ts';
import { writeSentence } from './format/wrap.ts';
import { argumentsOf, createProgram, type GlobalFlags } from './program.ts';
import { createInput, createOutput } from './streams.ts';

/**
 * Ctrl-C leaves after so many times 100 ms, whatever is still under way. Each is waited for by itself, so that what only
 * has to be written down gets its turns also on a machine that stalls for longer than all of them.
 */
const longestFarewell = 8;

const { argv } = process;
const env = { ...process.env };
// Neither a process that this one starts nor a report that Node writes when it crashes is to hold the token.
delete process.env[tokenSetting.environment];

const color = !env.NO_COLOR && env.TERM !== 'dumb';
const stdout = createOutput(process.stdout, { color });
const stderr = createOutput(process.stderr, { color });

let interruption: AbortController | undefined;

/** The signal that Ctrl-C aborts. Its handlers are laid when it is first looked at. */
function interruptSignal(): AbortSignal {
  if (interruption) return interruption.signal;
  const controller = new AbortController();
  interruption = controller;
  const interrupt = () => {
    if (controller.signal.aborted) leave();
    controller.abort(new InterruptedError());
    leaveIn(longestFarewell);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  return controller.signal;
}

function leaveIn(steps: number): void {
  setTimeout(() => (steps > 1 ? leaveIn(steps - 1) : leave()), 100).unref();
}

/** Leaves without waiting for anything; a progress bar may have hidden the cursor. */
function leave(): never {
  if (stderr.isTerminal) process.stderr.write('\u001b[?25h');
  process.exit(exitStatus.interrupted);
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version;
}

function depsOf(flags: GlobalFlags): Deps {
  const settings = readSettings(flags, env);
  const verbose = flags.verbose ?? false;
  return {
    settings,
    json: flags.json ?? false,
    verbose,
    // Most commands never read it, and Node makes it when it is looked at.
    get stdin() {
      return createInput(process.stdin);
    },
    stdout,
    stderr,
    effects: systemEffects,
    get signal() {
      return interruptSignal();
    },
    connect: (budget) =>
      connect(settings, { stderr, verbose, clock: systemEffects.clock, version: version() }, budget),
  };
}

/** A script that asked for JSON gets an error as one line. */
function oneLine(message: string): string {
  return message.replace(/:\n\s*/g, ': ').replace(/\n\s*/g, '; ');
}

async function tell(error: unknown): Promise<number> {
  const failure = failureOf(error, interruption?.signal.aborted ?? false);
  const json = argv.includes('--json');
  if (failure.message !== null) {
    const message = json ? oneLine(failure.message) : failure.message;
    const paint = (line: string) => line.replace(/^optimirror:/, stderr.colors.red);
    for (const line of `optimirror: ${message}`.split('\n')) await writeSentence(stderr, line, { paint });
  }
  if (failure.unexpected && argv.includes('--verbose') && error instanceof Error) {
    await stderr.line(error.stack ?? '');
  }
  return failure.status;
}

async function main(): Promise<number> {
  let status: number = exitStatus.done;
  const program = createProgram({
    version: version(),
    deps: depsOf,
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
    ...(stdout.isTerminal && { helpWidth: stdout.width }),
    onStatus: (given) => {
      status = given;
    },
  });
  try {
    await program.parseAsync(argumentsOf(argv.slice(2)), { from: 'user' });
    return status;
  } catch (error) {
    return tell(error);
  }
}

// Node's own words for an error that nobody caught would quote the program, and print objects whole.
process.once('uncaughtException', (error) => void tell(error).then((status) => process.exit(status)));
const status = await main();
await Promise.all([stdout.flush(), stderr.flush()]);
process.exit(status);
