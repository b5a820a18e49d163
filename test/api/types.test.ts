/** What the compiler knows of the client: types derived from the description, down to the field. */
import { describe, expectTypeOf, it } from 'vitest';
import type { OptimizelyClient } from '../../src/api/client.ts';
import type {
  Accessors,
  Audience,
  Experiment,
  Goal,
  Project,
  Result,
  Stat,
  Variation,
} from '../../src/api/entity-types.ts';

declare const client: OptimizelyClient;
declare const mirror: Accessors<true>;
declare const project: Project;
declare const experiment: Experiment;

/** Checked by the compiler alone; nothing in it runs. */
function typesOnly(_check: () => void): void {}

describe('the compiler', () => {
  it('knows what each call resolves with', () => {
    typesOnly(() => {
      expectTypeOf(client.projects.get(1234)).resolves.toEqualTypeOf<Project>();
      expectTypeOf(client.projects.get([1234, 5678])).resolves.toEqualTypeOf<Project[]>();
      expectTypeOf(client.projects.get()).resolves.toEqualTypeOf<Project[]>();
      expectTypeOf(mirror.goals.get()).resolves.toEqualTypeOf<Goal[]>();
      expectTypeOf(project.experiments()).resolves.toEqualTypeOf<Experiment[]>();
      expectTypeOf(project.audiences()).resolves.toEqualTypeOf<Audience[]>();
      expectTypeOf(experiment.variations()).resolves.toEqualTypeOf<Variation[]>();
      expectTypeOf(experiment.results()).resolves.toEqualTypeOf<Result[]>();
      expectTypeOf(experiment.stats({ audience_id: 5 })).resolves.toEqualTypeOf<Stat[]>();
      expectTypeOf(experiment.addGoal(5)).resolves.toEqualTypeOf<Goal>();
      expectTypeOf(experiment.save()).resolves.toEqualTypeOf<Experiment>();
      expectTypeOf(experiment.delete()).resolves.toEqualTypeOf<void>();
      expectTypeOf(project.project_name).toEqualTypeOf<string>();
      expectTypeOf(experiment.audience_ids).toEqualTypeOf<number[] | null>();
    });
  });

  it('refuses what the API has not', () => {
    typesOnly(() => {
      // @ts-expect-error goals are listed below a project
      client.goals.get();
      // @ts-expect-error projects are never deleted
      client.projects.delete(5);
      // @ts-expect-error projects are never deleted
      void project.delete();
      // @ts-expect-error an id is set by the server
      project.id = 5;
      // @ts-expect-error the parent never changes
      experiment.project_id = 5;
      // @ts-expect-error experiments have no such children
      experiment.goals();
      // @ts-expect-error half a segment
      experiment.stats({ dimension_id: 5 });
      experiment.description = 'editable';
    });
  });

  it('asks for the required fields of a create', () => {
    typesOnly(() => {
      client.experiments.create({ project_id: 5, description: 'x', edit_url: 'http://x/' });
      // @ts-expect-error project_id is missing
      client.experiments.create({ description: 'x', edit_url: 'http://x/' });
      // @ts-expect-error edit_url is missing
      client.experiments.create({ project_id: 5, description: 'x' });
      // @ts-expect-error ids are numbers
      client.experiments.create({ project_id: '5', description: 'x', edit_url: 'http://x/' });
      client.goals.create({ project_id: 5, title: 'x', goal_type: 1, event: 'bought' });
      // @ts-expect-error unheard of
      client.projects.update(5, { unheard: 1 });
      // @ts-expect-error set by the server
      client.projects.update(5, { account_id: 1 });
    });
  });
});
