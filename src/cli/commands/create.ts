/** `optimirror create`: a new entity, which exists only in the mirror until it is pushed. */
import type { Command } from 'commander';
import type { Field, JsonObject } from '../../api/description.ts';
import {
  can,
  creatableFields,
  type EntityName,
  entityNames,
  entityResource,
  parentField,
} from '../../api/resources.ts';
import { openMirrorFile } from '../../db/open.ts';
import { createEntity, type OperationReport } from '../../edits/create.ts';
import { weighedBy } from '../../edits/weights.ts';
import { exitStatus } from '../../errors.ts';
import { mustBeAble } from '../../query/names.ts';
import { assignmentHelp, readAssignments } from '../assignments.ts';
import { ChoiceArgument, FieldsArgument } from '../choices.ts';
import type { CommandFile, Deps } from '../command.ts';
import { toJson } from '../format/values.ts';
import { warnOfReferences } from '../missing.ts';
import { warnOfWeights } from '../weights.ts';

interface Options {
  readonly resource: EntityName;
  readonly assignments: readonly string[];
}

const creatable = entityNames.filter((name) => can(name, 'create'));

export const create: CommandFile<Options> = {
  define(command) {
    command
      .description(
        'Creates an entity in the mirror. It has a negative id until it is pushed; then its real id replaces it ' +
          'everywhere. Its parent is named by project_id= or experiment_id=.',
      )
      .addArgument(new ChoiceArgument('<resource>', creatable))
      .addArgument(
        new FieldsArgument('[values...]', creatableFields, 'FIELD=VALUE for every field to be set'),
      )
      .addHelpText('after', () => neededHelp() + assignmentHelp + examples);
  },

  read({ args: [name = '', ...assignments] }: Command) {
    return { resource: mustBeAble(name, 'create'), assignments };
  },

  async run({ resource, assignments }, deps) {
    const data: JsonObject = await readAssignments(resource, assignments);
    const db = openMirrorFile(deps.settings.db);
    try {
      const made = createEntity(db, resource, data);
      await tell(made, deps);
      const waiting = made.outbox_id === null ? [] : [made.outbox_id];
      await warnOfReferences(deps.stderr, db, waiting);
      await warnOfWeights(deps.stderr, db, weighedBy(db, waiting));
      return exitStatus.done;
    } finally {
      db.close();
    }
  },
};

async function tell(made: OperationReport, { stdout, json }: Deps): Promise<void> {
  if (json) return stdout.write(`${toJson(made, stdout.isTerminal)}\n`);
  const { singular } = entityResource(made.resource);
  await stdout.line(`Created ${singular} ${made.entity_id}; it gets its real id when it is pushed.`);
  await stdout.line('See: optimirror outbox diff. Send: optimirror push');
}

/** What each resource can't do without. */
function neededHelp(): string {
  const lines = entityNames
    .filter((name) => can(name, 'create'))
    .map((name) => {
      const { oneOf, requires } = entityResource(name);
      const needed = creatableFields(name)
        .filter(([, field]: [string, Field]) => field.required)
        .map(([field]) => field);
      const either = oneOf ? [oneOf.join(' or ')] : [];
      const more = requires ? ', and more by its kind' : '';
      return `  ${name.padEnd(12)} ${[...needed, ...either].join(', ')}${more}`;
    });
  return `\nWhat each needs:\n${lines.join('\n')}\n`;
}

const examples = `
Examples:
  $ optimirror create experiments project_id=1234 description="Blue button" edit_url=https://example.com/
  $ optimirror create variations ${parentField('variations')}=-1 description="Blue" weight=5000
  $ optimirror create goals project_id=1234 title="Thanks" goal_type=3 urls=https://example.com/thanks url_match_types=3
  $ optimirror create audiences project_id=1234 name="Mobile" conditions=@mobile.json
`;
