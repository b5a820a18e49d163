/** Says on stderr that the API can't be reached, or stumbles, and is tried again: nobody is to wait before a silent program. */
import type { Listener } from '../api/events.ts';
import { maxRetries } from '../api/retry.ts';
import type { Clock } from '../effects.ts';
import { counted, duration } from './format/words.ts';
import { linesFor } from './format/wrap.ts';
import type { Output } from './streams.ts';

/** So many milliseconds after the request that is told of should have answered, another one in the same trouble is told of. */
const patience = 3000;
/** Takes away what stands in the line: a bar, which draws itself again. */
const clearLine = '\r\u001b[K';

/** The one request that is told of for all that are in the same trouble: its repetitions are counted without a gap. */
interface Told {
  readonly path: string;
  /** Until when, in milliseconds since 1970. */
  until: number;
  /** The paths of the others. */
  readonly others: Set<string>;
}

type Retry = Extract<Parameters<Listener>[0], { kind: 'retry' }>;

/** A listener that says which request is tried again, when and why. A 429 is told by whoever shows the progress. */
export function sayRetries(output: Output, clock: Clock): Listener {
  const toldOf = new Map<string, Told>();
  return (event) => {
    if (event.kind !== 'retry' || event.repetition === null) return;
    const { path, reason, ms } = event;
    const now = clock.now();
    const known = toldOf.get(reason);
    const told = known && now <= known.until ? known : { path, until: now, others: new Set<string>() };
    toldOf.set(reason, told);
    if (told.path !== path) return void told.others.add(path);
    told.until = now + ms + patience;
    if (output.isTerminal) void output.write(clearLine);
    for (const line of linesFor(output, sayRetry(event, told.others.size))) void output.line(line);
  };
}

function sayRetry({ method, path, reason, repetition, ms }: Retry, others: number): string {
  const likewise = others === 0 ? '' : `; so are ${counted(others, 'other request')}`;
  return `${method} ${path}: ${reason}, trying again in ${duration(ms)} (${repetition} of ${maxRetries})${likewise}`;
}
