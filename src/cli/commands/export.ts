/** `optimirror export`: tables and histories as files that other programs read as they lie. */
import type { Command } from 'commander';
import { openReadOnly } from '../../db/open.ts';
import { exitStatus, UsageError } from '../../errors.ts';
import type { ExportReport } from '../../exports/export.ts';
import { type ExportFormat, exportFormats } from '../../exports/format.ts';
import { type ExportTable, exportTables } from '../../exports/tables.ts';
import { momentText, readMoment } from '../../query/moment.ts';
import { didYouMean } from '../../query/near.ts';
import { ChoiceOption, oneOf } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { type GridColumn, writeGrid } from '../format/grid.ts';
import { mustBeCsv, safeCsvOption } from '../format/rows.ts';
import { toJson } from '../format/values.ts';
import { count, counted } from '../format/words.ts';
import { collect } from '../options.ts';
import { withProgress } from '../session.ts';
import type { Output } from '../streams.ts';

interface Options {
  readonly format: ExportFormat;
  readonly out: string;
  readonly tables: readonly ExportTable[];
  readonly since: string | undefined;
  readonly safeCsv: boolean;
}

interface Flags {
  readonly format?: string;
  readonly out?: string;
  readonly table?: string[];
  readonly since?: string;
  readonly safeCsv?: true;
}

const tableNames = exportTables.map(({ name }) => name);

export const exportCommand: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Writes the mirror into a folder of typed files: one for each resource, as it is here, edits made offline ' +
          'included; and the histories by day, in the Hive style that DuckDB, Spark, Trino and BigQuery read as it ' +
          'lies. A second export into the same folder writes the resources anew and adds what is new in the histories.',
      )
      .addOption(new ChoiceOption('--format <format>', exportFormats))
      .option('--out <folder>', 'where to; made where there is none')
      .addOption(
        new ChoiceOption(
          '--table <name>',
          tableNames,
          'only this table; may be given several times',
        ).argParser(collect),
      )
      .option('--since <time>', 'begin the histories there: 2016-06-01, 2016-06-01T10:30Z or 90d')
      .option(...safeCsvOption)
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const { format: given, out, table, since, safeCsv = false } = command.opts<Flags>();
    const format = exportFormats.find((name) => name === given);
    if (format === undefined) {
      throw new UsageError(
        given === undefined
          ? `which format? Give --format with ${oneOf(exportFormats)}`
          : `there is no format ${JSON.stringify(given)}${didYouMean(given, exportFormats)}`,
      );
    }
    if (!out) throw new UsageError('where to? Give --out FOLDER');
    mustBeCsv(format, safeCsv);
    return {
      format,
      out,
      since,
      safeCsv,
      tables: table ? [...new Set(table)].map(mustBeTable) : exportTables,
    };
  },

  async run({ since, ...options }, deps) {
    const { settings, effects, signal, stdout, json } = deps;
    const from = since === undefined ? '' : momentText(readMoment('--since', since, effects.clock.now()));
    const { exportMirror } = await import('../../exports/export.ts');
    const db = openReadOnly(settings.db);
    try {
      const report = await withProgress(deps, 'rows', (onProgress) =>
        exportMirror(db, { ...options, since: from, signal, ...(onProgress && { onProgress }) }),
      );
      if (json) await stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
      else await tell(report, options, deps);
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

function mustBeTable(given: string): ExportTable {
  const table = exportTables.find(({ name }) => name === given);
  if (table) return table;
  throw new UsageError(
    `there is no table ${JSON.stringify(given)} to export${didYouMean(given, tableNames)}`,
  );
}

async function tell(
  { files, rows }: ExportReport,
  options: Omit<Options, 'since'>,
  { stdout }: Deps,
): Promise<void> {
  await writeGrid(
    stdout,
    columns,
    options.tables.map(({ name }) => rowOf(name, files)),
  );
  await stdout.line();
  await stdout.line(`${counted(rows, 'row')} in ${counted(files.length, 'file')} written to ${options.out}.`);
  await sayNothingNew(stdout, files, options.tables);
}

const columns: readonly GridColumn[] = [
  { title: 'table', right: false, giving: 'never' },
  { title: 'rows', right: true, giving: 'never' },
  { title: 'files', right: true, giving: 'never' },
  { title: 'size', right: true, giving: 'never' },
];

function rowOf(name: string, files: ExportReport['files']): string[] {
  const own = files.filter(({ table }) => table === name);
  const sum = (key: 'rows' | 'bytes') => own.reduce((all, file) => all + file[key], 0);
  return [name, count(sum('rows')), count(own.length), size(sum('bytes'))];
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

async function sayNothingNew(
  out: Output,
  files: ExportReport['files'],
  tables: readonly ExportTable[],
): Promise<void> {
  const grown = new Set(files.map(({ table }) => table));
  const same = tables.filter(({ name, kind }) => kind === 'history' && !grown.has(name));
  if (same.length > 0) await out.line(`Nothing new in ${same.map(({ name }) => name).join(', ')}.`);
}

const examples = `
Examples:
  $ optimirror export --format parquet --out lake           everything; again tomorrow: what is new
  $ optimirror export --format csv --out sheets --table experiments --table goals --safe-csv
  $ optimirror export --format jsonl --out events --table changes --since 90d
  $ duckdb -c "SELECT date, count(*) FROM 'lake/results_history/*/*.parquet'
               GROUP BY date"

A history lies as TABLE/date=YYYY-MM-DD/part-….parquet, by the UTC day on which it was observed. Files appear whole or
not at all. See docs/exports.md for types, and for how others read it.
`;
