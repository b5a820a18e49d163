/** Everything that one simulated seed consists of: the server, the mirror's file, the people, the time, the chance. */
import type { Database } from 'better-sqlite3';
import type { EntityName } from '../../src/api/resources.ts';
import { prepared } from '../../src/db/statements.ts';
import type { AccountOptions } from '../../src/sandbox/options.ts';
import { between, pick, type Random } from '../../src/sandbox/random.ts';
import { Colleague, type InDoubt } from './colleague.ts';
import { apiHand, sqlHand } from './hand.ts';
import { type Facts, wrongs } from './invariants.ts';
import { Violation } from './life.ts';
import { waitingThere } from './looking.ts';
import { Model } from './model.ts';
import { takeMachine } from './reuse.ts';
import { Schedule } from './schedule.ts';
import { Server } from './server.ts';
import { type Snapshot, snapshot } from './snapshot.ts';
import { User } from './user.ts';

export class World {
  readonly schedule = new Schedule();
  readonly model = new Model();
  readonly server: Server;
  readonly user: User;
  readonly colleague: Colleague;
  readonly machine = takeMachine();
  /** Every thing that happened, in order. */
  readonly trace: string[] = [];
  /** How often each kind of thing happened. */
  readonly tally: Record<string, number> = {};
  /** Whether the push that is at work was told to prefer theirs. */
  prefersTheirs = false;
  #before: Snapshot | undefined;
  /** What the file was when it was last checked: where nobody wrote since there is nothing new to see. */
  #checked = '';

  constructor(random: Random) {
    this.machine.reopens = random() < 0.02;
    this.server = new Server(accountOptions(random, this.schedule), this.model, this.machine);
    this.user = new User(this.outside, this.model, {
      sql: sqlHand(this.outside, this),
      api: apiHand((act) => this.machine.byHand(act), this),
    });
    const inDoubt: InDoubt = (resource, id) => this.#inDoubt(resource, id);
    this.colleague = new Colleague(this.server, inDoubt, this, () => waitingThere(this.outside));
  }

  readonly note = (words: string): void => {
    this.trace.push(words);
  };

  /** A fault struck. */
  readonly strike = (words: string, kind = words): void => {
    this.note(words);
    this.count(`fault: ${kind}`);
  };

  readonly count = (what: string, by = 1): void => {
    this.tally[what] = (this.tally[what] ?? 0) + by;
  };

  /** The other program's connection, through which everything is looked at. */
  get outside(): Database {
    return this.machine.outside;
  }

  /** Throws a `Violation` where anything is wrong now. `by`: whose step it was. */
  check(by: 'user' | 'program' = 'program'): void {
    const version = this.#version();
    if (version === this.#checked && this.server.wrongs.length === 0) return;
    this.#checked = version;
    const seen = snapshot(this.outside, this.#before);
    const found = wrongs(this.outside, seen, this.#before, this.#facts(by));
    this.#before = seen;
    this.count('checks');
    if (found.length > 0) throw new Violation(found.slice(0, 5).join('\n'));
  }

  #facts(by: Facts['by']): Facts {
    return { model: this.model, server: this.server, prefersTheirs: this.prefersTheirs, by };
  }

  /** Changes whenever anybody's commit does: the first number tells of others, the second of this connection. */
  #version(): string {
    const others = prepared(this.outside, 'PRAGMA data_version').pluck().get();
    return `${others} ${prepared(this.outside, 'SELECT total_changes()').pluck().get()}`;
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
    projects: pick(random, [1, 1, 1, 1, 2]),
    experimentsPerProject: pick(random, [1, 1, 1, 2, 2, 3]),
    goalsPerProject: between(random, 1, 2),
    audiencesPerProject: between(random, 0, 2),
    dimensionsPerProject: between(random, 0, 1),
    bumpsReferrers: random() < 0.3,
    useAliases: random() < 0.2,
    segmentationLimit: pick(random, [0, 2, 10]),
    sparseLists: pick(random, [
      {},
      {},
      { projects: ['project_javascript'] },
      { goals: ['description', 'urls'] },
    ]),
  };
}
