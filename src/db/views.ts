/** The views of a mirror, each with what it is for. */

export interface View {
  readonly name: string;
  readonly about: string;
  readonly sql: string;
}

const pairs = (table: string, field: string, one: string, other: string) =>
  `SELECT DISTINCT ${one}, ${other} FROM ${table}, json_each(${table}.${field}) AS item`;

export const views: readonly View[] = [
  {
    name: 'experiment_goals',
    about: 'Which experiment tracks which goal, one row a pair.',
    sql: pairs('goals', 'experiment_ids', 'item.value AS experiment_id', 'goals.id AS goal_id'),
  },
  {
    name: 'experiment_audiences',
    about: 'Which experiment is shown to which audience, one row a pair.',
    sql: pairs('experiments', 'audience_ids', 'experiments.id AS experiment_id', 'item.value AS audience_id'),
  },
];
