/** One entity of each kind, with the values that the two sides give its fields. */
import type { Json } from '../../src/api/description.ts';
import type { EntityName } from '../../src/api/resources.ts';
import type { Small } from './small.ts';

export interface Subject {
  readonly resource: EntityName;
  readonly id: (small: Small) => number;
  /** The field that both sides edit. */
  readonly field: string;
  readonly base: Json;
  readonly ours: Json;
  readonly theirs: Json;
  readonly third: Json;
  /** A field that one side edits alone. */
  readonly other: string;
  readonly otherBase: Json;
  readonly otherTheirs: Json;
  readonly hasToken: boolean;
  readonly deletable: boolean;
}

const token = { hasToken: true, deletable: true };

export const subjects: readonly Subject[] = [
  {
    resource: 'projects',
    id: ({ project }) => project,
    ...{
      field: 'project_name',
      base: 'Shop',
      ours: 'Shop (ours)',
      theirs: 'Shop (theirs)',
      third: 'Shop (both)',
    },
    ...{ other: 'ip_filter', otherBase: '10.0.0.1', otherTheirs: '10.0.0.2' },
    ...{ hasToken: true, deletable: false },
  },
  {
    resource: 'audiences',
    id: ({ audience }) => audience,
    ...{
      field: 'name',
      base: 'Phones',
      ours: 'Phones (ours)',
      theirs: 'Phones (theirs)',
      third: 'Phones (both)',
    },
    ...{ other: 'description', otherBase: 'small', otherTheirs: 'tiny' },
    ...{ hasToken: true, deletable: false },
  },
  {
    resource: 'dimensions',
    id: ({ dimension }) => dimension,
    ...{ field: 'name', base: 'Plan', ours: 'Plan (ours)', theirs: 'Plan (theirs)', third: 'Plan (both)' },
    ...{ other: 'description', otherBase: 'what', otherTheirs: 'which' },
    ...token,
  },
  {
    resource: 'experiments',
    id: ({ experiment }) => experiment,
    ...{
      field: 'description',
      base: 'Button',
      ours: 'Button (ours)',
      theirs: 'Button (theirs)',
      third: 'Both',
    },
    ...{ other: 'custom_css', otherBase: 'a {}', otherTheirs: 'b {}' },
    ...token,
  },
  {
    resource: 'goals',
    id: ({ goal }) => goal,
    ...{ field: 'title', base: 'Thanks', ours: 'Thanks (ours)', theirs: 'Thanks (theirs)', third: 'Both' },
    ...{ other: 'description', otherBase: 'bought', otherTheirs: 'paid' },
    ...token,
  },
  {
    resource: 'variations',
    id: ({ variation }) => variation,
    ...{ field: 'weight', base: 5000, ours: 1000, theirs: 2000, third: 3000 },
    ...{ other: 'js_component', otherBase: '', otherTheirs: 'alert(1)' },
    ...{ hasToken: false, deletable: true },
  },
  {
    resource: 'schedules',
    id: ({ schedule }) => schedule,
    ...{ field: 'start_time', base: '2020-01-01T08:00:00Z', ours: '2020-01-02T08:00:00Z' },
    ...{ theirs: '2020-01-03T08:00:00Z', third: '2020-01-04T08:00:00Z' },
    ...{ other: 'stop_time', otherBase: '2020-02-01T08:00:00Z', otherTheirs: '2020-03-01T08:00:00Z' },
    ...{ hasToken: false, deletable: true },
  },
];
