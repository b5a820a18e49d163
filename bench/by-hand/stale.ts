/** `stale` as somebody would write it who knows the tables. */
import type { ByHand } from './index.ts';

const days = (time: string) => `CAST(julianday($now) - julianday(substr(${time}, 1, 19)) AS INTEGER)`;
const goal = "coalesce(e.primary_goal_id, json_extract(e.display_goal_order_lst, '$[0]'))";
/** A fact about the results of an experiment's goal that decides. */
const fact = (sql: string) =>
  `coalesce((SELECT ${sql} FROM stats WHERE experiment_id = e.id AND +goal_id = ${goal}), ` +
  `(SELECT ${sql} FROM results WHERE experiment_id = e.id AND +goal_id = ${goal}))`;
/** A winner leads; without one the greatest improvement does. */
const verdict = fact(
  "CASE WHEN max(status = 'winner') THEN 'winner' ELSE substr(max(CASE WHEN variation_id <> baseline_id THEN printf('%020.9f', 1e6 + improvement) || status END), 21) END",
);
const ranSince =
  `coalesce(${fact('min(begin_time)')}, (SELECT max(observed_at) FROM changes WHERE resource = 'experiments' AND entity_id = e.id ` +
  `AND field = 'status' AND new_value = '"Running"'), e.created)`;
const pausedSince = `max(coalesce(${fact('max(end_time)')}, ''), coalesce(e.last_modified, ''))`;
const starts =
  "(SELECT 1 FROM schedules WHERE experiment_id = e.id AND status IS NOT 'INACTIVE' AND start_time > $now)";

const experiments = (why: string, since: string, note: string, where: string) =>
  `SELECT '${why}' AS why, 'experiments' AS resource, e.id, e.description AS name, e.project_id, p.project_name AS project, ` +
  `${since} AS since, ${note} AS note FROM experiments AS e LEFT JOIN projects AS p ON p.id = e.project_id WHERE ${where}`;

const parts = [
  `SELECT * FROM (${experiments(
    'running without a verdict',
    ranSince,
    `${verdict} || ' ' || ${fact('sum(visitors)')}`,
    `e.status = 'Running' AND ${days('e.created')} >= 30 AND coalesce(${verdict}, '') NOT IN ('winner', 'loser')`,
  )}) WHERE ${days('since')} >= 30`,
  `SELECT * FROM (${experiments(
    'paused and forgotten',
    pausedSince,
    verdict,
    `e.status = 'Paused' AND ${days('e.last_modified')} >= 90 AND NOT EXISTS ${starts}`,
  )}) WHERE ${days('since')} >= 90`,
  experiments(
    'experiment without goals',
    'e.last_modified',
    'e.status',
    "e.status IS NOT 'Archived' AND e.primary_goal_id IS NULL AND coalesce(json_array_length(e.display_goal_order_lst), 0) = 0 " +
      'AND e.id NOT IN (SELECT item.value FROM goals, json_each(goals.experiment_ids) AS item)',
  ),
  "SELECT 'goal that no experiment tracks' AS why, 'goals' AS resource, o.id, o.title AS name, o.project_id, p.project_name AS project, o.last_modified AS since, NULL AS note " +
    'FROM goals AS o LEFT JOIN projects AS p ON p.id = o.project_id WHERE o.archived IS NOT 1 AND NOT EXISTS ' +
    '(SELECT 1 FROM json_each(o.experiment_ids) AS item JOIN experiments AS e ON e.id = item.value)',
  "SELECT 'audience that no experiment uses' AS why, 'audiences' AS resource, o.id, o.name, o.project_id, p.project_name AS project, o.last_modified AS since, NULL AS note " +
    'FROM audiences AS o LEFT JOIN projects AS p ON p.id = o.project_id WHERE o.archived IS NOT 1 AND o.segmentation IS NOT 1 ' +
    'AND o.id NOT IN (SELECT item.value FROM experiments, json_each(experiments.audience_ids) AS item)',
];

export const stale: ByHand = {
  figures: ['why', 'id', 'since', 'days'],
  ask: (db, { now }) =>
    parts.flatMap((sql) =>
      db
        .prepare(`SELECT *, ${days('since')} AS days FROM (${sql}) ORDER BY days DESC, id`)
        .all({ now: new Date(now).toISOString() }),
    ),
};
