/** What the death of every program leaves behind: the mirror's files, the account, the time. */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import type { SandboxAccount } from '../../src/sandbox/index.ts';

/** Something that changed the account, at its moment, so that an account can be brought to the same state again. */
export interface Deed {
  readonly at: number;
  readonly act: (account: SandboxAccount) => void;
  /** Its answer was the one that was to be lost. */
  readonly loses: boolean;
}

/** The answer that is lost next, and what happens at the API thereupon. */
export interface Loss {
  readonly method: string;
  readonly afterwards: ((account: SandboxAccount) => void) | undefined;
}

/** A state of the world in which no program runs. */
export interface Moment {
  /** The effects at which a death leaves just this. */
  readonly effects: readonly string[];
  readonly files: Files;
  readonly deeds: readonly Deed[];
  readonly now: number;
  readonly loss: Loss | null;
  /** The command to go on with, and whether it was begun before. */
  readonly next: number;
  readonly repeated: boolean;
}

/** The mirror's files by their endings. SQLite makes the index of the log anew, as it does after a power cut. */
export type Files = Readonly<Record<string, Buffer>>;

const endings = ['', '-wal', '-journal'];

/** As the next process would find them if every one at work on them were killed now. */
export function readFiles(file: string): Files {
  const there = endings.filter((ending) => fs.existsSync(file + ending));
  return Object.fromEntries(there.map((ending) => [ending, fs.readFileSync(file + ending)]));
}

export function writeFiles(file: string, files: Files): void {
  for (const [ending, bytes] of Object.entries(files)) fs.writeFileSync(file + ending, bytes);
}

const sums = new WeakMap<Files, string>();
const numbers = new WeakMap<Deed, number>();
let deedsSoFar = 0;

function sumOf(files: Files): string {
  const known = sums.get(files);
  if (known !== undefined) return known;
  const sum = Object.entries(files)
    .map(([ending, bytes]) => `${ending} ${hash('sha1', bytes)}`)
    .join();
  sums.set(files, sum);
  return sum;
}

function numberOf(deed: Deed): number {
  const number = numbers.get(deed) ?? deedsSoFar++;
  numbers.set(deed, number);
  return number;
}

/** Where this is the same, no program can tell one moment from the other. */
const identityOf = ({ files, deeds, now, loss, next }: Moment): string =>
  [sumOf(files), deeds.map(numberOf), now, loss !== null, next].join(' ');

/** Each state once, with all the effects that leave it. */
export function distinct(moments: readonly Moment[]): Moment[] {
  const found = new Map<string, Moment>();
  for (const moment of moments) {
    const identity = identityOf(moment);
    const same = found.get(identity);
    found.set(identity, same ? { ...same, effects: [...same.effects, ...moment.effects] } : moment);
  }
  return [...found.values()];
}
