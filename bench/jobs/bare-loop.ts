/** The least that the same requests can cost: undici, JSON.parse, prepared inserts into plain tables, and nothing else. */
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import Sqlite, { type Database } from 'better-sqlite3';
import { Pool } from 'undici';
import { parentField, type ResourceName, resourceNames } from '../../src/api/resources.ts';
import { cellsOf, columnsOf, quoted } from '../../src/db/columns.ts';
import type { Place, Work } from './index.ts';
import { type Asked, requestsFile } from './pull.ts';

/** As many as the program has in flight. */
const concurrency = 4;

type Take = (asked: Asked, body: string) => void;

/** Each answer's entities go into a plain table of their resource, in one transaction an answer. */
export async function bareLoop(place: Place): Promise<Work> {
  const db = plainTables(path.join(place.folder, 'plain.db'));
  const insert = inserts(db);
  const work = loop(place, ({ resource, parentId }, body) => insert(resource, parentId, JSON.parse(body)));
  return {
    run: work.run,
    async end() {
      await work.end();
      db.close();
    },
  };
}

/** The answers are read and thrown away. */
export async function discard(place: Place): Promise<Work> {
  return loop(place, () => {});
}

function plainTables(file: string): Database {
  const db = new Sqlite(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  for (const resource of resourceNames)
    db.exec(`CREATE TABLE ${quoted(resource)} (${columnsOf(resource).map(columnText).join(', ')})`);
  return db;
}

const columnText = (name: string) => (name === 'id' ? '"id" INTEGER PRIMARY KEY' : quoted(name));

function inserts(db: Database): (resource: string, parentId: number | null, entities: Entity[]) => void {
  const statements = new Map(
    resourceNames.map((name) => {
      const marks = columnsOf(name).map(() => '?');
      return [name, db.prepare(`INSERT INTO ${quoted(name)} VALUES (${marks.join(', ')})`)];
    }),
  );
  const all = db.transaction((resource: ResourceName, parentId: number | null, entities: Entity[]) => {
    const statement = statements.get(resource);
    const parent = parentField(resource) ?? '';
    for (const entity of entities) {
      entity[parent] ??= parentId;
      statement?.run(cellsOf(resource, entity));
    }
  });
  return (resource, parentId, entities) => all.immediate(resource as ResourceName, parentId, entities);
}

type Entity = Parameters<typeof cellsOf>[1];

function loop({ folder, url, token }: Place, take: Take): Work {
  const asked = JSON.parse(fs.readFileSync(requestsFile(folder), 'utf8')) as Asked[];
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: concurrency });
  const headers = { token, accept: 'application/json', 'accept-encoding': 'gzip' };
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let one = asked[next++]; one; one = asked[next++]) {
      const answer = await pool.request({ method: 'GET', path: pathname + one.path, headers });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      const isZipped = answer.headers['content-encoding'] === 'gzip';
      take(one, (isZipped ? gunzipSync(bytes) : bytes).toString('utf8'));
    }
  };
  return {
    run: () => Promise.all(Array.from({ length: concurrency }, worker)),
    end: () => pool.close(),
  };
}
