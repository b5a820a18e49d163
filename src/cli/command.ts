/** What a command is: its options, and a run function to which streams, clock and network come in. */
import type { Command } from 'commander';
import type { OptimizelyClient } from '../api/client.ts';
import type { RateBudget } from '../api/throttle.ts';
import type { Settings } from '../config.ts';
import type { Effects } from '../effects.ts';
import type { Input, Output } from './streams.ts';

/** What comes in from the outside world. */
export interface Deps {
  readonly settings: Settings;
  /** One JSON document on stdout, and nothing else there. */
  readonly json: boolean;
  readonly verbose: boolean;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly effects: Effects;
  /**
   * Aborts when the user interrupts. Only a command that looks at it takes Ctrl-C into its own hands; any other ends
   * at once by the system's default, which is right wherever a transaction is all there is to keep.
   */
  readonly signal: AbortSignal;
  /**
   * A client of the API by the settings; throws `TokenError` where there is no token. The command closes it. `budget` is
   * the pace that it shares with others, in place of one of its own.
   */
  connect(budget?: RateBudget): Promise<OptimizelyClient>;
}

/** One command's file exports this. `Options` is what `run` needs, read from the command line and checked. */
export interface CommandFile<Options> {
  /** Adds arguments, options and help to the command, whose name and summary stand already. */
  define(command: Command): void;
  /** Reads what was given; throws a `UsageError` that says what is wrong with it. */
  read(command: Command): Options;
  /** Does it, and resolves with the exit status. */
  run(options: Options, deps: Deps): Promise<number>;
}
