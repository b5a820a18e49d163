/** Says on stderr that the API can't be reached, or stumbles, and is tried again: nobody is to wait before a silent program. */
import type { Listener } from '../api/events.ts';
import { maxRetries } from '../api/retry.ts';
import type { Clock } from '../effects.ts';
import { duration } from './format/words.ts';
import type { Output } from './streams.ts';

/** The same trouble is told of once in so many milliseconds, however many requests have it. */
const betweenLines = 3000;
/** Takes away what stands in the line: a bar, which draws itself again. */
const clearLine = '\r\u001b[K';

/** A listener that says which request is tried again, when and why. A 429 is told by whoever shows the progress. */
export function sayRetries(output: Output, clock: Clock): Listener {
  const said = new Map<string, number>();
  return (event) => {
    if (event.kind !== 'retry' || event.repetition === null) return;
    const { method, path, reason, repetition, ms } = event;
    const now = clock.now();
    if (now - (said.get(reason) ?? Number.NEGATIVE_INFINITY) < betweenLines) return;
    said.set(reason, now);
    const line = `${method} ${path}: ${reason}, trying again in ${duration(ms)} (${repetition} of ${maxRetries})`;
    if (output.isTerminal) void output.write(clearLine);
    void output.line(line);
  };
}
