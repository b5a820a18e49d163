/** Whether the mirror is what the API is, and whether anything is left of what was temporary. */
import type { Json, JsonObject } from '../../src/api/description.ts';
import { entityNames } from '../../src/api/resources.ts';
import type { Bench } from './bench.ts';

/** Pulls in full, and lists every entity in which the mirror and the API differ. */
export async function disagreements(bench: Bench): Promise<string[]> {
  const { errors } = await bench.pull({ full: true });
  const found = errors.map(({ message }) => message);
  for (const resource of entityNames) {
    const there = new Map(bench.account.list(resource).map((entity) => [entity.id as number, entity]));
    const here = bench.rows(`SELECT id FROM ${resource}`).map(({ id }) => id as number);
    for (const id of here) if (!there.has(id)) found.push(`${resource}/${id} is not on the API`);
    for (const [id, entity] of there) {
      if (!here.includes(id)) found.push(`${resource}/${id} is not in the mirror`);
      const remote = bench.plain
        .prepare<[number]>(`SELECT body FROM remote_${resource} WHERE id = ?`)
        .pluck()
        .get(id);
      if (
        remote !== undefined &&
        JSON.stringify(sorted(JSON.parse(remote as string))) !== JSON.stringify(sorted(entity))
      )
        found.push(`${resource}/${id} differs`);
    }
  }
  return found;
}

function sorted(entity: JsonObject): [string, Json][] {
  return Object.entries(entity).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Negative numbers that stand for ids, anywhere in the mirror but in the counter of temporary ids. */
export function temporaryIds(bench: Bench): string[] {
  const found: string[] = [];
  for (const [table, rows] of Object.entries(bench.dump())) {
    for (const row of rows as Record<string, unknown>[]) {
      if (row.key === 'next_temp_id') continue;
      for (const [column, cell] of Object.entries(row)) {
        const text = typeof cell === 'number' || typeof cell === 'string' ? String(cell) : '';
        if (/(?<![\w.:)-])-\d+/.test(text)) found.push(`${table}.${column}: ${text}`);
      }
    }
  }
  return found;
}
