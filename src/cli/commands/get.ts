/** `optimirror get`: one entity, whole. */
import type { Command } from 'commander';
import type { JsonObject } from '../../api/description.ts';
import { type EntityName, entityNames, entityResource } from '../../api/resources.ts';
import type { Database } from '../../db/open.ts';
import { outboxOf } from '../../db/outbox.ts';
import { exitStatus, UserError } from '../../errors.ts';
import { getEntity, mustGetEntity } from '../../query/get.ts';
import { mustBeEntity, mustBeId } from '../../query/names.ts';
import { outboxEntry } from '../../query/outbox.ts';
import { ChoiceArgument } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { writeNote } from '../format/notes.ts';
import { printable } from '../format/printable.ts';
import { writeFields } from '../format/table.ts';
import { textOf, toJson } from '../format/values.ts';
import { asOfOption, openReading, type Reading } from '../reading.ts';

interface Options {
  readonly resource: EntityName;
  readonly id: number;
  readonly asOf: string | undefined;
}

export const get: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Shows one entity as it is in the mirror, edits made offline and fields that nobody listed included.',
      )
      .addArgument(new ChoiceArgument('<resource>', entityNames))
      .argument('<id>', 'its id; negative where it was made offline')
      .option(...asOfOption)
      .addHelpText('after', examples);
  },

  read: (command: Command) => ({
    resource: mustBeEntity(command.args[0] ?? ''),
    id: mustBeId(command.args[1] ?? ''),
    asOf: command.opts<{ asOf?: string }>().asOf,
  }),

  async run({ resource, id, asOf }, deps) {
    const { stdout, json } = deps;
    const reading = await openReading(deps, asOf, [resource]);
    const { db } = reading;
    try {
      const entity = find(reading, resource, id);
      if (json) await stdout.write(`${toJson(entity, stdout.isTerminal)}\n`);
      else await describe(deps, entity, waitingFields(db, resource, id));
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

/** Of the past no pull brings more. */
function find({ db, asOf }: Reading, resource: EntityName, id: number): JsonObject {
  if (asOf === null) return mustGetEntity(db, resource, id);
  const entity = getEntity(db, resource, id);
  if (entity !== undefined) return entity;
  throw new UserError(`the mirror knew no ${entityResource(resource).singular} ${id} at ${asOf}`);
}

async function describe(
  { stdout: out, stderr }: Pick<Deps, 'stdout' | 'stderr'>,
  entity: JsonObject,
  waiting: readonly string[],
): Promise<void> {
  const { dim, yellow } = out.colors;
  const isCut = await writeFields(
    out,
    Object.entries(entity).map(([name, value]) => [
      printable(name),
      value === null ? dim('null') : printable(textOf(value)),
    ]),
  );
  if (isCut) await writeNote(stderr, 'What ends in … goes on: --json has it whole.');
  if (waiting.length === 0) return;
  await out.line();
  await out.line(yellow(`Waits to be pushed: ${waiting.join(', ')}. See: optimirror outbox diff`));
}

function waitingFields(db: Database, resource: EntityName, id: number): string[] {
  const row = outboxOf(db, resource, id);
  return row ? outboxEntry(db, row).changes.map(({ field }) => field) : [];
}

const examples = `
Examples:
  $ optimirror get experiments 1234
  $ optimirror get variations 5678 --json
  $ optimirror get goals -1
  $ optimirror get experiments 1234 --as-of 7d        as the mirror knew it a week ago

It ends with 1 where the mirror has no such entity.
`;
