/** A person goes on working after a death: an edit made before the next program runs is neither lost nor doubled by it. */
import { expect, test } from 'vitest';
import type { EntityName } from '../../src/api/resources.ts';
import type { SandboxAccount } from '../../src/sandbox/index.ts';
import { Points } from '../simulation/points.ts';
import { played } from './deaths.ts';
import { pushedYes } from './scenario.ts';
import { Stage } from './stage.ts';

interface Between {
  readonly scenario: string;
  readonly edit: string;
  /** How often the API must hold that in the end, by the resource, the field and the value. */
  readonly holds: readonly (readonly [EntityName, field: string, value: string, times: number])[];
}

const later = (resource: EntityName, field: string, before: string): Pick<Between, 'edit' | 'holds'> => ({
  edit: `UPDATE ${resource} SET ${field} = 'Later' WHERE ${field} = '${before}'`,
  holds: [
    [resource, field, 'Later', 1],
    [resource, field, before, 0],
  ],
});

const gone = (resource: EntityName, field: string, value: string): Pick<Between, 'edit' | 'holds'> => ({
  edit: `DELETE FROM ${resource} WHERE ${field} = '${value}'`,
  holds: [[resource, field, value, 0]],
});

const cases: readonly Between[] = [
  { scenario: 'a pull under an edit of another field', ...later('experiments', 'custom_css', 'b{}') },
  { scenario: 'a push that updates one of the goals', ...later('goals', 'title', 'Tap') },
  {
    scenario: 'a push that updates one of the goals',
    edit: "UPDATE goals SET title = 'Click' WHERE title = 'Tap'",
    holds: [
      ['goals', 'title', 'Click', 1],
      ['goals', 'title', 'Tap', 0],
    ],
  },
  { scenario: 'a push that updates one of the goals', ...gone('goals', 'title', 'Tap') },
  { scenario: 'a push that creates one of the goals', ...later('goals', 'title', 'Buy') },
  { scenario: 'a push that creates one of the goals', ...gone('goals', 'title', 'Buy') },
  { scenario: 'a push of a create whose answer is lost', ...later('goals', 'title', 'Buy') },
  { scenario: 'a push of a create whose answer is lost', ...gone('goals', 'title', 'Buy') },
  {
    scenario: 'a push of an experiment that names a new audience',
    ...later('audiences', 'name', 'Tablet'),
  },
  {
    scenario: 'a push of an experiment with one variation and a schedule',
    ...later('variations', 'description', 'Green'),
  },
  {
    scenario: 'a push of an experiment whose answer is lost, with variations below it',
    ...gone('experiments', 'description', 'New'),
  },
];

test.each(cases)('$scenario, cut anywhere, and then: $edit', async ({ scenario: name, edit, holds }) => {
  const { scenario, deaths } = await played(name);
  for (const death of deaths) {
    const stage = new Stage(scenario, death);
    try {
      stage.machine.outside.exec(edit);
      for (const command of [...scenario.cut.slice(death.next), pushedYes])
        await stage.carryOut(command, new Points(() => false), true);
      const seen = holds.map(([resource, field, value]) => count(stage.account, resource, field, value));
      expect(seen, `after a death at ${death.effects}`).toEqual(holds.map(([, , , times]) => times));
      const waiting = stage.machine.outside.prepare('SELECT op, status, error FROM outbox').all();
      expect(waiting, `after a death at ${death.effects}`).toEqual([]);
    } finally {
      stage.machine.dispose();
    }
  }
});

const count = (account: SandboxAccount, resource: EntityName, field: string, value: string): number =>
  account.list(resource).filter((entity) => entity[field] === value).length;
