/** Whatever is done to an account, in whatever order, what its entities say about each other agrees. */

import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import { type EntityName, entityNames, parentField, parentOf } from '../../src/api/resources.ts';
import { Refusal, type SandboxAccount } from '../../src/sandbox/index.ts';
import fc from '../draws.ts';
import { createAccount, idOf } from './help.ts';

/** One act of a colleague: `a` and `b` choose whom it meets. */
type Act = readonly [name: (typeof acts)[number], a: number, b: number];
const acts = [
  'createProject',
  'createExperiment',
  'createGoal',
  'createVariation',
  'createSchedule',
  'link',
  'unlink',
  'deleteExperiment',
  'deleteGoal',
  'deleteVariation',
  'deleteSchedule',
] as const;

const anyActs = fc.array(fc.tuple(fc.constantFrom(...acts), fc.nat(50), fc.nat(50)), { maxLength: 60 });

function perform(account: SandboxAccount, [name, a, b]: Act): void {
  const one = (resource: EntityName, n: number): JsonObject => {
    const all = account.list(resource);
    return all[n % Math.max(1, all.length)] ?? { id: 0, experiment_ids: [] };
  };
  const setLinks = (change: (ids: number[], id: number) => number[]) => {
    const goal = one('goals', a);
    const experiment_ids = change(goal.experiment_ids as number[], idOf(one('experiments', b)));
    account.update('goals', idOf(goal), { experiment_ids });
  };
  const does: Record<Act[0], () => unknown> = {
    createProject: () => account.create('projects', null, { project_name: 'P' }),
    createExperiment: () =>
      account.create('experiments', idOf(one('projects', a)), { description: 'E', edit_url: 'u' }),
    createGoal: () =>
      account.create('goals', idOf(one('projects', a)), { title: 'G', goal_type: 1, event: 'e' }),
    createVariation: () => account.create('variations', idOf(one('experiments', a)), { description: 'V' }),
    createSchedule: () =>
      account.create('schedules', idOf(one('experiments', a)), { start_time: '2016-07-01T00:00:00Z' }),
    link: () => setLinks((ids, id) => [...ids, id]),
    unlink: () => setLinks((ids, id) => ids.filter((other) => other !== id)),
    deleteExperiment: () => account.remove('experiments', idOf(one('experiments', a))),
    deleteGoal: () => account.remove('goals', idOf(one('goals', a))),
    deleteVariation: () => account.remove('variations', idOf(one('variations', a))),
    deleteSchedule: () => account.remove('schedules', idOf(one('schedules', a))),
  };
  try {
    does[name]();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

function expectAgreement(account: SandboxAccount): void {
  for (const name of entityNames) {
    const [above, field] = [parentOf(name), parentField(name)];
    for (const entity of account.list(name))
      if (above !== null && field !== null) expect(account.get(above, Number(entity[field]))).toBeDefined();
  }
  for (const experiment of account.list('experiments')) {
    const id = idOf(experiment);
    const goals = account
      .list('goals')
      .filter(({ experiment_ids }) => (experiment_ids as number[]).includes(id));
    expect(new Set(experiment.display_goal_order_lst as number[])).toEqual(new Set(goals.map(idOf)));
    expect(experiment.variation_ids).toEqual(account.list('variations', id).map(idOf));
    const active = account.list('schedules', id).filter(({ status }) => status === 'ACTIVE');
    expect(active.length).toBeLessThanOrEqual(1);
  }
}

test('children have parents, lists name each other, and one schedule at most is active', () => {
  fc.assert(
    fc.property(anyActs, (script) => {
      const account = createAccount();
      for (const act of script) {
        perform(account, act);
        expectAgreement(account);
      }
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('the same acts give the same account', () => {
  const after = (script: Act[]) => {
    const account = createAccount({ projects: 1 });
    for (const act of script) perform(account, act);
    return entityNames.map((name) => account.list(name));
  };
  fc.assert(
    fc.property(anyActs, (script) => {
      expect(after(script)).toEqual(after(script));
    }),
    { numRuns: 10, seed: 7 },
  );
});
