/** `optimirror delete`: deletes an entity in the mirror, and at the API when it is pushed. */
import type { Command } from 'commander';
import { can, childrenOf, type EntityName, entityNames, entityResource } from '../../api/resources.ts';
import { openMirrorFile } from '../../db/open.ts';
import { deleteEntity, type OperationReport } from '../../edits/create.ts';
import { weighedWith } from '../../edits/weights.ts';
import { exitStatus } from '../../errors.ts';
import { mustBeAble, mustBeId } from '../../query/names.ts';
import { ChoiceArgument } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { warnOfWeights } from '../weights.ts';

interface Options {
  readonly resource: EntityName;
  readonly id: number;
}

export const deleteCommand: CommandFile<Options> = {
  define(command) {
    const able = entityNames.filter((name) => can(name, 'delete'));
    command
      .description(
        'Deletes an entity in the mirror, and what lies below it. The API hears of it with the next push, which asks ' +
          'first: there a deletion can not be taken back. Until then `optimirror outbox drop` brings it back.',
      )
      .addArgument(
        new ChoiceArgument(
          '<resource>',
          entityNames,
          `${able.join(', ')}; others only where they were made offline`,
        ),
      )
      .argument('<id>', 'its id; negative where it was made offline')
      .addHelpText('after', examples);
  },

  read: ({ args }: Command) => ({
    resource: mustBeAble(args[0] ?? '', 'delete'),
    id: mustBeId(args[1] ?? ''),
  }),

  async run({ resource, id }, deps) {
    const db = openMirrorFile(deps.settings.db);
    try {
      const weighed = weighedWith(db, resource, id);
      const deleted = deleteEntity(db, resource, id);
      await tell(deleted, deps);
      await warnOfWeights(deps.stderr, db, weighed);
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

async function tell(deleted: OperationReport, { stdout, json }: Deps): Promise<void> {
  if (json) return stdout.write(`${toJson(deleted, stdout.isTerminal)}\n`);
  const { resource, entity_id: id, outbox_id: operation } = deleted;
  const { singular } = entityResource(resource);
  const below = childrenOf(resource);
  const along = below.length > 0 ? `, with its ${below.join(', ')}` : '';
  if (operation === null) return stdout.line(`${singular} ${id} only existed here: it is gone${along}.`);
  await stdout.line(`Deleted ${singular} ${id} here${along}. The API hears of it with: optimirror push`);
  await stdout.line(`To bring it back: optimirror outbox drop ${operation}`);
}

const examples = `
Examples:
  $ optimirror delete goals 1234
  $ optimirror delete experiments -3 --json

An experiment is better archived: optimirror edit experiments 1234 status=Archived
`;
