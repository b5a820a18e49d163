/** A mirror in a temporary folder, filled as a pull fills it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { type EntityName, isEntityName, parentField, type ResourceName } from '../../src/api/resources.ts';
import { type Database, openMirrorFile } from '../../src/db/open.ts';
import { putLocal, putRemote } from '../../src/db/rows.ts';
import { guarded } from '../../src/db/transaction.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

/** The entities of a mirror, by resource. */
export type Filling = Partial<Record<EntityName, readonly JsonObject[]>>;

/** An open mirror that holds these entities, as the API has them. */
export function mirrorOf(filling: Filling): Database {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'optimirror-query-'));
  folders.push(folder);
  const db = openMirrorFile(path.join(folder, 'mirror.db'), { create: true });
  fill(db, filling);
  return db;
}

export function fill(db: Database, filling: Filling): void {
  guarded<void>(db, () => {
    for (const [resource, entities] of Object.entries(filling) as [ResourceName, JsonObject[]][]) {
      if (!isEntityName(resource)) continue;
      for (const entity of entities) {
        const parent = entity[parentField(resource) ?? ''] ?? null;
        putRemote(db, resource, entity.id as number, parent as number | null, entity, JSON.stringify(entity));
        putLocal(db, resource, entity);
      }
    }
  });
}

/** A small account: two projects, three experiments, their variations and goals. */
export const account: Filling = {
  projects: [
    { id: 1, project_name: 'One', include_jquery: true, exclude_names: null },
    { id: 2, project_name: 'Two', include_jquery: false, exclude_names: false },
  ],
  experiments: [
    {
      id: 11,
      project_id: 1,
      description: 'A',
      status: 'Running',
      audience_ids: [5, 6],
      experiment_type: 'ab',
    },
    { id: 12, project_id: 1, description: 'B', status: 'Paused', audience_ids: [], experiment_type: 'ab' },
    { id: 21, project_id: 2, description: 'C', status: 'Paused', experiment_type: 'multivariate' },
  ],
  variations: [
    { id: 111, experiment_id: 11, project_id: 1, description: 'x', weight: 5000, is_paused: false },
    { id: 112, experiment_id: 11, project_id: 1, description: 'y', weight: 5000, is_paused: true },
    { id: 211, experiment_id: 21, project_id: 2, description: 'z', weight: null, is_paused: false },
  ],
  schedules: [
    { id: 51, experiment_id: 11, status: 'ACTIVE', start_time: '2026-01-01T00:00:00Z', stop_time: null },
    { id: 52, experiment_id: 21, status: 'ACTIVE', start_time: null, stop_time: '2026-01-01T00:00:00Z' },
  ],
  goals: [
    { id: 31, project_id: 1, title: 'Clicks', goal_type: 0, experiment_ids: [11], is_editable: null },
    { id: 32, project_id: 1, title: 'Old', goal_type: 1, experiment_ids: [], is_editable: false },
  ],
};
