/** No report reads a long table from end to end: each comes by its rows through an index, however many there are. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/db/open.ts';
import { reports } from '../../src/query/reports/index.ts';
import { Scene } from './scene.ts';

/** Tables that grow with every pull, or with experiments times variations times goals. */
const long = ['stats', 'results', 'stats_history', 'results_history', 'changes', 'variations'];

let scene: Scene;
let experimentId: number;
beforeAll(async () => {
  scene = new Scene({ projects: 1, experimentsPerProject: 6 });
  await scene.pull();
  experimentId = scene.db.prepare('SELECT max(id) FROM experiments').pluck().get() as number;
});
afterAll(() => scene.close());

/** The connection, which notes the SQL that is prepared on it. */
function listening(db: Database, heard: string[]): Database {
  return new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'prepare') heard.push(String(args[0]));
        return value.apply(target, args);
      };
    },
  });
}

/** The long tables, or their indexes, that a statement begins at one end and goes through. */
function goesThrough(sql: string): string[] {
  const places = scene.db
    .prepare(
      'SELECT rootpage, tbl_name FROM sqlite_schema WHERE tbl_name IN (SELECT value FROM json_each(?))',
    )
    .all(JSON.stringify(long)) as { rootpage: number; tbl_name: string }[];
  // Whatever a parameter is, the plan is the same.
  const filled = sql.replaceAll(/\?|:(now|project|after|id)\b/g, '5');
  const program = scene.db.prepare(`EXPLAIN ${filled}`).all() as { opcode: string; p1: number; p2: number }[];
  const opened = new Map<number, string>();
  for (const { opcode, p1, p2 } of program) {
    const place = opcode === 'OpenRead' && places.find(({ rootpage }) => rootpage === p2);
    if (place) opened.set(p1, place.tbl_name);
  }
  // A range of an index may begin at its end, but stops at a bound.
  const bounded = new Set(program.flatMap(({ opcode, p1 }) => (/^Idx[GL][TE]$/.test(opcode) ? p1 : [])));
  return program
    .filter(({ opcode, p1 }) => (opcode === 'Rewind' || opcode === 'Last') && !bounded.has(p1))
    .flatMap(({ p1 }) => opened.get(p1) ?? []);
}

it('this test sees a table that is read from end to end', () => {
  expect(goesThrough('SELECT sum(visitors) FROM stats_history')).toEqual(['stats_history']);
  expect(goesThrough('SELECT DISTINCT goal_id FROM stats')).toEqual(['stats']);
  expect(goesThrough('SELECT visitors FROM stats WHERE experiment_id = 5')).toEqual([]);
});

it.each(reports.map((report) => [report.name, report] as const))('%s reads none', (_, report) => {
  const heard: string[] = [];
  report.run({ db: listening(scene.db, heard), now: scene.now }, { experimentId });
  expect(heard.length).toBeGreaterThan(0);
  for (const sql of heard) expect(goesThrough(sql), sql).toEqual([]);
});
