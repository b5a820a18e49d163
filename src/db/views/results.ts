/** The views on results: `stats` and `results` under one set of columns, now and over time. */
import { fieldsOf, type ObservationName, observationNames } from '../../api/resources.ts';
import { literal, quoted } from '../columns.ts';
import type { View } from './view.ts';

/** Stats Engine's rows come first: where an experiment has both, they are the ones to go by. */
export const sources: readonly ObservationName[] = [...observationNames].reverse();

/** Every column that any kind of results has, with its description: first what they share, then what one of them has. */
const united = new Map<string, string>();
for (const name of [...observationNames].reverse()) {
  for (const [field, { about }] of fieldsOf(name)) if (!united.has(field)) united.set(field, about);
}
for (const name of observationNames) {
  for (const [field, { about }] of fieldsOf(name)) {
    if (observationNames.every((other) => fieldsOf(other).some(([column]) => column === field))) continue;
    united.delete(field);
    united.set(field, `${about} Only in ${name}.`);
  }
}

export const resultColumns: Readonly<Record<string, string>> = Object.fromEntries(united);
const source = '`stats` (Stats Engine) or `results` (the older statistics)';

/** The rows of every source below each other, with NULL for a column that a source lacks. */
function unite(tableOf: (name: ObservationName) => string, first: readonly string[]): string {
  return sources
    .map((name) => {
      const own = new Set(fieldsOf(name).map(([field]) => field));
      const columns = [...united.keys()].map((column) =>
        own.has(column) ? quoted(column) : `NULL AS ${quoted(column)}`,
      );
      return `SELECT ${[`${literal(name)} AS source`, ...first, ...columns].join(', ')} FROM ${quoted(tableOf(name))}`;
    })
    .join(' UNION ALL ');
}

export const resultViews: readonly View[] = [
  {
    name: 'latest_results',
    about:
      'The newest results of every experiment, variation and goal, whichever kind of statistics they come from.',
    columns: { source, ...resultColumns },
    sql: unite((name) => name, []),
  },
  {
    name: 'results_trend',
    about: 'Every distinct observation of results, of both kinds: how the newest ones came about.',
    columns: {
      source,
      run_id: 'The pull that saw it: `sync_runs.run_id`.',
      observed_at: 'When it was seen.',
      ...resultColumns,
    },
    sql: unite((name) => `${name}_history`, ['run_id', 'observed_at']),
  },
  {
    name: 'winning_variations',
    about: 'Every variation that the API calls a winner, on whichever goal.',
    columns: {
      experiment_id: 'The experiment.',
      experiment: 'Its name.',
      experiment_status: 'Its status.',
      project_id: 'The project.',
      variation_id: 'The variation that wins.',
      variation: 'Its name.',
      goal_id: 'The goal on which it wins.',
      goal: 'Its name.',
      is_primary: "1 where it is the experiment's primary goal.",
      visitors: 'Visitors who saw the variation.',
      improvement: 'Relative difference to the baseline.',
      source,
    },
    sql:
      'SELECT r.experiment_id, e.description AS experiment, e.status AS experiment_status, e.project_id, ' +
      'r.variation_id, r.variation_name AS variation, r.goal_id, r.goal_name AS goal, ' +
      'r.goal_id IS e.primary_goal_id AS is_primary, r.visitors, r.improvement, r.source ' +
      "FROM latest_results AS r JOIN experiments AS e ON e.id = r.experiment_id WHERE r.status = 'winner'",
  },
];
