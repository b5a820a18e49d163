/** `optimirror edit`: edits that wait in the outbox until they are pushed: one entity, all that match, or a file of them. */
import fs from 'node:fs/promises';
import type { Command } from 'commander';
import type { JsonObject } from '../../api/description.ts';
import { type EntityName, editableFields, entityNames, entityResource } from '../../api/resources.ts';
import { type Database, openMirrorFile } from '../../db/open.ts';
import { type EditReport, editEntity, editWhere } from '../../edits/edit.ts';
import { weighedBy } from '../../edits/weights.ts';
import { exitStatus, UsageError } from '../../errors.ts';
import { mustBeAble, mustBeId } from '../../query/names.ts';
import { systemWords } from '../../system-words.ts';
import { assignmentHelp, readAssignments } from '../assignments.ts';
import { ChoiceArgument, FieldsArgument } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { count, counted } from '../format/words.ts';
import { warnOfReferences } from '../missing.ts';
import { warnOfWeights } from '../weights.ts';

/** What is edited: one by its id, those that a condition selects, or what a file says. */
type Target = { readonly id: number } | { readonly where: string } | { readonly file: string };

interface Options {
  readonly resource: EntityName;
  readonly target: Target;
  readonly assignments: readonly string[];
}

export const edit: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Edits entities in the mirror. The edit waits in the outbox until the next push; what the API would refuse is ' +
          'refused at once. All of an edit is done, or nothing.',
      )
      .usage(
        '<resource> <id> FIELD=VALUE…\n       optimirror edit <resource> --where <sql> FIELD=VALUE…\n       optimirror edit <resource> --from <file>',
      )
      .addArgument(new ChoiceArgument('<resource>', entityNames))
      .addArgument(new FieldsArgument('[id-and-values...]', editableFields, 'the id, and what to set'))
      .option('--where <sql>', 'edit all that an SQL condition on the fields selects')
      .option(
        '--from <file>',
        'edit what a file says: CSV or JSON lines, a row an entity, with its id; - for stdin',
      )
      .addHelpText('after', assignmentHelp + examples);
  },

  read(command: Command) {
    const [name = '', ...rest] = command.args;
    const { where, from } = command.opts<{ where?: string; from?: string }>();
    const resource = mustBeAble(name, 'update');
    if (where !== undefined && from !== undefined) throw new UsageError('give --where or --from, not both');
    if (where !== undefined && isId(rest[0])) throw twice(resource, rest[0]);
    if (where !== undefined) return { resource, target: { where }, assignments: some(resource, rest) };
    if (from !== undefined) {
      if (rest.length > 0)
        throw new UsageError(
          'with --from the file says what to set, and where: leave the id and the values out',
        );
      return { resource, target: { file: from }, assignments: [] };
    }
    const [id, ...assignments] = rest;
    if (id === undefined) throw new UsageError(`which of the ${resource}? Give an id, --where or --from`);
    return { resource, target: { id: mustBeId(id) }, assignments: some(resource, assignments) };
  },

  async run({ resource, target, assignments }, deps) {
    const changes = await readAssignments(resource, assignments);
    const text = 'file' in target ? await readBatchText(target.file, deps) : '';
    const db = openMirrorFile(deps.settings.db);
    try {
      const { report, fields } =
        'file' in target ? await applyFile(db, resource, text) : apply(db, resource, target, changes);
      await tell(report, resource, deps);
      await warnOfReferences(deps.stderr, db, report.outbox_ids, fields);
      await warnOfWeights(deps.stderr, db, weighedBy(db, report.outbox_ids, fields));
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

const isId = (given: string | undefined): given is string => /^-?\d+$/.test(given ?? '');

function twice(resource: EntityName, id: string): UsageError {
  return new UsageError(
    `${id} and --where both say which of the ${resource} to edit: give one of them (--where "id = ${id} AND …" is both)`,
  );
}

function some(resource: EntityName, assignments: readonly string[]): readonly string[] {
  if (assignments.length > 0) return assignments;
  const names = editableFields(resource).map(([name]) => name);
  throw new UsageError(`what is to be set? Give FIELD=VALUE; the fields of ${resource}: ${names.join(', ')}`);
}

/** An edit that was made, and the fields that it named: what waits in others was warned of when they were edited. */
interface Edited {
  readonly report: EditReport;
  readonly fields: ReadonlySet<string>;
}

function apply(
  db: Database,
  resource: EntityName,
  target: { readonly id: number } | { readonly where: string },
  changes: JsonObject,
): Edited {
  const report =
    'id' in target
      ? editEntity(db, resource, target.id, changes)
      : editWhere(db, resource, target.where, changes);
  return { report, fields: new Set(Object.keys(changes)) };
}

async function readBatchText(file: string, { stdin }: Deps): Promise<string> {
  if (file === '-') return stdin.text();
  try {
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} can't be read: ${systemWords(error)}`, { cause: error });
  }
}

/** The libraries for files are loaded only for a file. */
async function applyFile(db: Database, resource: EntityName, text: string): Promise<Edited> {
  const { readBatch } = await import('../../edits/batch-file.ts');
  const { editBatch } = await import('../../edits/batch.ts');
  const { rows, refusals } = readBatch(resource, text);
  const report = editBatch(db, resource, rows, refusals);
  return { report, fields: new Set(rows.flatMap(({ changes }) => Object.keys(changes))) };
}

async function tell(report: EditReport, resource: EntityName, { stdout, json }: Deps): Promise<void> {
  if (json) return stdout.write(`${toJson(report, stdout.isTerminal)}\n`);
  const { matched, edited, outbox_ids: waiting } = report;
  const { singular } = entityResource(resource);
  const matches = `${counted(matched, singular, resource)} ${matched === 1 ? 'matches' : 'match'}`;
  const same = matched - edited;
  const others =
    same > 0 ? ` (${count(same)} had ${same === 1 ? 'this value' : 'these values'} already)` : '';
  await stdout.line(`${matches}; ${count(edited)} edited${others}.`);
  if (waiting.length > 0) await stdout.line('See: optimirror outbox diff. Send: optimirror push');
  else if (edited > 0) await stdout.line('That takes an earlier edit back: nothing of it waits any more.');
}

const examples = `
Examples:
  $ optimirror edit experiments 1234 status=Paused description="Checkout: one page"
  $ optimirror edit experiments --where "status = 'Running' AND experiment_type = 'ab'" status=Paused
  $ optimirror edit goals 99 experiment_ids=1234,1235 urls:='["https://example.com/thanks"]'
  $ optimirror edit variations 42 js_component=@variation.js
  $ optimirror list variations --format csv > v.csv; optimirror edit variations --from v.csv

In a CSV file an empty cell leaves its field alone, and read-only columns may stay as they were.
`;
