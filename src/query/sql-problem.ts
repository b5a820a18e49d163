/** What is wrong with SQL that a user wrote, in words, with what was meant by a name that there is none of. */
import type { Database } from 'better-sqlite3';
import { fieldsOf, resourceNames } from '../api/resources.ts';
import { UsageError } from '../errors.ts';
import { didYouMean, near } from './near.ts';

/** A UsageError in place of what SQLite says about a user's SQL; any other error as it is. `text` is what was written. */
export function sqlProblem(db: Database, error: unknown, text: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as Error & { code?: string };
  // Thrown by the binding, without a code: no statement, several, or a `?` that nobody gives a value.
  const ofTheText = /SQL string|parameter/.test(error.message) && code === undefined;
  // Of SQLite's codes only the general one speaks of the SQL; busy, full or corrupt are nobody's spelling.
  if (!ofTheText && code !== 'SQLITE_ERROR' && code !== 'SQLITE_AUTH') return error;
  return new UsageError(inWords(db, error.message, text), { cause: error });
}

/** SQLite's words, with what was meant by a name that there is none of. */
function inWords(db: Database, message: string, text: string): string {
  const [, kind, given] = /no such (column|table): (\S+)/.exec(message) ?? [];
  if (kind === undefined || given === undefined) return message;
  const name = given.slice(given.lastIndexOf('.') + 1).replaceAll('"', '');
  const meant = kind === 'table' ? tableMeant(db, name) : columnMeant(db, name, text);
  // The end of it is SQLite's own guess at a name in double quotes.
  return meant === '' ? message : `${message.replace(/ - should this be .*/, '')}${meant}`;
}

/** Of many tables, where none is near, the resources are those to begin with. */
function tableMeant(db: Database, name: string): string {
  const all = tables(db);
  return didYouMean(name, near(name, all).length > 0 ? all : resourceNames);
}

/** Where it is compared, a text that lacks its quotes, which SQLite takes for a column; elsewhere a column of such a name. */
function columnMeant(db: Database, name: string, text: string): string {
  const value = valueMeant(name);
  const isText = isCompared(name, text) || (value !== undefined && isWhole(value, text));
  const columns = isText && value !== undefined ? [] : near(name, columnsFor(db, text));
  if (columns.length > 0) return `; did you mean ${columns.join(' or ')}?`;
  const likely = value ?? (isText ? near(name, allValues)[0] : undefined);
  if (likely !== undefined) return `; did you mean '${likely}'? A text stands in single quotes`;
  return isText ? `; a text stands in single quotes: '${name}'` : '';
}

/** Whether the query has all words of a value of several. */
const isWhole = (value: string, text: string) =>
  value.includes(' ') && text.toLowerCase().includes(value.toLowerCase());

/** Whether it stands where a value does, behind `=` or its like. */
const isCompared = (name: string, text: string) =>
  /^\w+$/.test(name) && new RegExp(`(=|<|>|\\blike\\b|\\bin\\s*\\()\\s*"?${name}\\b`, 'iu').test(text);

/** The texts that fields take, such as `Running`. */
const allValues = resourceNames
  .flatMap((resource) => fieldsOf(resource))
  .flatMap(([, { values = [], alsoSeen = [] }]) => [...values, ...alsoSeen])
  .filter((value) => typeof value === 'string');

/** The value of that name in any letters; of one of several words, SQLite may blame any. */
function valueMeant(name: string): string | undefined {
  const asked = name.toLowerCase();
  const same = allValues.find((value) => value.toLowerCase() === asked);
  return same ?? allValues.find((value) => value.toLowerCase().split(' ').includes(asked));
}

function tables(db: Database): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name";
  return db.prepare(sql).pluck().all() as string[];
}

/** The columns of the tables that the text names; of all of them where it names none. */
function columnsFor(db: Database, text: string): string[] {
  const words = new Set(text.toLowerCase().match(/\w+/g) ?? []);
  const all = tables(db);
  const named = all.filter((name) => words.has(name.toLowerCase()));
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck();
  return (named.length > 0 ? named : all).flatMap((table) => columns.all(table) as string[]);
}
