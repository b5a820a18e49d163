/** Words of warning about ids that the mirror has nothing of. */
import { entityResource } from '../api/resources.ts';
import type { Database } from '../db/open.ts';
import { danglingIn, sayMissingProject } from '../query/missing.ts';
import type { Output } from './streams.ts';

/** More ids than this are counted rather than named. */
const most = 5;

/** Says that there is no such project: an empty answer alone would not tell. */
export async function warnOfProject(err: Output, db: Database, id: number | undefined): Promise<void> {
  const words = id === undefined ? null : sayMissingProject(db, id);
  if (words !== null) await err.line(err.colors.yellow(words));
}

/** Says which entities an edit names that the mirror does not have; it is edited all the same. */
export async function warnOfReferences(
  err: Output,
  db: Database,
  outboxIds: readonly number[],
): Promise<void> {
  for (const { field, target, ids } of danglingIn(db, outboxIds)) {
    const what = ids.length === 1 ? entityResource(target).singular : target;
    const more = ids.length > most ? ` and ${ids.length - most} more` : '';
    await err.line(
      err.colors.yellow(
        `${field}: the mirror has no ${what} ${ids.slice(0, most).join(', ')}${more}; the API decides when it is pushed`,
      ),
    );
  }
}
