/** The views on what belongs to what: lists of ids and objects as rows, and what nothing points to. */
import type { View } from './view.ts';

const pairs = (table: string, field: string, one: string, other: string) =>
  `SELECT DISTINCT ${one}, ${other} FROM ${table}, json_each(${table}.${field}) AS item`;

const project = { project_id: 'Its project.', project: "The project's name." };
const ofProject = 'LEFT JOIN projects AS p ON p.id';

export const linkViews: readonly View[] = [
  {
    name: 'experiment_goals',
    about: 'Which experiment tracks which goal, one row a pair.',
    columns: { experiment_id: 'The experiment.', goal_id: 'The goal.' },
    sql: pairs('goals', 'experiment_ids', 'item.value AS experiment_id', 'goals.id AS goal_id'),
  },
  {
    name: 'experiment_audiences',
    about: 'Which experiment is shown to which audience, one row a pair.',
    columns: { experiment_id: 'The experiment.', audience_id: 'The audience.' },
    sql: pairs('experiments', 'audience_ids', 'experiments.id AS experiment_id', 'item.value AS audience_id'),
  },
  {
    name: 'experiment_urls',
    about: 'On which pages an experiment runs: one row for each of its URL conditions.',
    columns: {
      experiment_id: 'The experiment.',
      experiment: 'Its name.',
      status: 'Its status.',
      match_type: '`simple`, `exact`, `substring` or `regex`.',
      url: 'What the address is compared with.',
      negate: '1 where the experiment stays off such a page.',
    },
    sql:
      "SELECT e.id AS experiment_id, e.description AS experiment, e.status, json_extract(u.value, '$.match_type') AS match_type, " +
      "json_extract(u.value, '$.value') AS url, coalesce(json_extract(u.value, '$.negate'), 0) AS negate " +
      'FROM experiments AS e, json_each(e.url_conditions) AS u',
  },
  {
    name: 'project_summary',
    about: 'How much there is in each project.',
    columns: {
      project_id: 'The project.',
      project: 'Its name.',
      project_status: '`Active` or `Archived`.',
      experiments: 'Its experiments.',
      running: 'Those that are running.',
      paused: 'Those that are paused.',
      not_started: 'Those that never ran, drafts included.',
      archived: 'Those that are archived.',
      goals: 'Its goals.',
      audiences: 'Its audiences.',
      dimensions: 'Its dimensions.',
    },
    sql:
      'SELECT p.id AS project_id, p.project_name AS project, p.project_status, count(e.id) AS experiments, ' +
      "coalesce(sum(e.status = 'Running'), 0) AS running, coalesce(sum(e.status = 'Paused'), 0) AS paused, " +
      "coalesce(sum(e.status IN ('Not started', 'Draft')), 0) AS not_started, coalesce(sum(e.status = 'Archived'), 0) AS archived, " +
      '(SELECT count(*) FROM goals WHERE project_id = p.id) AS goals, ' +
      '(SELECT count(*) FROM audiences WHERE project_id = p.id) AS audiences, ' +
      '(SELECT count(*) FROM dimensions WHERE project_id = p.id) AS dimensions ' +
      'FROM projects AS p LEFT JOIN experiments AS e ON e.project_id = p.id GROUP BY p.id',
  },
  {
    name: 'unused_goals',
    about: 'Goals that are not archived and that no experiment of the mirror tracks.',
    columns: {
      goal_id: 'The goal.',
      goal: 'Its name.',
      goal_type: 'Its type: 0 click, 1 custom event, 2 engagement, 3 pageview, 4 revenue.',
      ...project,
      last_modified: 'When it was last changed.',
    },
    sql:
      'SELECT g.id AS goal_id, g.title AS goal, g.goal_type, g.project_id, p.project_name AS project, g.last_modified ' +
      `FROM goals AS g ${ofProject} = g.project_id WHERE NOT coalesce(g.archived, 0) AND NOT EXISTS ` +
      '(SELECT 1 FROM json_each(g.experiment_ids) AS item JOIN experiments AS e ON e.id = item.value)',
  },
  {
    name: 'unused_audiences',
    about:
      'Audiences that are not archived, do not segment results, and that no experiment of the mirror is limited to.',
    columns: {
      audience_id: 'The audience.',
      audience: 'Its name.',
      ...project,
      last_modified: 'When it was last changed.',
    },
    sql:
      'SELECT a.id AS audience_id, a.name AS audience, a.project_id, p.project_name AS project, a.last_modified ' +
      `FROM audiences AS a ${ofProject} = a.project_id WHERE NOT coalesce(a.archived, 0) AND NOT coalesce(a.segmentation, 0) ` +
      'AND a.id NOT IN (SELECT audience_id FROM experiment_audiences WHERE audience_id IS NOT NULL)',
  },
  {
    name: 'experiments_without_goals',
    about: 'Experiments that are not archived and measure nothing: no goal names them, and they show none.',
    columns: {
      experiment_id: 'The experiment.',
      experiment: 'Its name.',
      status: 'Its status.',
      ...project,
      created: 'When it was created.',
      last_modified: 'When it was last changed.',
    },
    sql:
      'SELECT e.id AS experiment_id, e.description AS experiment, e.status, e.project_id, p.project_name AS project, e.created, e.last_modified ' +
      `FROM experiments AS e ${ofProject} = e.project_id WHERE e.status IS NOT 'Archived' AND e.primary_goal_id IS NULL ` +
      'AND coalesce(json_array_length(e.display_goal_order_lst), 0) = 0 AND NOT EXISTS (SELECT 1 FROM goals AS g ' +
      // To look for the digits first spares nearly all lists from being parsed.
      'WHERE g.project_id = e.project_id AND instr(g.experiment_ids, e.id) ' +
      'AND EXISTS (SELECT 1 FROM json_each(g.experiment_ids) AS item WHERE item.value = e.id))',
  },
];
