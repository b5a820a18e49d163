/** `optimirror report`: questions that come again and again, answered from the mirror. */
import type { Command } from 'commander';
import { exitStatus, UsageError } from '../../errors.ts';
import { readMoment } from '../../query/moment.ts';
import { mustBeId } from '../../query/names.ts';
import { mustBeReport, reports } from '../../query/reports/index.ts';
import type { Report, ReportOptions } from '../../query/reports/report.ts';
import { mustBeStatus } from '../../query/reports/statuses.ts';
import { ChoiceArgument, ChoiceOption, oneOf } from '../choices.ts';
import type { CommandFile } from '../command.ts';
import { readReportFormat, reportFormats, writeReport } from '../format/report.ts';
import { safeCsvOption } from '../format/rows.ts';
import { checkProject } from '../missing.ts';
import { limitOption, readLimit, wholeNumber } from '../options.ts';
import { asOfOption, openReading } from '../reading.ts';

interface Flags {
  readonly project?: string;
  readonly status?: string;
  readonly since?: string;
  readonly limit?: string;
  readonly runningDays?: string;
  readonly pausedDays?: string;
  readonly asOf?: string;
  readonly section?: string;
  readonly format?: string;
  readonly safeCsv?: true;
}

export interface ReportCommand {
  readonly report: Report;
  readonly options: Omit<ReportOptions, 'since'>;
  /** A time is read when the clock is known. */
  readonly since: string | undefined;
  readonly asOf: string | undefined;
  readonly section: string | undefined;
  readonly format: string | undefined;
  readonly safeCsv: boolean;
}

/** More rows nobody reads in a terminal. */
const tableLimit = 100;

export const report: CommandFile<ReportCommand> = {
  define(command) {
    const names = reports.map(({ name }) => name);
    command
      .description(
        'Answers a question that comes again and again, from the mirror alone. ' +
          'What is computed here rather than by the API, and how, stands in docs/statistics.md.',
      )
      .addArgument(new ChoiceArgument('<name>', names))
      .argument('[id]', 'the experiment, for the report of that name')
      .option('--project <id>', 'only what lies in one project')
      .option('--status <status>', 'only experiments of that status')
      .option('--since <time>', 'only what was counted, or seen to change, since 2016-06-01 or 7d ago')
      .option(...limitOption(tableLimit))
      .option('--running-days <n>', 'stale: days after which a running experiment should have a verdict (30)')
      .option('--paused-days <n>', 'stale: days after which a paused experiment counts as forgotten (90)')
      .option(...asOfOption)
      .option('--section <name>', 'only this part of a report that has several')
      .addOption(new ChoiceOption('--format <format>', reportFormats, oneOf(reportFormats, 'table')))
      .option(...safeCsvOption)
      .addHelpText('after', `\nReports:\n${listOfReports()}\n${examples}`);
  },

  read(command: Command) {
    const [name = '', id] = command.args;
    const flags = command.opts<Flags>();
    const found = mustBeReport(name);
    const { since, asOf, section, format } = flags;
    const options = optionsOf(found, id, flags);
    refuseOthers(found, { ...options, ...(since !== undefined && { since }) });
    return { report: found, options, since, asOf, section, format, safeCsv: flags.safeCsv ?? false };
  },

  async run({ report: asked, options, since, asOf, section, format: given, safeCsv }, deps) {
    const format = readReportFormat(given, deps.json);
    const reading = await openReading(deps, asOf);
    try {
      await checkProject(deps.stderr, reading, options.projectId);
      // So long ago is counted back from the moment that the report speaks of.
      const from = since === undefined ? {} : { since: readMoment('--since', since, reading.now) };
      const usual =
        format === 'table' && asked.takes.includes('limit') ? tableLimit : Number.POSITIVE_INFINITY;
      const { limit = usual, ...others } = options;
      const result = asked.run(reading, {
        ...others,
        ...from,
        ...(limit !== Number.POSITIVE_INFINITY && { limit }),
      });
      await writeReport(result, { format, asOf: reading.asOf, section, safeCsv }, deps);
      return exitStatus.done;
    } finally {
      reading.db.close();
    }
  },
};

function optionsOf(found: Report, id: string | undefined, flags: Flags): Omit<ReportOptions, 'since'> {
  const { project, status, runningDays, pausedDays } = flags;
  const limit = readLimit(flags.limit);
  if (id === undefined && found.takes.includes('experimentId')) {
    throw new UsageError(`which experiment? optimirror report ${found.name} ID`);
  }
  return {
    ...(id !== undefined && { experimentId: mustBeId(id) }),
    ...(project !== undefined && { projectId: mustBeId(project) }),
    ...(status !== undefined && { status: mustBeStatus(status) }),
    ...(limit !== undefined && { limit }),
    ...(runningDays !== undefined && { runningDays: wholeNumber('--running-days', runningDays) }),
    ...(pausedDays !== undefined && { pausedDays: wholeNumber('--paused-days', pausedDays) }),
  };
}

const flagOf: Readonly<Record<keyof ReportOptions, string>> = {
  experimentId: 'ID',
  projectId: '--project',
  status: '--status',
  since: '--since',
  limit: '--limit',
  runningDays: '--running-days',
  pausedDays: '--paused-days',
};

/** An option that would do nothing is a mistake, and says so. */
function refuseOthers({ name, takes }: Report, given: object): void {
  const wrong = (Object.keys(given) as (keyof ReportOptions)[]).find((option) => !takes.includes(option));
  if (wrong === undefined) return;
  const takers = reports.filter((other) => other.takes.includes(wrong)).map((other) => other.name);
  throw new UsageError(`the report ${name} takes no ${flagOf[wrong]}; these do: ${takers.join(', ')}`);
}

function listOfReports(): string {
  return reports.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n');
}

const examples = `
Examples:
  $ optimirror report overview --status Running
  $ optimirror report experiment 1234
  $ optimirror report experiment 1234 --section trend --format csv > trend.csv
  $ optimirror report winners --since 90d --format markdown > winners.md
  $ optimirror report changes --since 24h
  $ optimirror report stale --running-days 14 --json
  $ optimirror report overview --as-of 2016-06-01 --format csv > june.csv

In CSV the value of a change is what a spreadsheet wants: a text as it is, anything else as JSON. JSON keeps all of it,
and tells the text "3" from the number. A CSV file is one table: of the report experiment it has the results, on every
goal; --section gives another part, and JSON all of them.
`;
