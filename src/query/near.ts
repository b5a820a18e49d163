/** Near misses: what somebody may have meant by a name that there is none of. */
import { distance } from 'fastest-levenshtein';

/** Beside the nearest candidate, one that is further off by more than so many letters was not meant. */
const reach = 2;

/** The candidates that are near to what was given, the nearest first; three at most. */
export function near(given: string, candidates: readonly string[]): string[] {
  const asked = given.toLowerCase();
  const limit = Math.max(1, Math.round(asked.length * 0.4));
  const rated = [...new Set(candidates)]
    .map((name) => ({ name, off: distance(asked, name.toLowerCase()) }))
    .filter(({ name, off }) => off <= limit || holds(asked, name.toLowerCase()))
    .sort((a, b) => a.off - b.off);
  const least = rated[0]?.off ?? 0;
  return rated
    .filter(({ off }) => off <= least + reach)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** A name that holds what was given, or the other way round, is near however long the rest of it is. */
const holds = (asked: string, name: string) =>
  asked.length >= 4 && (name.includes(asked) || asked.includes(name));

/** `; did you mean a or b?`, or, where nothing is near, what there is. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const found = near(given, candidates);
  if (found.length > 0) return `; did you mean ${found.join(' or ')}?`;
  return candidates.length === 0 ? '' : `; there is: ${candidates.join(', ')}`;
}
