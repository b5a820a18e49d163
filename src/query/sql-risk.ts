/** Whether a query might work longer than anybody wants to wait, judged before it is run. */
import type { Database } from 'better-sqlite3';

/** Functions that make long texts of short ones: with them a single row can cost any time at all. */
const inflating =
  /\b(?:zeroblob|randomblob|replace|printf|format|hex|group_concat|string_agg|json_group_array|json_group_object)\s*\(/i;

/** One row at most for each row so far: a key that is given whole. */
const lookUp = /^SEARCH .* USING (?:INTEGER PRIMARY KEY|(?:COVERING )?INDEX sqlite_autoindex\w*) \([^<>]*\)$/;
/** Some rows for each row so far: an index on given values, or the elements of one list. */
const branch = /^SEARCH [^<>]*\([^<>]*=\?[^<>]*\)(?: LEFT-JOIN)?$|^SCAN .* VIRTUAL TABLE INDEX [13]:/;

/**
 * Whether a query might run for ever, going by SQLite's own plan. What passes once over a table, with look-ups by key
 * and one list or index followed for each row, comes to an end soon; anything beyond that is risky: a recursion, a table
 * read again for every row of another, a text that is blown up.
 */
export function isRisky(db: Database, text: string): boolean {
  if (inflating.test(text)) return true;
  const steps = planOf(db, text);
  const loops = steps.filter((step) => /^(SCAN|SEARCH) /.test(step) && !/CONSTANT ROW/.test(step));
  const costly = loops.filter((step) => !lookUp.test(step));
  const scans = costly.filter((step) => !branch.test(step));
  return costly.length > 2 || scans.length > 1 || steps.some((step) => /RECURSIVE|CORRELATED/.test(step));
}

function planOf(db: Database, text: string): string[] {
  try {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all() as { detail: string }[];
    return plan.map(({ detail }) => detail);
  } catch {
    // No plan for PRAGMA and EXPLAIN: they are short. What is no SQL at all is told where it is prepared.
    return [];
  }
}
