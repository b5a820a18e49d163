/** Whether a list of projects is that of the mirror's own account: another account's is never mixed into it. */
import type { Database } from 'better-sqlite3';
import type { Json, JsonObject } from '../api/description.ts';
import { bodyOf, remotesBelow } from '../db/rows.ts';
import { UsageError } from '../errors.ts';
import { idsOf, type Members } from './listing.ts';

/** A project as far as it tells which account it is of. */
interface Known {
  readonly id: number;
  /** Undefined where its content is not known. */
  readonly body: JsonObject | undefined;
}

/**
 * Refuses a whole list of projects that has none of the mirror's and names other accounts: with another token or another
 * API, one file would hold two. Where either side names none, its projects may as well have come and gone.
 * @throws UsageError before anything of the list is written
 */
export function mustBeOwnAccount(db: Database, listing: Members): void {
  const listed = listedProjects(listing);
  const mirrored = mirroredProjects(db);
  if (!isOtherAccount(mirrored, listed)) return;
  throw new UsageError(
    `this is another account: the mirror holds ${sayProjects(mirrored)}, and the API lists ${sayProjects(listed)}. ` +
      'Nothing was changed. Give each account a mirror of its own with --db FILE, or use the token and the API of the mirrored one',
  );
}

/** Whether two lists have neither a project nor an account in common, though both name accounts. */
export function isOtherAccount(mirrored: readonly Known[], listed: readonly Known[]): boolean {
  const ids = new Set(mirrored.map(({ id }) => id));
  if (listed.some(({ id }) => ids.has(id))) return false;
  const [ours, theirs] = [accountsOf(mirrored), accountsOf(listed)];
  return ours.size > 0 && theirs.size > 0 && ![...theirs].some((account) => ours.has(account));
}

/** None where the answer is broken: what it lacks says nothing. */
function listedProjects(listing: Members): Known[] {
  if (listing.rejected.length > 0) return [];
  const bodies = new Map(listing.items.map((body) => [body.id, body]));
  return idsOf(listing).map((id) => ({ id, body: bodies.get(id) }));
}

function mirroredProjects(db: Database): Known[] {
  return [...remotesBelow(db, 'projects', null)].map(([id, remote]) => ({ id, body: bodyOf(remote) }));
}

function accountsOf(projects: readonly Known[]): Set<Json> {
  return new Set(projects.flatMap(({ body }) => body?.account_id ?? []));
}

/** `project 17 "Shop" and 2 more (account 5)`. */
function sayProjects(projects: readonly Known[]): string {
  const [first, ...more] = projects;
  const name =
    typeof first?.body?.project_name === 'string' ? ` ${JSON.stringify(first.body.project_name)}` : '';
  const accounts = [...accountsOf(projects)].join(', ');
  return `project ${first?.id}${name}${more.length > 0 ? ` and ${more.length} more` : ''}${accounts ? ` (account ${accounts})` : ''}`;
}
