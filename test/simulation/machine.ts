/** The computer that the mirror is on: its file, the program's connection to it, and another program's. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { openMirrorFile } from '../../src/db/open.ts';
import { type Points, watchCommits } from './points.ts';

/** In memory where the machine has a place for that: what a power cut does is not what is simulated. */
const root = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const newFolder = () => fs.mkdtempSync(path.join(root, 'optimirror-simulation-'));

let empty: Buffer | undefined;

/** The bytes of a mirror with nothing in it: made once, since everything begins with one. */
export function emptyMirror(): Buffer {
  if (empty) return empty;
  const folder = newFolder();
  const file = path.join(folder, 'empty.db');
  openMirrorFile(file, { create: true }).close();
  empty = fs.readFileSync(file);
  fs.rmSync(folder, { recursive: true });
  return empty;
}

export class Machine {
  readonly file: string;
  /** The life of the program that is under way. */
  points: Points | null = null;
  readonly #folder: string;
  #outside: Database | null = null;
  #mirror: Database | null = null;

  /** @param bytes the mirror as it is to be found; null for none */
  constructor(bytes: Buffer | null) {
    this.#folder = newFolder();
    this.file = path.join(this.#folder, 'mirror.db');
    if (bytes) fs.writeFileSync(this.file, bytes);
  }

  /** Another program, that knows nothing of ours: it reads, and makes the user's edits. */
  get outside(): Database {
    if (this.#outside) return this.#outside;
    this.#outside = new Sqlite(this.file);
    this.#outside.pragma('synchronous = OFF');
    return this.#outside;
  }

  /** The program's own connection: it stays open until the program ends. */
  get mirror(): Database {
    if (this.#mirror) return this.#mirror;
    this.#mirror = openMirrorFile(this.file);
    this.#mirror.pragma('synchronous = OFF');
    watchCommits(this.#mirror, () => this.points);
    return this.#mirror;
  }

  /** Something that a person does with the program, which no run can die of. */
  byHand<T>(act: (db: Database) => T): T {
    const { points } = this;
    this.points = null;
    try {
      return act(this.mirror);
    } finally {
      this.points = points;
    }
  }

  /** The program is gone, and with it what it had not committed. */
  closeMirror(): void {
    this.#mirror?.close();
    this.#mirror = null;
  }

  /** The mirror's bytes, with every program gone. */
  bytes(): Buffer {
    this.closeAll();
    return fs.readFileSync(this.file);
  }

  dispose(): void {
    this.closeAll();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Every program is gone. */
  closeAll(): void {
    this.closeMirror();
    this.#outside?.close();
    this.#outside = null;
  }
}
