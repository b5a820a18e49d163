/** A word of warning after an edit that leaves an experiment's weights not adding up. */
import { type EntityName } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { imbalances, weighedBy } from '../edits/weights.ts';
import type { Output } from './streams.ts';
