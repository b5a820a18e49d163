/** The statuses that experiments have, as people type them. */
import { fieldOf } from '../../api/resources.ts';
import { UsageError } from '../../errors.ts';
import { didYouMean } from '../near.ts';

/** The status of that name, whatever its case; throws a UsageError that names the near ones. */
export function mustBeStatus(given: string): string {
  const field = fieldOf('experiments', 'status');
  const all = [...(field?.values ?? []), ...(field?.alsoSeen ?? [])].map(String);
  const found = all.find((status) => status.toLowerCase() === given.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(
    `experiments have no status ${JSON.stringify(given.slice(0, 90))}${didYouMean(given, all)}`,
  );
}
