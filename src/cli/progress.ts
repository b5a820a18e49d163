/** Shows how far long work is, and when it will end: a bar on a terminal, a plain line now and then elsewhere. */
import type { Clock } from '../effects.ts';
import { expectedLeft, remember, type Sample, type Standing, timeLeft } from './estimate.ts';
import { count, roughly, seconds } from './format/words.ts';
import type { Output } from './streams.ts';

export interface Progress {
  readonly update: (now: Standing) => void;
  stop(): void;
}

/** How fast the work may go: known where it asks the API. */
export interface Pace {
  /** Requests a second at most; 0 for no limit. */
  readonly rate: number;
  /** Until when everything waits, whichever program was told so; milliseconds since 1970. */
  pausedUntil(): number;
}

/** What is shown of the work, wherever it is. */
interface Showing {
  show(standing: Standing, outlook: string): void;
  stop(): void;
}

/** Whoever comes while the API makes everything wait is told so at once. */
export const sayWait = (ms: number) => `The API asks to wait ${seconds(ms)}: nothing is asked before that.`;

/** Milliseconds between two plain lines. */
const betweenLines = 5000;
/** Milliseconds between two looks at a bar's clock. */
const betweenLooks = 250;
/** Nobody needs to be told of an end that is so near, in milliseconds. */
const soon = 5000;
/** Nor of a wait so short. */
export const shortWait = 1000;
const unlimited: Pace = { rate: 0, pausedUntil: () => 0 };

/** `unit` is what is counted, in the plural. */
export async function createProgress(
  output: Output,
  unit: string,
  clock: Clock,
  pace: Pace = unlimited,
): Promise<Progress> {
  const showing = output.isTerminal ? await createBar(output, unit) : createLines(output, unit);
  return track(showing, { output, clock, pace });
}

/** Follows the work, and shows it at its own pace: time goes on also while the API makes everything wait. */
function track(
  showing: Showing,
  { output, clock, pace }: { readonly output: Output; readonly clock: Clock; readonly pace: Pace },
): Progress {
  let standing: Standing | undefined;
  let samples: Sample[] = [];
  let saidWait = 0;
  const look = () => {
    const now = clock.now();
    const pausedUntil = pace.pausedUntil();
    if (standing === undefined) {
      if (pausedUntil > Math.max(saidWait, now + shortWait)) void output.line(sayWait(pausedUntil - now));
      saidWait = pausedUntil;
      return;
    }
    samples = remember(samples, { at: now, done: standing.done }, pausedUntil > now);
    const left = timeLeft(samples, standing, { now, rate: pace.rate, pausedUntil });
    showing.show(standing, sayOutlook(left, pausedUntil - now));
  };
  look();
  // The eye's own time: work on another clock is shown by it all the same.
  const looks = setInterval(look, output.isTerminal ? betweenLooks : betweenLines).unref();
  return {
    update(now) {
      // The first one begins a bar; a question may be asked before it.
      const first = standing === undefined;
      standing = now;
      if (first) look();
    },
    stop() {
      clearInterval(looks);
      showing.stop();
    },
  };
}

/** `, about 3 min left`; what the API asks for comes first, since it is why nothing moves. */
function sayOutlook(left: number | null, paused: number): string {
  const waits = paused > 0 ? `, the API asks to wait ${seconds(paused)}` : '';
  return left === null || left < soon ? waits : `${waits}, about ${roughly(left)} left`;
}

async function createBar(output: Output, unit: string): Promise<Showing> {
  const { SingleBar } = (await import('cli-progress')).default;
  const bar = new SingleBar({
    stream: output.stream,
    format: `{bar} {value} of {total} ${unit}, {duration_formatted}{outlook}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    // The cursor must come back, and `main` alone decides what a signal does.
    gracefulExit: false,
  });
  return {
    show(standing, outlook) {
      const total = standing.done + expectedLeft(standing);
      if (!bar.isActive) bar.start(total, standing.done, { outlook });
      bar.setTotal(total);
      bar.update(standing.done, { outlook });
    },
    stop: () => bar.stop(),
  };
}

function createLines(output: Output, unit: string): Showing {
  let begun = false;
  return {
    show(standing, outlook) {
      // Short work says nothing.
      if (begun) {
        const total = standing.done + expectedLeft(standing);
        const about = total > standing.done + standing.waiting ? 'about ' : '';
        void output.line(`${count(standing.done)} of ${about}${count(total)} ${unit} done${outlook}`);
      }
      begun = true;
    },
    stop() {},
  };
}
