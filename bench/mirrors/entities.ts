/** Fills a mirror with a made-up account, straight into its tables: what a pull of it would leave there. */
import type { Database } from 'better-sqlite3';
import type { JsonObject } from '../../src/api/description.ts';
import { entityNames, observationNames, parentField, type ResourceName } from '../../src/api/resources.ts';
import { cellsOf, columnsOf, unlistedFields } from '../../src/db/columns.ts';
import { insertSql } from '../../src/db/sql-text.ts';
import { SandboxAccount } from '../../src/sandbox/index.ts';
import { now, type Size } from './index.ts';

/** Inside a guarded transaction. */
export function fillEntities(db: Database, { projects, experiments }: Size): void {
  const account = new SandboxAccount({ projects, experimentsPerProject: experiments, now: () => now });
  for (const resource of entityNames) {
    const local = inserter(db, resource);
    const remote = db.prepare(insertSql(`remote_${resource}`, ['id', 'parent_id', 'body', 'extra']));
    const parent = parentField(resource) ?? '';
    for (const entity of account.list(resource)) {
      local(entity);
      const parentId = entity[parent] ?? null;
      remote.run(entity.id, parentId, JSON.stringify(entity), unlistedFields(resource, entity));
    }
  }
  fillObservations(db, account);
}

function fillObservations(db: Database, account: SandboxAccount): void {
  const experiments = account.list('experiments').map(({ id }) => id as number);
  for (const resource of observationNames) {
    const insert = inserter(db, resource);
    for (const experiment_id of experiments)
      for (const row of account.list(resource, experiment_id)) insert({ ...row, experiment_id });
  }
}

function inserter(db: Database, resource: ResourceName): (entity: JsonObject) => void {
  const statement = db.prepare(insertSql(resource, columnsOf(resource)));
  return (entity) => void statement.run(cellsOf(resource, entity));
}
