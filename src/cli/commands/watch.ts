/** `optimirror watch`: pulls for as long as it runs, one line a pull. */
import type { Command } from 'commander';
import { takeWatch } from '../../db/lock.ts';
import { openMirrorFile } from '../../db/open.ts';
import { timestamp } from '../../effects.ts';
import { BusyError, exitStatus, UsageError, UserError } from '../../errors.ts';
import type { PullReport } from '../../sync/report.ts';
import type { CommandFile, Deps } from '../command.ts';
import { failureOf } from '../failures.ts';
import { toJson } from '../format/values.ts';
import { milliseconds } from '../options.ts';
import { addPullOptions, type PullFlags, pullOnce, readPullOptions } from './pull.ts';
import { readNothing } from './pull-summary.ts';
import { sayFailedPull, sayPulled } from './watch-line.ts';

interface Options {
  /** From the beginning of one pull to that of the next, in milliseconds. */
  readonly every: number;
  readonly pull: PullFlags;
}

/** More often than this there is nothing to gain: a pull of a large account takes longer. */
const shortest = 1000;
const busy = 'another pull or push is at work: waiting for it to end';
/** How long to give way to another pull or push before a new attempt, in milliseconds. */
const giveWay = 10_000;

export const watch: CommandFile<Options> = {
  define(command) {
    addPullOptions(command.option('--every <time>', 'how often: 90s, 15m, 2h (default 15m)'))
      .description(
        'Pulls for as long as it runs, and says in one line what each pull brought. It survives errors, a lost network ' +
          'and a mirror that is busy: it says so and tries again. Between two pulls others may pull and push.',
      )
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const every = milliseconds('--every', command.opts<{ every?: string }>().every ?? '15m');
    if (every < shortest) throw new UsageError('--every is a second at least');
    return { every, pull: readPullOptions(command) };
  },

  async run(options, deps) {
    const { settings } = deps;
    settings.token();
    openMirrorFile(settings.db, { create: true }).close();
    const held = takeWatch(settings.db);
    if (held === null) {
      throw new UserError(`another optimirror watches ${settings.db} already`, { exit: exitStatus.busy });
    }
    try {
      return await pullForever(options, deps);
    } finally {
      held.release();
    }
  },
};

/** Ends where nobody reads its lines any more; an interruption is thrown. */
async function pullForever(options: Options, deps: Deps): Promise<number> {
  const { stdout, signal } = deps;
  const { clock } = deps.effects;
  for (let first = true; !stdout.closed; first = false) {
    const next = clock.now() + options.every;
    try {
      await pullInTurn(options, deps);
    } catch (error) {
      if (signal.aborted || (first && isForUser(error))) throw error;
      await sayFailed(error, deps);
    }
    await clock.sleep(Math.max(0, next - clock.now()), signal);
  }
  return exitStatus.done;
}

/** What the user has to mend, such as a token that is refused: told at the start, while somebody is looking. */
const isForUser = (error: unknown) => error instanceof UserError;

/** Pulls as soon as no other pull or push is at work. */
async function pullInTurn({ every, pull }: Options, deps: Deps): Promise<void> {
  const { effects, signal } = deps;
  for (let waited = false; ; waited = true) {
    try {
      return await pullOnce(pull, deps, (report, db) => sayDone(report, readNothing(db), deps));
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      if (!waited) await say(deps, { waits: busy }, busy);
      await effects.clock.sleep(Math.min(giveWay, every), signal);
    }
  }
}

function sayDone(report: PullReport, failed: boolean, deps: Deps): Promise<void> {
  const { colors } = deps.stdout;
  return say(deps, report, failed ? sayFailedPull(report, colors) : sayPulled(report, colors));
}

function sayFailed(error: unknown, deps: Deps): Promise<void> {
  const { status, message } = failureOf(error, false);
  const words = message ?? String(error);
  return say(deps, { error: words, exit: status }, deps.stdout.colors.red(`no pull: ${words}`));
}

/** One line, with its time: for people, or with --json for programs. */
async function say({ stdout, json, effects }: Deps, facts: object, words: string): Promise<void> {
  const at = timestamp(effects.clock);
  if (json) return stdout.write(`${toJson({ at, ...facts })}\n`);
  return stdout.line(`${stdout.colors.dim(`${at.slice(0, 19)}Z`)}  ${words.replaceAll(/\s*\n\s*/g, '; ')}`);
}

const examples = `
Examples:
  $ optimirror watch
  $ optimirror watch --every 5m --project 1234
  $ optimirror watch --every 1h --max-age 6h >> watch.log &
  $ optimirror watch --json                          a line of JSON for each pull: its report, and when

Ctrl-C stops it, in the middle of a pull too: what was finished is kept. See from elsewhere: optimirror status
`;
