/** An export holds one batch at a time, whatever the mirror's size: shown by its structure, not by a clock. */

import { describe, expect, test } from 'vitest';
import { openReadOnly } from '../../src/db/open.ts';
import { ExportFolder } from '../../src/exports/folder.ts';
import { columnsOf, daySql, exportTables, resourceSql } from '../../src/exports/tables.ts';
import { batchesOf, batchLimits } from '../../src/exports/values.ts';
import { exportTable } from '../../src/exports/write-table.ts';
import fc from '../draws.ts';
import { emptyMirror, observe, tablesNamed, temporaryFolder } from './support.ts';

describe('batches', () => {
  test('hold every row once, in order, and end where a limit is reached', () => {
    const rows = fc.array(fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 }));
    const limits = fc.record({ rows: fc.integer({ min: 1, max: 5 }), text: fc.integer({ min: 1, max: 30 }) });
    const textOf = (row: readonly unknown[]) =>
      row.filter((cell) => typeof cell === 'string').join('').length;
    fc.assert(
      fc.property(rows, limits, (given, most) => {
        const batches = [...batchesOf(given, most)];
        expect(batches.flat()).toEqual(given);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(most.rows);
          const allButTheLast = batch.slice(0, -1).reduce((sum, row) => sum + textOf(row), 0);
          expect(allButTheLast).toBeLessThan(most.text);
        }
      }),
    );
  });

  test('are drawn one by one: no row is read before the batch in front of it was taken', () => {
    let read = 0;
    const rows = (function* () {
      for (;;) yield [++read];
    })();
    const batches = batchesOf(rows, { rows: 10, text: 100 });
    batches.next();
    expect(read).toBe(10);
    batches.next();
    expect(read).toBe(20);
  });
});

describe('a table', () => {
  test('comes to its writer in bounded batches, each written before the next is read', async () => {
    const { file, db } = emptyMirror();
    const long = 'x'.repeat(batchLimits.text / 4);
    const observed = { observed_at: '2026-01-01T00:00:00.000Z', experiment_id: 1, goal_id: 1 };
    const many = batchLimits.rows * 2 + 1;
    observe(
      db,
      Array.from({ length: many }, () => ({ ...observed, variation_id: '1' })),
    );
    observe(
      db,
      Array.from({ length: 9 }, () => ({ ...observed, variation_id: '2', variation_name: long })),
    );
    db.close();
    const source = openReadOnly(file);
    const folder = await ExportFolder.open(temporaryFolder());
    const sizes: number[] = [];
    let writing = false;
    const [table] = tablesNamed('stats_history');
    if (!table) throw new Error('no such table');
    await exportTable(
      {
        db: source,
        folder,
        format: 'csv',
        options: { safeCsv: false },
        wrote: () => {},
        open: async () => ({
          async write(rows) {
            expect(writing).toBe(false);
            writing = true;
            await new Promise((resolve) => setImmediate(resolve));
            sizes.push(rows.length);
            writing = false;
          },
          end: async () => {},
        }),
      },
      table,
      { since: '', up_to: 0 },
    );
    expect(sizes).toEqual([batchLimits.rows, batchLimits.rows, 5, 4, 1]);
    await folder.close();
    source.close();
  });

  test.each(exportTables)('$name is read without a sort, which would hold all of it', (table) => {
    const { db } = emptyMirror();
    const columns = columnsOf(db, table);
    const sql = table.kind === 'resource' ? resourceSql(table, columns) : daySql(table, columns);
    const params = table.kind === 'resource' ? [] : [0, '', '', ''];
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params) as { detail: string }[];
    expect(plan.map(({ detail }) => detail).join('\n')).not.toContain('TEMP B-TREE');
    db.close();
  });
});
