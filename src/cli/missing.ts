/** Ids that the mirror has nothing of: a project is refused, of what an edit names a word of warning is said. */
import { entityResource } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { danglingIn, missingIds, mustHaveProject } from '../query/missing.ts';
import { writeSentence } from './format/wrap.ts';
import type { Reading } from './reading.ts';
import type { Output } from './streams.ts';

/** More ids than this are counted rather than named. */
const most = 5;

/** Refuses a project that there is none of, and says of one that came later that it was not known yet. */
export async function checkProject(
  err: Output,
  { db, asOf }: Pick<Reading, 'db' | 'asOf'>,
  id: number | undefined,
): Promise<void> {
  if (id === undefined) return;
  mustHaveProject(db, id);
  if (asOf === null || missingIds(db, 'projects', [id]).length === 0) return;
  await writeSentence(err, `the mirror knew no project ${id} at ${asOf}`, { paint: err.colors.yellow });
}

/** Says which entities an edit of these fields, or of any, names that the mirror does not have; it is edited all the same. */
export async function warnOfReferences(
  err: Output,
  db: Database,
  outboxIds: readonly number[],
  fields?: ReadonlySet<string>,
): Promise<void> {
  for (const { field, target, ids } of danglingIn(db, outboxIds, fields)) {
    const what = ids.length === 1 ? entityResource(target).singular : target;
    const more = ids.length > most ? ` and ${ids.length - most} more` : '';
    const named = `${ids.slice(0, most).join(', ')}${more}`;
    await writeSentence(
      err,
      `${field}: the mirror has no ${what} ${named}; the API decides when it is pushed`,
      { paint: err.colors.yellow },
    );
  }
}
