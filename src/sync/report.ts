/** What a run reports: plain objects that tests, the CLI and scripts read alike. Source: CONTRACT.md, JSON. */
import type { Json, JsonObject } from '../api/description.ts';
import type { EntityName, ResourceName } from '../api/resources.ts';
import type { Op, Outcome } from '../db/outbox.ts';
import type { PullMode } from '../db/runs.ts';
import type { Counts } from './listing.ts';
import type { FieldConflict } from './merge.ts';

export interface PullError {
  readonly resource: ResourceName;
  readonly parent_id: number | null;
  readonly status: number | null;
  readonly message: string;
}

export interface PullReport {
  readonly run_id: number;
  readonly mode: PullMode;
  readonly status: 'complete' | 'partial';
  readonly requests: number;
  readonly retries: number;
  readonly duration_ms: number;
  readonly resources: Record<ResourceName, Counts>;
  readonly errors: PullError[];
}

/** How far a pull is: lists read, and lists known to be still to read. */
export interface Progress {
  readonly done: number;
  readonly waiting: number;
  readonly resource: ResourceName;
  /** Projects whose lists are known by now, and those whose lists are not. */
  readonly parts?: { readonly begun: number; readonly left: number };
}

export interface OpReport {
  readonly outbox_id: number;
  readonly resource: EntityName;
  readonly entity_id: number;
  readonly op: Op;
}
export interface Pushed extends OpReport {
  readonly remote_id: number;
}
export interface Planned extends OpReport {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body: JsonObject | null;
}
export interface Conflicted extends OpReport {
  readonly fields: readonly FieldConflict[];
}
export interface Failed extends OpReport {
  readonly status: number | null;
  readonly message: string;
}

export interface PushReport {
  readonly run_id: number | null;
  readonly requests: number;
  readonly pushed?: Pushed[];
  readonly planned?: Planned[];
  readonly conflicts: Conflicted[];
  readonly held: Planned[];
  readonly failed: Failed[];
  readonly remaining: number;
  /** Conflicts that nobody could look at: what the API holds by now is not known, so nothing was decided about them. */
  readonly unread: Failed[];
  /** What left the outbox without being sent. */
  readonly settled: Settled[];
  /** Where the API's answer to a write was not what was expected: somebody else wrote in between. */
  readonly notices: Notice[];
}
export interface Settled extends OpReport {
  readonly outcome: Exclude<Outcome, 'sent'>;
  readonly fields: readonly string[];
}
export interface Notice extends OpReport {
  readonly field: string;
  readonly expected: Json;
  readonly got: Json;
}

/** A record by its resource and id; of a row of results, `experiment/variation/goal`. */
export interface RecordName {
  readonly resource: ResourceName;
  readonly entity_id: number | string;
}
/** A field in which the mirror differs from the API, with what each of the two holds. */
export interface Difference extends RecordName {
  readonly field: string;
  readonly mirror: Json;
  readonly api: Json;
}

export interface VerifyReport {
  readonly run_id: number;
  readonly status: 'complete' | 'partial';
  readonly requests: number;
  readonly retries: number;
  readonly duration_ms: number;
  /** How many records of the API were compared. */
  readonly checked: number;
  /** The API has it and the mirror does not. */
  readonly missing: RecordName[];
  /** The mirror has it, and a complete list of the API does not. */
  readonly extra: RecordName[];
  readonly different: Difference[];
  /** What could not be read, or was not repaired although it should have been. */
  readonly errors: PullError[];
}
