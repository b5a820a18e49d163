/** One push under way: what it was asked for, what it has read, what it has done so far. */
import type { Counters } from '../api/connection.ts';
import type { JsonObject } from '../api/description.ts';
import type { EntityName } from '../api/resources.ts';
import type { CheckedList } from '../api/validate.ts';
import type { Disk } from '../db/disk.ts';
import { timestamp } from '../effects.ts';
import type { OptimizelyError } from '../errors.ts';
import type { SyncDeps } from './pull.ts';
import type { RunContext } from './receive.ts';
import type { Notice, Planned, Pushed } from './report.ts';

export type OnConflict = 'manual' | 'ours' | 'theirs';

export interface PushOptions {
  readonly dryRun?: boolean;
  /** Sends what can't be taken back without asking. */
  readonly yes?: boolean;
  readonly onConflict?: OnConflict;
  readonly strict?: boolean;
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Asks a person whether to send what can't be taken back. Without it, and without `yes`, that is held. */
  readonly confirm?: (held: readonly Planned[]) => Promise<boolean>;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
}

/** What the API said of one entity: its state, that it is gone, or that it could not be read. */
export type Found =
  | FoundThere
  | { readonly kind: 'gone' }
  | { readonly kind: 'unread'; readonly error: OptimizelyError };

export interface FoundThere {
  readonly kind: 'there';
  readonly parentId: number | null;
  readonly entity: JsonObject;
}

/** A list that was read. `unusable` are members that are there, but whose content can't be used. */
export interface ReadList {
  readonly items: readonly JsonObject[];
  readonly unusable: ReadonlyMap<number, OptimizelyError>;
}

/** What one round of a push has read: nothing is sent that was not looked at in the same round. */
export interface Readings {
  /** By `resource/id`. */
  readonly entities: Map<string, Found>;
  /** By the list's path: its members, or why it could not be read. */
  readonly lists: Map<string, ReadList | OptimizelyError>;
  /** Lists as they came, so that none is asked for twice in one round. */
  readonly asked: Map<string, Promise<CheckedList | OptimizelyError>>;
}

/** What is settled may show more to read; so often at most in one round. */
export const passes = 4;

export function newReadings(): Readings {
  return { entities: new Map(), lists: new Map(), asked: new Map() };
}

/** Why an operation could not be sent this time; it stays pending. */
export interface Unsent {
  readonly status: number | null;
  readonly message: string;
}

export interface Push extends SyncDeps {
  readonly disk: Disk;
  readonly options: PushOptions;
  /** 0 for a dry run, which is none. */
  readonly runId: number;
  readonly before: Counters;
  readonly pushed: Pushed[];
  readonly notices: Notice[];
  /** What is held back until somebody says yes. */
  held: Planned[];
  /** By outbox id: why it could not be sent in this round. */
  readonly unsent: Map<number, Unsent>;
  /** By outbox id: why what a conflict is about could not be read. It would not have been sent in any case. */
  readonly unreadConflicts: Map<number, Unsent>;
  /** What was said to each operation that can't be taken back, by `answerKey`. */
  readonly answers: Map<string, boolean>;
  reads: Readings;
  /** Whether another round may get further. */
  again: boolean;
}

export function newPush(
  deps: SyncDeps,
  options: PushOptions,
  { runId, disk }: { runId: number; disk: Disk },
): Push {
  return {
    ...deps,
    disk,
    options,
    runId,
    before: { ...deps.api.counters },
    pushed: [],
    notices: [],
    held: [],
    unsent: new Map(),
    unreadConflicts: new Map(),
    answers: new Map(),
    reads: newReadings(),
    again: true,
  };
}

export function contextOf(run: Push): RunContext {
  return { db: run.db, runId: run.runId, now: timestamp(run.effects.clock), recordChanges: true };
}

type Irreversible = { readonly outbox_id: number; readonly irreversible: string | null };

/** A yes is for what was shown: an operation that has become another one since is asked about again. */
export function answerKey({ outbox_id, irreversible }: Irreversible): string {
  return `${outbox_id} ${irreversible}`;
}

/** Whether an operation may be sent as far as taking it back goes. Source: CONTRACT.md, How a push decides, 8. */
export function isAllowed({ options, answers }: Push, step: Irreversible): boolean {
  return step.irreversible === null || options.yes === true || answers.get(answerKey(step)) === true;
}

/** An entity by itself, as the keys of `Readings.entities` have it. */
export function readKey(resource: EntityName, id: number): string {
  return `${resource}/${id}`;
}

export function entityOfKey(key: string): { resource: EntityName; id: number } {
  const [resource, id] = key.split('/');
  return { resource: resource as EntityName, id: Number(id) };
}
