/** The names of all tables of a mirror, by who may write them. */
import { entityNames, observationNames } from '../api/resources.ts';

/** The tables that anybody may edit. */
export const editableTables: readonly string[] = entityNames;

/** Where the guard row stands while the sync or a trigger writes. */
export const guardTable = 'sync_guard';

/** The tables that only the sync writes. */
export const readOnlyTables: readonly string[] = [
  ...observationNames,
  ...observationNames.map((name) => `${name}_history`),
  ...entityNames.map((name) => `remote_${name}`),
  'changes',
  'listings',
  'mirror_meta',
  'outbox',
  'outbox_changes',
  'outbox_set_aside',
  'outbox_state',
  'own_changes',
  'push_log',
  'sync_runs',
];
