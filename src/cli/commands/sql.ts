/** `optimirror sql`: any reading SQL on the mirror. */
import type { Command } from 'commander';
import { openReadOnly } from '../../db/open.ts';
import { exitStatus, UsageError } from '../../errors.ts';
import { prepareReading, runSql, type SqlResult } from '../../query/sql.ts';
import { isRisky } from '../../query/sql-risk.ts';
import { ChoiceOption, oneOf } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { writeNote } from '../format/notes.ts';
import { type Format, formats, mustBeCsv, readFormat, safeCsvOption, writeRows } from '../format/rows.ts';
import { count } from '../format/words.ts';
import { limitOption, readLimit, wholeNumber } from '../options.ts';

export interface SqlOptions {
  /** `-` to read it from stdin. */
  readonly query: string;
  readonly format: string | undefined;
  readonly limit: number | undefined;
  /** Milliseconds that the query may work; undefined where nobody said. */
  readonly timeout: number | undefined;
  readonly safeCsv: boolean;
}

/** What a query may work unless somebody says otherwise, in seconds. */
const usualTimeout = 60;

/** More rows nobody reads in a terminal; and a table has to hold all of them before it can print the first. */
const tableLimit = 1000;

interface Flags {
  readonly format?: string;
  readonly limit?: string;
  readonly timeout?: string;
  readonly safeCsv?: true;
}

export const sql: CommandFile<SqlOptions> = {
  define(command) {
    command
      .description(
        'Runs one reading SQL statement on the mirror. The tables are named as the resources, with a column for each ' +
          'field; lists are JSON text, booleans 0 and 1. Edits made offline are in them already.',
      )
      .argument('<query>', 'the statement; - reads it from stdin')
      .addOption(new ChoiceOption('--format <format>', formats, oneOf(formats, 'table')))
      .option(...limitOption(tableLimit))
      .option(
        '--timeout <seconds>',
        `stop a query that works longer; 0 for no limit (default ${usualTimeout})`,
      )
      .option(...safeCsvOption)
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const { format, limit, timeout, safeCsv } = command.opts<Flags>();
    const seconds = timeout === undefined ? undefined : wholeNumber('--timeout', timeout);
    return {
      query: command.args[0] ?? '',
      format,
      limit: readLimit(limit),
      timeout: seconds === 0 ? Number.POSITIVE_INFINITY : seconds && seconds * 1000,
      safeCsv: safeCsv ?? false,
    };
  },

  async run({ query, format: asked, limit, timeout, safeCsv }, deps) {
    const { stdout, stderr, stdin } = deps;
    const format = readFormat(asked, deps.json);
    mustBeCsv(format, safeCsv);
    const text = query === '-' ? await stdin.text() : query;
    const result = await start(text, timeout, deps);
    await writeRows(
      stdout,
      format,
      { ...result, safeCsv },
      limitFor(format, limit, (words) => writeNote(stderr, words)),
    );
    return exitStatus.done;
  },
};

/** In this process where the plan promises an end, else in one that can be stopped. */
async function start(text: string, limit: number | undefined, deps: Deps): Promise<SqlResult> {
  const { settings, effects } = deps;
  if (text.trim() === '') throw new UsageError('there is no SQL statement in the query');
  const db = openReadOnly(settings.db);
  prepareReading(db, text);
  // Whoever names a limit has it kept to, whatever the plan says.
  if (limit === undefined && !isRisky(db, text)) return runSql(db, text);
  db.close();
  const { runApart } = await import('../../query/sql-apart.ts');
  // Only now: whoever looks at the signal takes Ctrl-C from the system, which alone can end a query in this process.
  const { clock } = effects;
  return runApart(settings.db, text, { clock, signal: deps.signal, limit: limit ?? usualTimeout * 1000 });
}

function limitFor(format: Format, given: number | undefined, say: (words: string) => Promise<void>) {
  const rows = given ?? (format === 'table' ? tableLimit : undefined);
  if (rows === undefined) return undefined;
  const more = given === undefined ? ', and so does --format jsonl or csv' : '';
  return {
    rows,
    onCut: () => say(`only the first ${count(rows)} rows are shown; --limit 0 shows all${more}`),
  };
}

const examples = `
Examples:
  $ optimirror sql "SELECT status, count(*) FROM experiments GROUP BY status"
  $ optimirror sql "SELECT e.description, v.description, v.weight
                    FROM experiments e
                    JOIN variations v ON v.experiment_id = e.id
                    WHERE e.status = 'Running'"
  $ optimirror sql "SELECT * FROM changes ORDER BY id DESC LIMIT 20" --format csv > changes.csv
  $ optimirror sql "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"
  $ optimirror sql - --json < report.sql
`;
