/** Shows how far long work is: a bar on a terminal, a plain line now and then elsewhere. */
import type { Clock } from '../effects.ts';
import type { Output } from './streams.ts';

export interface Progress {
  readonly update: (now: { readonly done: number; readonly waiting: number }) => void;
  stop(): void;
}

/** Milliseconds between two plain lines. */
const betweenLines = 5000;

/** `unit` is what is counted, in the plural. */
export async function createProgress(output: Output, unit: string, clock: Clock): Promise<Progress> {
  return output.isTerminal ? createBar(output, unit) : createLines(output, unit, clock);
}

async function createBar(output: Output, unit: string): Promise<Progress> {
  const { SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar({
    stream: output.stream,
    format: `{bar} {value} of {total} ${unit}, {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    // The cursor must come back, and `main` alone decides what a signal does.
    gracefulExit: false,
  });
  return {
    // Not before there is something to show: a question may be asked first.
    update({ done, waiting }) {
      if (!bar.isActive) bar.start(done + waiting, done);
      bar.setTotal(done + waiting);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function createLines(output: Output, unit: string, clock: Clock): Progress {
  let last = clock.now();
  return {
    update({ done, waiting }) {
      if (clock.now() - last < betweenLines) return;
      last = clock.now();
      void output.line(`${done} of ${done + waiting} ${unit} read`);
    },
    stop() {},
  };
}
