/** Everything that one simulated seed consists of: the server, the mirror's file, the people, the time, the chance. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import type { EntityName } from '../../src/api/resources.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { prepared } from '../../src/db/statements.ts';
import type { AccountOptions } from '../../src/sandbox/options.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import { Colleague } from './colleague.ts';
import { type Snapshot, snapshot, wrongs } from './invariants.ts';
import { Model } from './model.ts';
import { type Points, watchCommits } from './points.ts';
import { Schedule } from './schedule.ts';
import { Server } from './server.ts';
import { User } from './user.ts';

/** What is wrong, found after a step. */
export class Violation extends Error {}

/** In memory where the machine has a place for that: durability is not what is simulated. */
const root = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();

let empty: Buffer | undefined;

/** The bytes of a mirror with nothing in it: made once, since every seed begins with one. */
function emptyMirror(): Buffer {
  if (empty) return empty;
  const folder = fs.mkdtempSync(path.join(root, 'optimirror-simulation-'));
  const file = path.join(folder, 'empty.db');
  const db = openMirrorFile(file, { create: true });
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  empty = fs.readFileSync(file);
  fs.rmSync(folder, { recursive: true });
  return empty;
}

export class World {
  readonly schedule = new Schedule();
  readonly model = new Model();
  readonly server: Server;
  readonly user: User;
  readonly colleague: Colleague;
  readonly file: string;
  /** Every thing that happened, in order. */
  readonly trace: string[] = [];
  /** How often each kind of thing happened. */
  readonly tally: Record<string, number> = {};
  /** Reads, and makes the user's edits: another program, that knows nothing of the mirror's own. */
  readonly outside: Database;
  /** The life that is under way. */
  points: Points | null = null;
  #mirror: Database | null = null;
  readonly #folder: string;
  #before: Snapshot | undefined;
  /** What the file was when it was last checked: where nobody wrote since there is nothing new to see. */
  #checked = '';

  constructor(random: Random) {
    this.#folder = fs.mkdtempSync(path.join(root, 'optimirror-simulation-'));
    this.file = path.join(this.#folder, 'mirror.db');
    fs.writeFileSync(this.file, emptyMirror());
    this.outside = new Sqlite(this.file);
    this.outside.pragma('synchronous = OFF');
    this.server = new Server(accountOptions(random, this.schedule), this.model, (resource, id) =>
      this.#originsOf(resource, id),
    );
    this.user = new User(this.outside, this.model, this.note);
    this.colleague = new Colleague(this.server, (resource, id) => this.#inDoubt(resource, id), this.note);
  }

  readonly note = (words: string): void => {
    this.trace.push(words);
  };

  /** A fault struck. */
  readonly strike = (name: string): void => {
    this.note(name);
    this.count(name);
  };

  count(what: string, by = 1): void {
    this.tally[what] = (this.tally[what] ?? 0) + by;
  }

  /** The program's own connection: it stays open until the program dies. */
  get mirror(): Database {
    if (this.#mirror) return this.#mirror;
    this.#mirror = openMirrorFile(this.file);
    this.#mirror.pragma('synchronous = OFF');
    watchCommits(this.#mirror, () => this.points);
    return this.#mirror;
  }

  /** The program is gone, and with it what it had not committed. */
  closeMirror(): void {
    this.#mirror?.close();
    this.#mirror = null;
  }

  /** Throws a `Violation` where anything is wrong now. */
  check(): void {
    const version = this.#version();
    if (version === this.#checked && this.server.wrongs.length === 0) return;
    this.#checked = version;
    const seen = snapshot(this.outside);
    const found = wrongs(this.outside, seen, this.#before, this);
    this.#before = seen;
    this.count('checks');
    if (found.length > 0) throw new Violation(found.slice(0, 5).join('\n'));
  }

  /** Changes whenever anybody's commit does: the first number tells of others, the second of this connection. */
  #version(): string {
    const others = prepared(this.outside, 'PRAGMA data_version').pluck().get();
    return `${others} ${prepared(this.outside, 'SELECT total_changes()').pluck().get()}`;
  }

  dispose(): void {
    this.closeMirror();
    this.outside.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #originsOf(resource: EntityName, id: number): number[] {
    const sql =
      'SELECT s.origin_id FROM outbox_state AS s JOIN outbox AS o ON o.id = s.outbox_id WHERE o.resource = ? AND o.entity_id = ? AND s.origin_id IS NOT NULL';
    return prepared(this.outside, sql).pluck().all(resource, id) as number[];
  }

  /** Whether we created it, and the mirror does not know that yet. */
  #inDoubt(resource: EntityName, id: number): boolean {
    if (!this.model.rowsOf(resource, id).some((row) => row < 0)) return false;
    const sql = "SELECT 1 FROM push_log WHERE resource = ? AND entity_id = ? AND op = 'create'";
    return prepared(this.outside, sql).get(resource, id) === undefined;
  }
}

function accountOptions(random: Random, schedule: Schedule): AccountOptions {
  return {
    now: () => schedule.now,
    seed: between(random, 1, 1_000_000),
    projects: between(random, 1, 2),
    experimentsPerProject: between(random, 1, 3),
    goalsPerProject: between(random, 1, 4),
    audiencesPerProject: between(random, 0, 2),
    dimensionsPerProject: between(random, 0, 2),
    bumpsReferrers: random() < 0.3,
    useAliases: random() < 0.2,
    segmentationLimit: pick(random, [0, 2, 10]),
    sparseLists: pick(random, [{}, {}, { projects: ['project_javascript'] }, { goals: ['description', 'urls'] }]),
  };
}
