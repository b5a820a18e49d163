/** `optimirror sandbox`: the whole API on this machine, with made-up data. */
import type { Command } from 'commander';
import type { SandboxOptions } from '../../sandbox/index.ts';
import type { CommandFile } from '../command.ts';
import { wholeNumber } from '../options.ts';

/** Each option: its flag, what it says, and the setting of the sandbox that it is. */
const options = [
  { flag: '--port', key: 'port', help: 'the port; 0 for a free one', fallback: 0, max: 65_535 },
  { flag: '--seed', key: 'seed', help: 'the same seed makes the same account', fallback: 1 },
  { flag: '--projects', key: 'projects', help: 'how many projects', fallback: 3 },
  { flag: '--experiments', key: 'experimentsPerProject', help: 'experiments in each', fallback: 12 },
  { flag: '--goals', key: 'goalsPerProject', help: 'goals in each', fallback: null },
  { flag: '--audiences', key: 'audiencesPerProject', help: 'audiences in each', fallback: 5 },
  { flag: '--dimensions', key: 'dimensionsPerProject', help: 'dimensions in each', fallback: 3 },
  { flag: '--latency', key: 'latency', help: 'milliseconds that every answer takes', fallback: 0 },
] as const;

type Given = Partial<Record<(typeof options)[number]['key'], number>>;

export const sandbox: CommandFile<SandboxOptions> = {
  define(command) {
    command.description(
      'Runs the whole API on 127.0.0.1, in memory, with realistic made-up data, until it is interrupted. ' +
        'It prints its address and its token.',
    );
    for (const { flag, help, fallback } of options) {
      command.option(`${flag} <n>`, fallback === null ? help : `${help} (default ${fallback})`);
    }
    command.addHelpText('after', examples);
  },

  read(command: Command) {
    const flags = command.opts<Record<string, string>>();
    const given: Given = {};
    for (const { flag, key, ...limits } of options) {
      const text = flags[flag.slice(2)];
      if (text !== undefined) given[key] = wholeNumber(flag, text, limits);
    }
    const { latency, ...rest } = given;
    return { ...rest, ...(latency === undefined ? {} : { faults: { latency } }) };
  },

  async run(given, { stdout, json, signal }) {
    const { startSandbox } = await import('../../sandbox/index.ts');
    const running = await startSandbox(given);
    if (json) await stdout.write(`${JSON.stringify({ url: running.url, token: running.token })}\n`);
    else await stdout.write(`listening ${running.url}\ntoken ${running.token}\n`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
    await running.close();
    return 0;
  },
};

const examples = `
Examples:
  $ optimirror sandbox                                    on a free port
  $ optimirror sandbox --port 8080 --seed 7               the same account at the same place, every time
  $ optimirror sandbox --projects 20 --experiments 100    a large account

Its changes are gone when it ends. In another terminal:
  $ export OPTIMIZELY_API_BASE=http://127.0.0.1:8080/experiment/v1/
  $ export OPTIMIZELY_TOKEN=sandboxabcdefghijklmnopqrs:123456
  $ optimirror pull
`;
