/** The tables of a mirror as drizzle sees them; the resources' own derive from the description. */
import {
  index,
  integer,
  primaryKey,
  real,
  type SQLiteColumnBuilderBase,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import {
  type EntityName,
  entityNames,
  fieldsOf,
  type ObservationName,
  observationNames,
  type ResourceName,
  resources,
} from '../api/resources.ts';
import { type Affinity, affinityOf } from './columns.ts';

const column: Record<Affinity, (name: string) => SQLiteColumnBuilderBase> = {
  INTEGER: (name) => integer(name),
  REAL: (name) => real(name),
  TEXT: (name) => text(name),
};

function columns(resource: ResourceName): Record<string, SQLiteColumnBuilderBase> {
  return Object.fromEntries(
    fieldsOf(resource).map(([name, field]) => [name, column[affinityOf(field)](name)]),
  );
}

/** Names of the single-id references, which are indexed and not constrained: rows can arrive before what they name. */
function referenceColumns(resource: ResourceName): string[] {
  return fieldsOf(resource)
    .filter(([, field]) => field.references !== undefined && field.kind !== 'list')
    .map(([name]) => name);
}

/**
 * Ids count upward on their own: in a table with nothing but negative ids SQLite would else choose a negative one for an
 * INSERT that gives none, and nobody could tell that from a choice of the user's.
 */
function entityTable(resource: EntityName) {
  const id = integer('id').primaryKey({ autoIncrement: true });
  return sqliteTable(resource, { ...columns(resource), id }, (table) =>
    referenceColumns(resource).map((name) => index(`${resource}_${name}`).on(table[name as 'id'])),
  );
}

/** What the API last said about each entity, whole, kept beside the local state. */
function remoteTable(resource: EntityName) {
  return sqliteTable(
    `remote_${resource}`,
    {
      id: integer('id').primaryKey(),
      parent_id: integer('parent_id'),
      body: text('body').notNull(),
      /** The fields that the description does not list, as a JSON object; NULL where there are none. */
      extra: text('extra'),
    },
    (table) => [index(`remote_${resource}_parent_id`).on(table.parent_id)],
  );
}

function observationColumns(resource: ObservationName) {
  return { ...columns(resource), experiment_id: integer('experiment_id'), extra: text('extra') };
}

function observationTable(resource: ObservationName) {
  const { key } = resources[resource];
  return sqliteTable(resource, observationColumns(resource), (table) => [
    primaryKey({ columns: ['experiment_id', ...key].map((name) => table[name as 'experiment_id']) as never }),
    index(`${resource}_goal_id`).on(table['goal_id' as 'experiment_id']),
  ]);
}

function historyTable(resource: ObservationName) {
  const { key } = resources[resource];
  return sqliteTable(
    `${resource}_history`,
    {
      id: integer('id').primaryKey(),
      run_id: integer('run_id').notNull(),
      observed_at: text('observed_at').notNull(),
      ...observationColumns(resource),
    },
    (table) => [
      index(`${resource}_history_key`).on(
        ...(['experiment_id', ...key, 'observed_at'].map((name) => table[name as 'id']) as [typeof table.id]),
      ),
      index(`${resource}_history_observed_at`).on(table.observed_at),
    ],
  );
}

export const entityTables = entityNames.map(entityTable);
export const remoteTables = entityNames.map(remoteTable);
export const observationTables = observationNames.map(observationTable);
export const historyTables = observationNames.map(historyTable);

// drizzle-kit collects exported tables, not those inside arrays.
export const [t1, t2, t3, t4, t5, t6, t7] = entityTables;
export const [r1, r2, r3, r4, r5, r6, r7] = remoteTables;
export const [o1, o2] = observationTables;
export const [h1, h2] = historyTables;

const changeColumns = () => ({
  id: integer('id').primaryKey(),
  run_id: integer('run_id').notNull(),
  observed_at: text('observed_at').notNull(),
  resource: text('resource').notNull(),
  entity_id: integer('entity_id').notNull(),
  field: text('field'),
  old_value: text('old_value'),
  new_value: text('new_value'),
});

export const changes = sqliteTable('changes', changeColumns(), (table) => [
  index('changes_entity').on(table.resource, table.entity_id),
  index('changes_run_id').on(table.run_id),
  index('changes_observed_at').on(table.observed_at),
]);

/**
 * What changed and is nobody else's change: by our own pushes; and rows of results that were no longer listed, or are
 * again, by their key. With `changes` and the histories it tells what the mirror knew at any moment.
 */
export const ownChanges = sqliteTable('own_changes', changeColumns(), (table) => [
  index('own_changes_entity').on(table.resource, table.entity_id),
  index('own_changes_observed_at').on(table.observed_at),
]);

export const syncRuns = sqliteTable('sync_runs', {
  run_id: integer('run_id').primaryKey({ autoIncrement: true }),
  kind: text('kind', { enum: ['pull', 'push', 'verify'] }).notNull(),
  mode: text('mode'),
  status: text('status', { enum: ['running', 'complete', 'partial', 'interrupted', 'failed'] }).notNull(),
  started_at: text('started_at').notNull(),
  finished_at: text('finished_at'),
  requests: integer('requests').notNull().default(0),
  retries: integer('retries').notNull().default(0),
  error: text('error'),
  /** The projects a pull was limited to, as a JSON list; NULL for all. */
  selection: text('selection'),
  /** The first run of a chain of interrupted ones that go on from each other. */
  chain: integer('chain'),
});

/** Which lists have been read, and which are still to be read: the pull's work queue, which survives a crash. */
export const listings = sqliteTable(
  'listings',
  {
    resource: text('resource').notNull(),
    /** 0 for the account. */
    parent_id: integer('parent_id').notNull(),
    /** 1 while the list is to be read. */
    due: integer('due').notNull().default(0),
    finished_at: text('finished_at'),
    /** The chain of runs in which it was last read to the end. */
    chain: integer('chain'),
    rows: integer('rows'),
    /** Of the answer that was applied last, where nothing of what it said was written since; NULL where that is not so. */
    digest: text('digest'),
  },
  (table) => [primaryKey({ columns: [table.resource, table.parent_id] })],
);

export const outbox = sqliteTable(
  'outbox',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    resource: text('resource').notNull(),
    entity_id: integer('entity_id').notNull(),
    op: text('op', { enum: ['create', 'update', 'delete'] }).notNull(),
    status: text('status', { enum: ['pending', 'in_flight', 'conflict', 'failed'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    error: text('error'),
    created_at: text('created_at').notNull(),
    updated_at: text('updated_at').notNull(),
  },
  (table) => [uniqueIndex('outbox_entity').on(table.resource, table.entity_id)],
);

export const outboxChanges = sqliteTable(
  'outbox_changes',
  {
    outbox_id: integer('outbox_id').notNull(),
    field: text('field').notNull(),
    base_value: text('base_value'),
    local_value: text('local_value'),
    remote_value: text('remote_value'),
  },
  (table) => [primaryKey({ columns: [table.outbox_id, table.field] })],
);

/** What the push has to remember about an operation beyond the outbox's own columns. */
export const outboxState = sqliteTable('outbox_state', {
  outbox_id: integer('outbox_id').primaryKey(),
  /** The whole entity the edit was made on, once the API's has moved on in a way that conflicts. */
  base_body: text('base_body'),
  /** What is on the wire, written before it is sent: `{run_id, op, method, path, body, known}`. */
  intent: text('intent'),
  /** The temporary id of a create that took over an entity the server made by itself. */
  origin_id: integer('origin_id'),
});

/** What an offline delete of a parent took along: pending edits below it, and rows of results. */
export const outboxSetAside = sqliteTable(
  'outbox_set_aside',
  {
    id: integer('id').primaryKey(),
    outbox_id: integer('outbox_id').notNull(),
    kind: text('kind', { enum: ['edit', 'row'] }).notNull(),
    resource: text('resource').notNull(),
    body: text('body').notNull(),
  },
  (table) => [index('outbox_set_aside_outbox_id').on(table.outbox_id)],
);

export const pushLog = sqliteTable(
  'push_log',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    run_id: integer('run_id'),
    outbox_id: integer('outbox_id').notNull(),
    resource: text('resource').notNull(),
    entity_id: integer('entity_id').notNull(),
    op: text('op').notNull(),
    outcome: text('outcome', { enum: ['sent', 'converged', 'theirs', 'dropped'] }).notNull(),
    changes: text('changes').notNull(),
    method: text('method'),
    path: text('path'),
    request: text('request'),
    status: integer('status'),
    finished_at: text('finished_at').notNull(),
  },
  (table) => [index('push_log_outbox_id').on(table.outbox_id)],
);

/** Single facts about the mirror: which triggers are installed, the next temporary id, what the API never sends. */
export const mirrorMeta = sqliteTable('mirror_meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** Holds a row only inside a transaction of the sync or of a trigger, so that no other connection ever sees one. */
export const syncGuard = sqliteTable('sync_guard', { holder: text('holder').notNull() });
