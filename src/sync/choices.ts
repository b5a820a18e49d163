/** Which decisions fit a conflict: the one place that knows, for whoever decides and whoever offers to. */
import type { Database } from 'better-sqlite3';
import { type OutboxRow, stateOf } from '../db/outbox.ts';
import { remoteParent } from '../db/rows.ts';

/** What a conflict is about. */
export type ConflictKind = 'values' | 'delete' | 'deleted there' | 'doubt';
export type Choice = 'ours' | 'theirs' | 'set' | 'adopt' | 'new';

/** The decisions that bring such a conflict to an end. */
export const choices: Readonly<Record<ConflictKind, readonly Choice[]>> = {
  values: ['ours', 'theirs', 'set'],
  delete: ['ours', 'theirs'],
  // What the API has deleted can't come back, so there is nothing that ours could be sent to.
  'deleted there': ['theirs'],
  doubt: ['adopt', 'new'],
};

/** The same in words. */
export const conflictWords: Readonly<Record<ConflictKind, string>> = {
  values: 'a conflict of values',
  delete: 'a delete of what was changed on the API',
  'deleted there': 'an edit of what the API has deleted',
  doubt: 'a create in doubt',
};

/** What an operation that is in conflict is in conflict about. */
export function conflictKind(
  db: Database,
  { id, resource, entity_id, op }: Pick<OutboxRow, 'id' | 'resource' | 'entity_id' | 'op'>,
): ConflictKind {
  if (stateOf(db, id).intent?.op === 'create') return 'doubt';
  if (op === 'delete') return 'delete';
  return remoteParent(db, resource, entity_id) === undefined ? 'deleted there' : 'values';
}

const options: Readonly<Record<Choice, string>> = {
  ours: '--ours',
  theirs: '--theirs',
  set: '--set FIELD=VALUE',
  adopt: '--adopt REMOTE_ID',
  new: '--new',
};

/** `--ours, --theirs or --set FIELD=VALUE`. */
export function sayChoices(kind: ConflictKind): string {
  const words = choices[kind].map((choice) => options[choice]);
  return [words.slice(0, -1).join(', '), words.at(-1)].filter((part) => part !== '').join(' or ');
}
