/** `optimirror list`: the members of a resource, without SQL. */
import type { Command } from 'commander';
import type { JsonObject } from '../../api/description.ts';
import {
  entityResource,
  fieldsOf,
  isEntityName,
  type ResourceName,
  resourceNames,
} from '../../api/resources.ts';
import { exitStatus } from '../../errors.ts';
import { countEntities, type ListOptions, listEntities } from '../../query/list.ts';
import { mustBeField, mustBeId, mustBeResource } from '../../query/names.ts';
import { ChoiceArgument, ChoiceOption, oneOf } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { columnsThatFit } from '../format/columns.ts';
import { cutShort, leftOut, writeNote } from '../format/notes.ts';
import { type Format, formats, mustBeCsv, readFormat, safeCsvOption, writeRows } from '../format/rows.ts';
import { writeTable } from '../format/table.ts';
import { toJson } from '../format/values.ts';
import { counted } from '../format/words.ts';
import { checkProject } from '../missing.ts';
import { limitOption, readLimit } from '../options.ts';
import { asOfOption, openReading } from '../reading.ts';
import type { Output } from '../streams.ts';

interface Options extends ListOptions {
  readonly resource: ResourceName;
  readonly columns: readonly string[] | null;
  readonly format: string | undefined;
  readonly asOf: string | undefined;
  readonly safeCsv: boolean;
}

interface Flags {
  readonly where?: string;
  readonly project?: string;
  readonly order?: string;
  readonly limit?: string;
  readonly columns?: string;
  readonly format?: string;
  readonly asOf?: string;
  readonly safeCsv?: true;
}

export const list: CommandFile<Options> = {
  define(command) {
    command
      .description('Lists the members of a resource as they are in the mirror, edits made offline included.')
      .addArgument(new ChoiceArgument('<resource>', resourceNames))
      .option('--where <sql>', 'only those that an SQL condition on the fields selects')
      .option('--project <id>', 'only those of one project')
      .option('--order <sql>', "the order, as in SQL's ORDER BY (default by id)")
      .option(...limitOption())
      .option('--columns <a,b>', 'these fields only')
      .addOption(new ChoiceOption('--format <format>', formats, oneOf(formats, 'table')))
      .option(...safeCsvOption)
      .option(...asOfOption)
      .addHelpText('after', examples);
  },

  read(command: Command) {
    const resource = mustBeResource(command.args[0] ?? '');
    const { where, project, order, limit, columns, format, asOf, safeCsv } = command.opts<Flags>();
    const names = columns?.split(',').map((name) => name.trim());
    for (const name of names ?? []) mustBeField(resource, name);
    return {
      resource,
      where,
      order,
      projectId: project === undefined ? undefined : mustBeId(project),
      limit: readLimit(limit),
      columns: names ?? null,
      format,
      asOf,
      safeCsv: safeCsv ?? false,
    };
  },

  async run({ resource, columns, format: asked, asOf, safeCsv, ...options }, deps) {
    const format = readFormat(asked, deps.json);
    mustBeCsv(format, safeCsv);
    const reading = await openReading(deps, asOf, [resource]);
    const { db } = reading;
    try {
      await checkProject(deps.stderr, reading, options.projectId);
      const limit = Number.isFinite(options.limit) ? options.limit : undefined;
      const found = listEntities(db, resource, { ...options, limit });
      await write(found, { format, safeCsv, resource, columns }, deps);
      const total = found.length === limit ? countEntities(db, resource, options) : found.length;
      await sayHowMany(deps.stderr, { resource, format, total, shown: found.length });
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

type Shown = Pick<Options, 'resource' | 'columns' | 'safeCsv'> & { readonly format: Format };

async function write(
  found: readonly JsonObject[],
  { format, safeCsv, resource, columns }: Shown,
  { stdout, stderr }: Deps,
): Promise<void> {
  if (format === 'table') {
    const chosen = columns === null ? await columnsThatFit(resource, found, stdout.width) : null;
    const shown = columns ?? chosen?.shown ?? [];
    await writeTable(stdout, shown, cellsOf(found, shown));
    if (chosen === null || chosen.leftOut.length === 0) return;
    return writeNote(stderr, leftOut(chosen.leftOut, stdout, '--columns, --format csv or --json'));
  }
  if (format === 'csv') {
    const shown = columns ?? fieldsOf(resource).map(([name]) => name);
    return writeRows(stdout, format, { columns: shown, batches: [cellsOf(found, shown)], safeCsv });
  }
  // Whole entities, the fields that only the API knows included.
  const entities = columns ? found.map((entity) => pick(entity, columns)) : found;
  const texts = entities.map((entity) => toJson(entity));
  await stdout.write(
    format === 'json' ? `[${texts.join(',\n ')}]\n` : texts.map((text) => `${text}\n`).join(''),
  );
}

interface Counted {
  readonly resource: ResourceName;
  readonly format: Format;
  readonly total: number;
  readonly shown: number;
}

/** That there is more is said in every format; how many there are only to people. */
async function sayHowMany(err: Output, { resource, format, total, shown }: Counted): Promise<void> {
  const [one, many] = isEntityName(resource)
    ? [entityResource(resource).singular, resource]
    : ['row', 'rows'];
  if (total > shown) await writeNote(err, cutShort(shown, total, many));
  else if (format === 'table') await writeNote(err, counted(shown, one, many));
}

const cellsOf = (found: readonly JsonObject[], columns: readonly string[]) =>
  found.map((entity) => columns.map((name) => entity[name]));

const pick = (entity: JsonObject, columns: readonly string[]) =>
  Object.fromEntries(columns.map((name) => [name, entity[name] ?? null]));

const examples = `
Examples:
  $ optimirror list projects
  $ optimirror list experiments --where "status = 'Running'" --order "last_modified DESC"
  $ optimirror list goals --project 1234 --columns id,title,goal_type
  $ optimirror list experiments --as-of 2016-06-01      as the mirror knew them then
  $ optimirror list stats --where "statistical_significance > 0.95" --json
  $ optimirror list variations --format csv > variations.csv    to change in a spreadsheet; then: edit --from

It ends with 2 for a project that the mirror does not have; where one has nothing of the kind, the list is empty.
`;
