/** Every setting of the sandbox, with its default, and those that a command line may give as plain data. */
import type { ResourceName } from '../api/resources.ts';
import type { Now } from './clock.ts';

/** How much made-up data an account begins with. */
export interface DataOptions {
  /** The same seed gives the same account; 1 by default. */
  readonly seed?: number;
  /** 3 by default; 0 for an empty account. */
  readonly projects?: number;
  /** 12 by default; from 6 on every state of an experiment is there. */
  readonly experimentsPerProject?: number;
  /** A third of the experiments by default, from 8 to 40. */
  readonly goalsPerProject?: number;
  /** 5 by default. */
  readonly audiencesPerProject?: number;
  /** 3 by default; they count toward the segmentation limit. */
  readonly dimensionsPerProject?: number;
}

export interface AccountOptions extends DataOptions {
  readonly now: Now;
  /** The one token that is let in. */
  readonly token?: string;
  /** Fields left out of lists, and shown where an entity is read by itself. */
  readonly sparseLists?: SparseLists;
  /** Send a field's other name, where the description has one. */
  readonly useAliases?: boolean;
  /** A goal put into an experiment bumps the experiment's `last_modified` too; not by default. */
  readonly bumpsReferrers?: boolean;
  /** 10 by default; 0 is an account without the Platinum plan. */
  readonly segmentationLimit?: number;
}

export type SparseLists = Partial<Record<ResourceName, readonly string[]>>;

/** What the vendor's sample of the project list leaves out. */
export const vendorSparseLists: SparseLists = { projects: ['project_javascript'] };

export const defaultToken = 'sandboxabcdefghijklmnopqrs:123456';
