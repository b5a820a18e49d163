/** Typed reads from a mirror, and the same SELECTs on bare better-sqlite3. */
import Sqlite, { type Database } from 'better-sqlite3';
import { openReadOnly } from '../../src/db/open.ts';
import { mustGetEntity } from '../../src/query/get.ts';
import { listEntities } from '../../src/query/list.ts';
import { pick, seededRandom } from '../../src/sandbox/random.ts';
import type { Place, Work } from './index.ts';

/** So many entities are read by their ids. */
const many = 50_000;

export const get = ({ mirror, each }: Place): Work =>
  reads(each, openReadOnly(mirror), someIds, (db) => (id) => mustGetEntity(db, 'experiments', id));

export const bareGet = ({ mirror, each }: Place): Work =>
  reads(each, bare(mirror), someIds, (db) => {
    const statement = db.prepare('SELECT * FROM experiments WHERE id = ?');
    return (id) => statement.get(id);
  });

const where = "status = 'Running'";

export const list = ({ mirror, each }: Place): Work =>
  reads(
    each,
    openReadOnly(mirror),
    projects,
    (db) => (projectId) => listEntities(db, 'experiments', { projectId, where }),
  );

export const bareList = ({ mirror, each }: Place): Work =>
  reads(each, bare(mirror), projects, (db) => {
    const statement = db.prepare(`SELECT * FROM experiments WHERE project_id = ? AND ${where} ORDER BY id`);
    return (projectId) => statement.all(projectId);
  });

/** The cache is as large as the program's own. */
function bare(file: string): Database {
  const db = new Sqlite(file, { readonly: true });
  db.pragma('cache_size = -16000');
  return db;
}

type Read = (id: number) => unknown;

function reads(
  times: number,
  db: Database,
  idsOf: (db: Database) => number[],
  prepare: (db: Database) => Read,
): Work {
  const ids = idsOf(db);
  return {
    run() {
      const read = prepare(db);
      for (let time = 0; time < times; time++) for (const id of ids) read(id);
    },
    end: () => void db.close(),
  };
}

function someIds(db: Database): number[] {
  const all = db.prepare('SELECT id FROM experiments').pluck().all() as number[];
  const random = seededRandom(4);
  return Array.from({ length: many }, () => pick(random, all));
}

function projects(db: Database): number[] {
  return db.prepare('SELECT id FROM projects').pluck().all() as number[];
}
