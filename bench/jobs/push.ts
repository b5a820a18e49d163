/** A push of an edit of every experiment, and bare PUTs that carry the same. */
import path from 'node:path';
import Sqlite from 'better-sqlite3';
import { Pool } from 'undici';
import { OptimizelyClient } from '../../src/api/client.ts';
import type { JsonObject } from '../../src/api/description.ts';
import { entityPath, listPath } from '../../src/api/resources.ts';
import { openMirrorFile } from '../../src/db/open.ts';
import { sharedBudget } from '../../src/db/rate.ts';
import { push } from '../../src/sync/push.ts';
import { systemEffects } from '../../src/system.ts';
import { editable } from './edits.ts';
import type { Place, Work } from './index.ts';

/** As many as the program has in flight. */
const concurrency = 4;

/** The mirror in the folder has been pulled before. */
export function pushJob({ folder, url, token }: Place): Work {
  const file = path.join(folder, 'mirror.db');
  const edits = editAll(file);
  const db = openMirrorFile(file);
  const budget = sharedBudget(db, 0, systemEffects.clock);
  const client = new OptimizelyClient({ base: url, token, rate: 0, budget });
  return {
    async run() {
      const { pushed = [], remaining } = await push({ db, api: client.api, effects: systemEffects });
      if (pushed.length !== edits || remaining > 0)
        throw new Error(`${pushed.length} of ${edits} were pushed`);
    },
    async end() {
      await client.close();
      db.close();
    },
  };
}

/** As any SQLite client would. */
function editAll(file: string): number {
  const db = new Sqlite(file);
  const { changes } = db
    .prepare(`UPDATE experiments SET description = 'edited ' || id WHERE ${editable}`)
    .run();
  db.close();
  return changes;
}

/** The experiments of the account are looked up before. */
export async function barePuts({ url, token }: Place): Promise<Work> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: concurrency });
  const headers = { token, accept: 'application/json', 'content-type': 'application/json' };
  const ask = async (method: 'GET' | 'PUT', below: string, body?: string): Promise<string> => {
    const answer = await pool.request({ method, path: pathname + below, headers, ...(body && { body }) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text}`);
    return text;
  };
  const ids = await editableIds((below) => ask('GET', below));
  const worker = async (): Promise<void> => {
    for (let id = ids.pop(); id; id = ids.pop())
      await ask('PUT', entityPath('experiments', id), JSON.stringify({ description: `edited ${id}` }));
  };
  return {
    run: () => Promise.all(Array.from({ length: concurrency }, worker)),
    end: () => pool.close(),
  };
}

async function editableIds(get: (path: string) => Promise<string>): Promise<number[]> {
  const list = async (path: string) => JSON.parse(await get(path)) as JsonObject[];
  const ids: unknown[] = [];
  for (const project of await list(listPath('projects', null))) {
    const experiments = await list(listPath('experiments', project.id as number));
    ids.push(...experiments.filter(({ is_multivariate: is }) => !is).map(({ id }) => id));
  }
  return ids as number[];
}
