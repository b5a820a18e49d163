/** The computer that the mirror is on: its file, the program's connection to it, and another program's. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { quoted } from '../../src/db/columns.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { prepared } from '../../src/db/statements.ts';
import { editableTables, guardTable, readOnlyTables } from '../../src/db/tables.ts';
import { transaction } from '../../src/db/transaction.ts';
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

/** What makes a mirror as it was when it was new; what lays its views and triggers down stays, as they do. */
const emptying = [
  `INSERT INTO ${guardTable} (holder) VALUES ('sync')`,
  ...[...editableTables, ...readOnlyTables]
    .filter((name) => name !== 'mirror_meta')
    .map((name) => `DELETE FROM ${quoted(name)}`),
  "DELETE FROM mirror_meta WHERE key NOT IN ('views', 'objects')",
  "INSERT INTO mirror_meta (key, value) VALUES ('next_temp_id', '-1')",
  'DELETE FROM sqlite_sequence',
  `DELETE FROM ${guardTable}`,
];

export class Machine {
  readonly file: string;
  /** Whether the file is closed with the program that dies; else only what the program had not committed is gone. */
  reopens = true;
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

  /** The program is gone, and with it what it had not committed: that was rolled back when it died. */
  programEnds(): void {
    if (this.reopens) this.closeMirror();
  }

  /** The mirror as it was when it was new. Its connections stay open, with what they have prepared. */
  empty(): void {
    const { outside } = this;
    transaction(outside, () => {
      for (const sql of emptying) prepared(outside, sql).run();
    });
    outside.pragma('wal_checkpoint(TRUNCATE)');
  }

  closeMirror(): void {
    this.#mirror?.close();
    this.#mirror = null;
  }

  /** All files that the mirror consists of. */
  files(): string[] {
    return fs.readdirSync(this.#folder).map((name) => path.join(this.#folder, name));
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
