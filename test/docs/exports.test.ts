/** docs/exports.md: its SQL runs in DuckDB on a real export, and its limits are the program's. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { count } from '../../src/cli/format/words.ts';
import { batchLimits } from '../../src/exports/values.ts';
import { ask, exported, pulledMirror, temporaryFolder } from '../exports/support.ts';

const page = fs.readFileSync(new URL('../../docs/exports.md', import.meta.url), 'utf8');
const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql.trim());

let lake: string;
beforeAll(async () => {
  lake = path.join(temporaryFolder(), 'lake');
  await exported(await pulledMirror(), { out: lake });
});

test('there are queries', () => {
  expect(queries.length).toBeGreaterThan(2);
});

test.each(queries)('%s', async (sql) => {
  const rows = await ask(sql.replaceAll("'lake/", `'${lake}/`));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row).not.toContain(null);
});

test('the limits of a batch are told as they are', () => {
  expect(page).toContain(
    `batches of ${count(batchLimits.rows)} at most, or ${batchLimits.text / 1e6} million characters`,
  );
});
