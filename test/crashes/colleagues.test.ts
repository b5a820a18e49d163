/** A colleague goes on working after a death: what the next push finds changed is never written over, nor made twice. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { SandboxAccount } from '../../src/sandbox/index.ts';
import { Points } from '../simulation/points.ts';
import { played } from './deaths.ts';
import { named, pushedYes } from './scenario.ts';
import { Stage } from './stage.ts';

/** What came of it: at the API, and in the mirror. */
interface Outcome {
  readonly account: SandboxAccount;
  /** The statuses of what waits, and the outcomes of what left the outbox. */
  readonly waiting: readonly string[];
  readonly left: readonly string[];
  /** Every edited field, and every delete, as often as it is somewhere: waiting, or in the log. */
  readonly places: readonly string[];
}

/** Deletes have no fields. */
const placesSql = `SELECT field FROM outbox_changes UNION ALL
  SELECT op FROM outbox WHERE op = 'delete' UNION ALL SELECT op FROM push_log WHERE op = 'delete' UNION ALL
  SELECT json_extract(value, '$.field') FROM push_log, json_each(changes) WHERE op <> 'delete'`;

interface Case {
  readonly scenario: string;
  readonly colleague: string;
  readonly act: (account: SandboxAccount) => void;
  readonly expected: (outcome: Outcome) => void;
}

const button = (account: SandboxAccount): JsonObject => named(account, 'experiments', 'Button');
const update = (body: JsonObject) => (account: SandboxAccount) => {
  account.update('experiments', named(account, 'experiments', 'Button').id, body);
};
const createGoal = (title: string) => (account: SandboxAccount) => {
  const project = named(account, 'projects', 'Shop').id;
  account.create('goals', project, { title, goal_type: 1, event: 'theirs' });
};

/** Each edit is in one place: it waits, or it left. */
function once({ places }: Outcome): void {
  expect(places.length).toBeGreaterThan(0);
  expect(places).toHaveLength(new Set(places).size);
}

const cases: readonly Case[] = [
  {
    scenario: 'a push that updates one of the experiments',
    colleague: 'sets the same field to something else',
    act: update({ custom_css: 'theirs{}' }),
    expected(outcome) {
      once(outcome);
      expect(button(outcome.account).custom_css).toBe('theirs{}');
    },
  },
  {
    scenario: 'a push that updates one of the experiments',
    colleague: 'sets another field',
    act: update({ custom_js: 'theirs()' }),
    expected(outcome) {
      expect(outcome.left).toEqual(['sent']);
      expect(button(outcome.account)).toMatchObject({ custom_css: 'b{}', custom_js: 'theirs()' });
    },
  },
  {
    scenario: 'a push that updates one of the experiments',
    colleague: 'deletes it',
    act: (account) => account.remove('experiments', named(account, 'experiments', 'Button').id),
    expected(outcome) {
      once(outcome);
      expect(outcome.account.list('experiments').map(({ description }) => description)).toEqual(['Banner']);
    },
  },
  {
    scenario: 'a push that creates one of the goals',
    colleague: 'makes another one',
    act: createGoal('Theirs'),
    expected(outcome) {
      expect(outcome.left).toEqual(['sent']);
      const titles = outcome.account.list('goals').map(({ title }) => title);
      expect(titles.filter((title) => title === 'Buy')).toHaveLength(1);
      expect(titles.filter((title) => title === 'Theirs')).toHaveLength(1);
    },
  },
  {
    scenario: 'a push that creates one of the schedules',
    colleague: 'makes one that is alike',
    act: (account) => {
      const { id } = named(account, 'experiments', 'Button');
      account.create('schedules', id, { start_time: '2018-01-01T08:00:00Z' });
    },
    expected(outcome) {
      once(outcome);
      const alike = outcome.account
        .list('schedules')
        .filter(({ start_time }) => String(start_time).startsWith('2018'));
      expect(alike.length).toBeLessThanOrEqual(2);
    },
  },
  {
    scenario: 'a push that deletes one of the goals',
    colleague: 'edits it where it still is',
    act: (account) => {
      const goal = account.list('goals').find(({ title }) => title === 'Click');
      if (goal) account.update('goals', goal.id as number, { description: 'theirs' });
    },
    expected(outcome) {
      once(outcome);
      const there = outcome.account.list('goals').some(({ title }) => title === 'Click');
      expect(outcome.waiting).toEqual(there ? ['conflict'] : []);
    },
  },
];

test.each(cases)('$scenario, cut anywhere, and then a colleague $colleague', async (each) => {
  const { scenario, deaths } = await played(each.scenario);
  for (const death of deaths) {
    const stage = new Stage(scenario, death);
    try {
      await stage.carryOut({ colleague: each.act }, new Points(() => false), false);
      for (const command of [...scenario.cut.slice(death.next), pushedYes])
        await stage.carryOut(command, new Points(() => false), true);
      const column = (sql: string) => stage.machine.outside.prepare(sql).pluck().all() as string[];
      each.expected({
        account: stage.account,
        waiting: column('SELECT status FROM outbox'),
        left: column('SELECT outcome FROM push_log'),
        places: column(placesSql),
      });
    } catch (error) {
      throw new Error(`after a death at ${death.effects}: ${String(error)}`, { cause: error });
    } finally {
      stage.machine.dispose();
    }
  }
});
