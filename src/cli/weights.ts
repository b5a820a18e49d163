/** A word of warning after an edit that leaves an experiment's weights not adding up. */
import type { Database } from '../db/open.ts';
import { type Imbalance, imbalances, wholeWeight } from '../edits/weights.ts';
import { writeSentence } from './format/wrap.ts';
import type { Output } from './streams.ts';

/** More experiments than this are counted rather than named. */
const most = 5;

/** Warns of those experiments whose weights don't add up; they are edited all the same. */
export async function warnOfWeights(
  err: Output,
  db: Database,
  experiments: readonly number[],
): Promise<void> {
  const found = imbalances(db, experiments);
  const { yellow } = err.colors;
  for (const imbalance of found.slice(0, most))
    await writeSentence(err, warning(imbalance), { paint: yellow });
  if (found.length > most) await err.line(yellow(`and those of ${found.length - most} more experiments`));
}

function warning({ experiment_id: id, sum, coming }: Imbalance): string {
  if (coming === 0)
    return `the weights of experiment ${id} add up to ${sum}, not ${wholeWeight}: adjust its other variations`;
  return (
    `the weights of experiment ${id} will add up to ${sum}, not ${wholeWeight}: ${coming} of it has the variation ` +
    'that the API makes beside yours; create that one too, with its weight'
  );
}
