/** The README's tables stand as the description generates them, so that they cannot drift. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  can,
  editableFields,
  entityResource,
  isEntityName,
  type ResourceName,
  resourceNames,
  resources,
} from '../../src/api/resources.ts';
import { entries } from '../../src/cli/registry.ts';

const readme = fs.readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

function row(name: ResourceName): string {
  const { parent, verbs } = resources[name];
  const token = isEntityName(name) && entityResource(name).conflictToken !== null ? 'yes' : 'no';
  const editable = isEntityName(name) ? editableFields(name).map(([field]) => `\`${field}\``) : [];
  const deleted = can(name, 'delete') ? 'yes' : 'no';
  return `| \`${name}\` | ${parent ?? 'account'} | ${verbs.join(', ')} | ${isEntityName(name) ? token : ''} | ${deleted} | ${editable.join(', ')} |`;
}

describe('the README', () => {
  it.each(resourceNames)('describes %s as the description does', (name) => {
    expect(readme).toContain(row(name));
  });

  it('has no row for a resource that there is not', () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` \| \w+ \| list/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...resourceNames].sort());
  });

  it.each(entries.map(({ name }) => name))('says what the command %s does', (name) => {
    expect(readme).toMatch(new RegExp(`^\\| (.*, )?\`${name}\`.* \\| \\w`, 'm'));
  });
});
