/** The parts of docs/schema.md that follow from the description and the views. */
import type { Field, SetBy } from '../../src/api/description.ts';
import {
  fieldsOf,
  observationNames,
  parentOf,
  type ResourceName,
  resourceNames,
  resources,
  takesNull,
} from '../../src/api/resources.ts';
import { affinityOf } from '../../src/db/columns.ts';
import { views } from '../../src/db/views.ts';
import { markdownTable } from './generated.ts';

const setBy: Readonly<Record<SetBy, string>> = {
  server: 'API',
  parent: 'API, the parent',
  create: 'API, set on create',
  edit: 'API, editable',
};

function facts(field: Field): string {
  const { kind, values = [], alsoSeen = [], min, max, references, required } = field;
  const allowed = values.map((value) => `\`${value}\``).join(', ');
  const seen = alsoSeen.map((value) => `\`${value}\``).join(', ');
  const range = min !== undefined || max !== undefined ? `${min} to ${max}.` : '';
  return [
    field.about,
    kind === 'list' ? 'A JSON list.' : '',
    references === undefined ? '' : `Names \`${references}\`.`,
    allowed === '' ? '' : `One of ${allowed}${seen === '' ? '' : `; ${seen} has been seen`}.`,
    range,
    required ? 'Required.' : '',
    field.by === 'edit' && takesNull(field) ? 'May be null.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const rowsOf = (resource: ResourceName) =>
  fieldsOf(resource).map(([name, field]) => [
    `\`${name}\``,
    affinityOf(field),
    setBy[field.by],
    facts(field),
  ]);
const header = ['column', 'type', 'source', 'what'];
const extra = [
  '`extra`',
  'TEXT',
  'API',
  'The fields that the API sent and this table has no column for, as a JSON object.',
];

function resourcePart(name: ResourceName): string {
  const { about, kind } = resources[name];
  const below = parentOf(name) === null ? 'the account' : `\`${parentOf(name)}\``;
  const rows = kind === 'observations' ? [...rowsOf(name), extra] : rowsOf(name);
  return `### \`${name}\`\n\n${about} Below ${below}.\n\n${markdownTable(header, rows)}\n`;
}

export const resourceTables = (): string => resourceNames.map(resourcePart).join('');

export function historyTables(): string {
  return observationNames
    .map((name) => {
      const own = [
        [
          '`id`',
          'INTEGER',
          'mirror',
          'Counts up: of two observations of one row, the higher one is the later.',
        ],
        ['`run_id`', 'INTEGER', 'mirror', 'The pull that saw it: `sync_runs.run_id`.'],
        ['`observed_at`', 'TEXT', 'mirror', 'When it was seen.'],
      ];
      return (
        `### \`${name}_history\`\n\nEvery distinct observation of a row of \`${name}\`, the newest included: a pull that sees ` +
        `the same again adds nothing.\n\n${markdownTable(header, [...own, ...rowsOf(name), extra])}\n`
      );
    })
    .join('');
}

export function viewParts(): string {
  return views
    .map(({ name, about, columns }) => {
      const rows = Object.entries(columns).map(([column, what]) => [`\`${column}\``, what]);
      return `### \`${name}\`\n\n${about}\n\n${markdownTable(['column', 'what'], rows)}\n`;
    })
    .join('');
}
