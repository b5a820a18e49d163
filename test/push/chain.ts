/** A chain of everything that can be made offline, and whether it came to exist once and whole. */
import { expect } from 'vitest';
import type { JsonObject } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';
import { disagreements, temporaryIds } from './agreement.ts';
import type { Bench } from './bench.ts';

/** A project, an experiment, three variations, a schedule, a goal that names the experiment, an audience, a dimension. */
export function makeChain(bench: Bench, name: string): void {
  const project = bench.make('projects', { project_name: name, project_javascript: 'p()' });
  const audience = bench.make('audiences', { project_id: project, name, conditions: '["and"]' });
  bench.make('dimensions', { project_id: project, name, client_api_name: name });
  const experiment = bench.make('experiments', {
    ...{
      project_id: project,
      description: name,
      edit_url: `https://x.example/${name}`,
      audience_ids: [audience],
    },
    url_conditions: [{ match_type: 'regex', value: name }],
  });
  for (const place of ['first', 'second', 'third'])
    bench.make('variations', { experiment_id: experiment, description: `${name} ${place}`, weight: 3333 });
  bench.make('schedules', { experiment_id: experiment, start_time: '2020-01-01T08:00:00Z' });
  bench.make('goals', {
    ...{ project_id: project, title: name, goal_type: 3, urls: [name], url_match_types: [3] },
    experiment_ids: [experiment],
  });
}

/** Each of the chain stands on the server exactly once, as it was made, below and beside the right ones. */
export function expectChain({ account }: Bench, name: string): void {
  const only = (resource: EntityName, holds: (entity: JsonObject) => boolean): JsonObject => {
    const found = account.list(resource).filter(holds);
    expect(found, `${resource} of ${name}`).toHaveLength(1);
    return found[0] ?? {};
  };
  const project = only('projects', ({ project_name }) => project_name === name);
  const audience = only('audiences', (each) => each.name === name);
  const dimension = only('dimensions', (each) => each.name === name);
  const experiment = only('experiments', ({ description }) => description === name);
  const goal = only('goals', ({ title }) => title === name);
  for (const each of [audience, dimension, experiment, goal]) expect(each.project_id).toBe(project.id);
  expect(experiment.audience_ids).toEqual([audience.id]);
  expect(goal.experiment_ids).toEqual([experiment.id]);
  const id = experiment.id as number;
  expect(account.list('variations', id).map(({ description, weight }) => [description, weight])).toEqual(
    ['first', 'second', 'third'].map((place) => [`${name} ${place}`, 3333]),
  );
  expect(account.list('schedules', id).map(({ start_time }) => start_time)).toEqual(['2020-01-01T08:00:00Z']);
  expect(account.list('goals', project.id as number)).toHaveLength(3);
}

/** Nothing waits, nothing stands for what does not exist yet, and the mirror is what the API is. */
export async function expectSettled(bench: Bench): Promise<void> {
  expect(bench.outbox()).toEqual([]);
  expect(temporaryIds(bench)).toEqual([]);
  expect(await disagreements(bench)).toEqual([]);
  const log = bench.log();
  const creates = log.filter(({ op, outcome }) => op === 'create' && outcome === 'sent');
  expect(new Set(creates.map(({ outbox_id }) => outbox_id)).size).toBe(creates.length);
}
