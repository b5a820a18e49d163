/** Pulls as the program does: the same settings but for the rate, which has no limit here. */
import fs from 'node:fs';
import path from 'node:path';
import type { Api } from '../../src/api/api.ts';
import { OptimizelyClient } from '../../src/api/client.ts';
import { listPath, type ResourceName } from '../../src/api/resources.ts';
import { keepMemoryFlat } from '../../src/cli/memory.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { sharedBudget } from '../../src/db/rate.ts';
import { pull } from '../../src/sync/pull.ts';
import { systemEffects } from '../../src/system.ts';
import type { Place, Work } from './index.ts';

/** The requests of a pull, in order. */
export interface Asked {
  readonly resource: string;
  readonly parentId: number | null;
  readonly path: string;
}

export const requestsFile = (folder: string) => path.join(folder, 'requests.json');

/** A full pull into the mirror in the folder, which is new or has been pulled before. */
export async function pullJob({ folder, url, token }: Place): Promise<Work> {
  keepMemoryFlat();
  const db = openMirrorFile(path.join(folder, 'mirror.db'), { create: true, relaxed: true });
  const budget = sharedBudget(db, 0, systemEffects.clock);
  const client = new OptimizelyClient({ base: url, token, rate: 0, budget });
  const { signal } = new AbortController();
  return {
    async run() {
      const report = await pull({ db, api: client.api, effects: systemEffects }, { full: true, signal });
      if (report.status !== 'complete') throw new Error(JSON.stringify(report.errors));
    },
    async end() {
      await client.close();
      db.close();
    },
  };
}

/** Writes down which requests a pull sends, for loops that send the same. */
export async function recordRequests({ folder, url, token }: Place): Promise<Work> {
  const db = openMirrorFile(path.join(folder, 'recorded.db'), { create: true, relaxed: true });
  const client = new OptimizelyClient({ base: url, token, rate: 0 });
  const asked: Asked[] = [];
  const note = (resource: ResourceName, parentId: number | null): void => {
    asked.push({ resource, parentId, path: listPath(resource, parentId) });
  };
  const api: Api = {
    ...client.api,
    list(resource, parentId, options) {
      note(resource, parentId);
      return client.api.list(resource, parentId, options);
    },
    listUnlessKnown(resource, parentId, isKnown, options) {
      note(resource, parentId);
      return client.api.listUnlessKnown(resource, parentId, isKnown, options);
    },
  };
  return {
    run: () => pull({ db, api, effects: systemEffects }, { full: true }),
    async end() {
      await client.close();
      db.close();
      fs.writeFileSync(requestsFile(folder), JSON.stringify(asked));
    },
  };
}
