/** The report `experiment`: everything about one experiment, with its conversion rates over time. */
import { UsageError } from '../../errors.ts';
import { mustGetEntity } from '../get.ts';
import { momentText } from '../moment.ts';
import { aroundTables } from './experiment-around.ts';
import { type ResultRow, resultColumns, resultRows, trendOf } from './experiment-results.ts';
import { askedFor, type Report, type ReportRow, type ReportTable, type Shown } from './report.ts';
import {
  improvementNotes,
  improvementShown,
  type Standing,
  standingBooleans,
  standingColumns,
  standings,
} from './standing.ts';

export const experiment: Report = {
  name: 'experiment',
  about: 'everything about one experiment, with a picture of each variation over time',
  takes: ['experimentId'],

  run({ db, now }, options) {
    const id = options.experimentId;
    if (id === undefined) throw new UsageError('which experiment? optimirror report experiment ID');
    const entity = mustGetEntity(db, 'experiments', id);
    const [standing] = standings(db, { experimentId: id });
    const results = resultRows(db, id);
    const decides = results.filter(
      ({ goal_id, source }) => goal_id === standing?.goal_id && source === standing.source,
    );
    return {
      report: 'experiment',
      at: momentText(now),
      asked: askedFor(options),
      main: 'results',
      tables: [
        facts(entity, standing),
        variations(decides, standing),
        trendOf(db, id, standing),
        allResults(results),
        ...aroundTables(db, id),
      ],
      notes: improvementNotes,
    };
  },
};

const entityColumns = [
  'experiment_type',
  'edit_url',
  'percentage_included',
  'activation_mode',
  'created',
  'last_modified',
  'details',
] as const;

function facts(entity: Readonly<Record<string, unknown>>, standing: Standing | undefined): ReportTable {
  const own = Object.fromEntries(entityColumns.map((name) => [name, entity[name] ?? null]));
  return {
    name: 'experiment',
    title: 'Experiment',
    layout: 'facts',
    columns: [...standingColumns, 'interval_by', ...entityColumns],
    booleans: standingBooleans,
    shown: [
      { title: 'experiment', of: 'experiment', look: 'text' },
      { title: 'id', of: 'experiment_id', look: 'id' },
      { title: 'project', of: 'project', look: 'text' },
      { title: 'status', of: 'status', look: 'text' },
      { title: 'type', of: 'experiment_type', look: 'text' },
      { title: 'built on', of: 'edit_url', look: 'text' },
      { title: 'included', of: 'percentage_included', look: 'cents' },
      { title: 'activation', of: 'activation_mode', look: 'text' },
      { title: 'created', of: 'created', look: 'time' },
      { title: 'last changed', of: 'last_modified', look: 'time' },
      { title: 'notes', of: 'details', look: 'code' },
      { title: 'days counted', of: 'days', look: 'days' },
      { title: 'visitors', of: 'visitors', look: 'count' },
      { title: 'decided by', of: 'goal', look: 'text' },
      { title: 'best variation', of: 'best_variation', look: 'text' },
      ...improvementShown,
      { title: 'verdict', of: 'verdict', look: 'verdict' },
    ],
    rows: [{ ...standing, ...own } as ReportRow],
    none: '',
  };
}

const arm: readonly Shown[] = [
  { title: 'id', of: 'variation_id', look: 'id', spare: 8 },
  { title: 'variation', of: 'variation', look: 'text' },
];
const figures: readonly Shown[] = [
  { title: 'visitors', of: 'visitors', look: 'count' },
  { title: 'conversions', of: 'conversions', look: 'count', spare: 2 },
  { title: 'rate', of: 'conversion_rate', look: 'share' },
  { title: 'per visitor', of: 'revenue_per_visitor', look: 'number', spare: 1 },
  ...improvementShown,
  { title: 'significance', of: 'statistical_significance', look: 'share', spare: 5 },
  { title: 'chance to beat', of: 'confidence', look: 'share', spare: 6 },
  { title: 'still needs', of: 'visitors_needed', look: 'needed', spare: 7 },
  { title: 'verdict', of: 'verdict', look: 'verdict' },
];
/** A column without a value in any row tells nothing: which ones there are depends on the goal and the statistics. */
const filled = (columns: readonly Shown[], rows: readonly ReportRow[]) =>
  columns.filter(({ of }) => rows.some((row) => row[of] !== null && row[of] !== undefined));

function variations(rows: readonly ResultRow[], standing: Standing | undefined): ReportTable {
  return {
    name: 'variations',
    title: `Variations on the goal that decides${standing?.goal ? `: ${standing.goal}` : ''}`,
    columns: resultColumns,
    booleans: standingBooleans,
    shown: [...arm, ...filled(figures, rows)],
    rows,
    none: 'There are no results on the goal that decides.',
  };
}

function allResults(rows: readonly ResultRow[]): ReportTable {
  return {
    name: 'results',
    title: 'All goals',
    columns: resultColumns,
    booleans: standingBooleans,
    shown: [{ title: 'goal', of: 'goal', look: 'text' }, ...arm.slice(1), ...filled(figures, rows)],
    rows,
    none: 'There are no results.',
  };
}
