/** The report `winners`: the experiments that the API says are won, with what each won. */
import { momentText } from '../moment.ts';
import { askedFor, firstOf, type Report } from './report.ts';
import {
  improvementNotes,
  improvementShown,
  standingBooleans,
  standingColumns,
  standings,
} from './standing.ts';

/** On how many other goals the winning variation has that verdict. */
const elsewhere = (verdict: string) =>
  ['stats', 'results']
    .map(
      (table) =>
        `(SELECT count(*) FROM ${table} AS x WHERE o.source = '${table}' AND x.experiment_id = o.experiment_id ` +
        `AND x.variation_id = o.best_variation_id AND x.goal_id <> o.goal_id AND x.status = '${verdict}')`,
    )
    .join(' + ');

export const winners: Report = {
  name: 'winners',
  about: 'experiments whose best variation wins on the primary goal, the newest verdict first',
  takes: ['projectId', 'status', 'since', 'limit'],

  run({ db, now }, options) {
    const rows = standings(db, options, {
      where: ["verdict = 'winner'"],
      more: [`${elsewhere('winner')} AS also_wins`, `${elsewhere('loser')} AS but_loses`],
    });
    rows.sort((a, b) => String(b.end_time).localeCompare(String(a.end_time)));
    return {
      report: 'winners',
      at: momentText(now),
      asked: askedFor(options),
      tables: [
        {
          name: 'winners',
          title: 'Winners',
          columns: [...standingColumns, 'interval_by', 'also_wins', 'but_loses'],
          booleans: standingBooleans,
          shown: [
            { title: 'id', of: 'experiment_id', look: 'id' },
            { title: 'experiment', of: 'experiment', look: 'name' },
            { title: 'status', of: 'status', look: 'word', spare: 6 },
            { title: 'winner', of: 'best_variation', look: 'text' },
            { title: 'goal', of: 'goal', look: 'text', spare: 3 },
            ...improvementShown,
            { title: 'visitors', of: 'visitors', look: 'count' },
            { title: 'days', of: 'days', look: 'days', spare: 5 },
            { title: 'also wins', of: 'also_wins', look: 'count', spare: 8 },
            { title: 'but loses', of: 'but_loses', look: 'count', spare: 7 },
          ],
          ...firstOf(rows, options.limit),
          none: 'No experiment has a winner on its primary goal.',
        },
      ],
      notes: [
        { text: '`also wins` counts other goals on which the same variation wins.', about: ['also_wins'] },
        { text: '`but loses` counts other goals on which the same variation loses.', about: ['but_loses'] },
        ...improvementNotes,
      ],
    };
  },
};
