/** Time travel, the arithmetic of it: what the mirror knew at a moment, from what it knows now and the steps since. (pure) */
import type { Json, JsonObject } from '../api/description.ts';
import { UserError } from '../errors.ts';
import { momentText } from './moment.ts';

/** One step that the mirror's knowledge of an entity took: it came, it went and what it was, or a field changed. */
export type Step =
  | { readonly kind: 'came' }
  | { readonly kind: 'went'; readonly entity: JsonObject }
  | { readonly kind: 'changed'; readonly field: string; readonly before: Json };

/** An entity as it was before the steps, which are in order: they are undone, the last one first. */
export function undo(present: JsonObject | undefined, steps: readonly Step[]): JsonObject | undefined {
  let state = present;
  for (const step of [...steps].reverse()) {
    if (step.kind === 'came') state = undefined;
    else if (step.kind === 'went') state = step.entity;
    else if (state !== undefined) state = { ...state, [step.field]: step.before };
  }
  return state;
}

/** A pull that came to its end: for all projects, or for those of a selection. */
export interface FinishedPull {
  /** The mirror's text of a time, which sorts as the time does. */
  readonly finished_at: string;
  readonly selection: string | null;
}

/**
 * The projects whose contents the mirror knew at a moment, null for all. A project's first pull writes no history, so
 * before its end there is nothing to tell. Throws a UserError where that holds for all of them.
 */
export function knownProjects(pulls: readonly FinishedPull[], at: number): ReadonlySet<number> | null {
  const until = momentText(at);
  const done = pulls.filter(({ finished_at }) => finished_at <= until);
  if (done.length === 0) throw nothingBefore(pulls, until);
  if (done.some(({ selection }) => selection === null)) return null;
  return new Set(done.flatMap(({ selection }) => JSON.parse(selection ?? '[]') as number[]));
}

function nothingBefore(pulls: readonly FinishedPull[], until: string): UserError {
  const [first] = pulls.map(({ finished_at }) => finished_at).sort();
  return new UserError(
    first === undefined
      ? 'the mirror has no past yet: no pull has come to its end'
      : `the mirror knows nothing of ${until}: its first pull ended at ${first}, and what came before it was never seen`,
  );
}
